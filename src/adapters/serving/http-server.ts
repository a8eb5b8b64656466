/** Serves routes with fastify: raw bodies in, no answer lost on close, stop signals as a promise. */

import { KitError } from '../../base/errors.ts';
import type { HttpServer, HttpServerOptions, HttpServerResponse, RunningHttpServer } from '../../ports/http-server.ts';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

export function createHttpServer(): HttpServer {
  return { start, stopRequested };
}

async function start(options: HttpServerOptions): Promise<RunningHttpServer> {
  // In the bundle only the default export of a CommonJS package is there.
  const { default: fastify } = await import('fastify');
  const app = fastify({
    bodyLimit: options.bodyLimit,
    logger: false,
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  let draining = false;
  app.addHook('onSend', async (_request, reply) => {
    // A kept-alive connection would hold up close() until its own timeout.
    if (draining) reply.header('connection', 'close');
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  for (const route of options.routes) {
    app.route<{ Params: Record<string, string>; Body: Buffer | undefined }>({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const response = await route.handle({
          parameters: request.params,
          headers: flatten(request.headers),
          body: request.body ?? new Uint8Array(),
        });
        return reply
          .code(response.status)
          .headers({ 'content-type': response.contentType, ...response.headers })
          .send(response.body);
      },
    });
  }
  const answer = (response: HttpServerResponse) => ({ 'content-type': response.contentType, ...response.headers });
  app.setNotFoundHandler((request, reply) => {
    const response = options.renderError(404, `no route for ${request.method} ${request.url}`);
    return reply.code(response.status).headers(answer(response)).send(response.body);
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const response = options.renderError(error.statusCode ?? 500, error.message);
    return reply.code(response.status).headers(answer(response)).send(response.body);
  });

  const drain = async (): Promise<void> => {
    draining = true;
    // Connections whose answer was on its way when the draining began fall idle one by one.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
    await app.close().finally(() => clearInterval(sweep));
  };
  try {
    const address = await app.listen({ host: options.host, port: options.port });
    return { address, close: drain };
  } catch (error) {
    await app.close();
    throw listenRefusal(options, error);
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function listenRefusal(options: HttpServerOptions, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const place = `${options.host}:${options.port}`;
  if (code === 'EADDRINUSE') {
    return new KitError('port-taken', `Cannot listen on "${place}": the port is in use`, {
      hint: 'Choose another port, or 0 for any free one.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new KitError('port-forbidden', `Cannot listen on "${place}": ${code}`, {
      hint: 'Choose a port above 1023 and an address of this machine.',
      cause: error,
    });
  }
  return error;
}

function stopRequested(signal?: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const stop = (name: string): void => {
      for (const each of stopSignals) process.off(each, stop);
      resolve(name);
    };
    for (const each of stopSignals) process.on(each, stop);
    signal?.addEventListener('abort', () => stop('abort'), { once: true });
  });
}

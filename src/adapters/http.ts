/** Sends HTTP requests with the runtime's own fetch. */

import { KitError, messageOf } from '../base/errors.ts';
import type { Http, HttpRequest } from '../ports/http.ts';

const defaultTimeoutMs = 30_000;

export function createHttp(): Http {
  return {
    async request(request: HttpRequest) {
      const timeout = request.timeout ?? defaultTimeoutMs;
      try {
        const response = await fetch(request.url, {
          method: request.method ?? 'GET',
          headers: { ...request.headers },
          signal: AbortSignal.timeout(timeout),
          ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
        });
        const body = new Uint8Array(await response.arrayBuffer());
        return { status: response.status, headers: Object.fromEntries(response.headers), body };
      } catch (error) {
        throw refusalOf(request.url, timeout, error);
      }
    },
  };
}

function bodyOf(body: string | Uint8Array): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? body : new Uint8Array(body);
}

function refusalOf(url: string, timeout: number, error: unknown): KitError {
  const shown = withoutSecrets(url);
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new KitError('http-timeout', `Cannot fetch "${shown}": no answer within ${timeout} ms`, {
      hint: 'Check that the server is up and not overloaded.',
      cause: error,
    });
  }
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
  return new KitError('http-unreachable', `Cannot fetch "${shown}": ${messageOf(error)}${cause}`, {
    hint: 'Check the address and the network.',
    cause: error,
  });
}

/** Credentials and query strings (signatures, tokens) do not belong into messages. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

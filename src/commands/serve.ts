/** `serve`: the reference model server, following a manifest or serving one model file until it is told to stop. */

import { z } from 'zod';
import { parseDuration } from '../base/duration.ts';
import { KitError } from '../base/errors.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { formatCount } from '../base/text.ts';
import { renderError } from '../domain/serving/render-inference.ts';
import { createServingMetrics } from '../domain/serving/serving-metrics.ts';
import type { HttpServerResponse } from '../ports/http-server.ts';
import type { Ports } from '../ports/ports.ts';
import { defineCommand } from './command.ts';
import { followManifest } from './serve/follow-manifest.ts';
import { createLogWriter } from './serve/log-writer.ts';
import { createRoutes } from './serve/routes.ts';
import { createServingState, type ServingState } from './serve/serving-state.ts';

const inputs = z.object({
  follow: z
    .string()
    .optional()
    .describe('Manifest to serve and to follow, for example deploy/production/my-model.yaml.'),
  'follow-ref': z
    .string()
    .optional()
    .describe('Remote branch whose manifest is followed, for example origin/main; else the file in the work tree.'),
  'follow-interval': z
    .string()
    .optional()
    .describe('Time between two looks at the manifest. Default: 500ms for the file, 10s for a branch.'),
  'model-file': z.string().optional().describe('One ONNX file to serve, instead of a manifest.'),
  model: z.string().default('model').describe('Name under which --model-file is served.'),
  host: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all.'),
  port: z.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes any free one.'),
  'address-file': z.string().optional().describe('File that gets the address once the server listens.'),
  log: z
    .string()
    .optional()
    .describe('Prediction log. Default: .mlops/logs/predictions/<manifest or model name>.jsonl.'),
  'body-limit': z.number().int().positive().default(10_485_760).describe('Largest request body in bytes.'),
  timeout: z.string().default('30s').describe('Time after which a request is answered 504.'),
});

const outputs = z.object({
  address: z.string().describe('Address the server listened on.'),
  requests: z.number().describe('Inference requests logged.'),
});

export const command = defineCommand({
  name: 'serve',
  summary: 'Serves models over the Open Inference Protocol v2 with a weighted split.',
  description:
    'Serves the stable and candidate version of a manifest (or one ONNX file), reloads them by digest without dropping requests, and logs every prediction as one JSON line. Stops on SIGTERM or SIGINT after the last answer.',
  inputs,
  outputs,
  writes: false,
  run: (ports, given) => serve(ports, given),
});

async function serve(ports: Ports, given: z.output<typeof inputs>) {
  const { follow, 'model-file': modelFile } = given;
  if ((follow === undefined) === (modelFile === undefined)) {
    throw new KitError('serve-what', 'Cannot serve: give either a manifest to follow or one model file', {
      hint: 'For example: mlops-kit serve --follow deploy/production/my-model.yaml',
    });
  }
  const timeout = parseDuration(given.timeout);
  const interval = parseDuration(given['follow-interval'] ?? (given['follow-ref'] === undefined ? '500ms' : '10s'));
  const logPath = given.log ?? `.mlops/logs/predictions/${logNameOf(follow, given.model)}.jsonl`;
  const log = createLogWriter(ports, logPath);
  let requests = 0;
  const counted = {
    ...log,
    add(record: Parameters<typeof log.add>[0]) {
      requests += 1;
      log.add(record);
    },
  };
  const state = createServingState(ports);
  // The address of an earlier process must not be taken for this one's.
  if (given['address-file'] !== undefined) await ports.files.remove(given['address-file']);
  const stop = new AbortController();
  const server = await ports.httpServer();
  if (modelFile !== undefined) await state.applyFile(modelFile, given.model);
  const running = await server.start({
    host: given.host,
    port: given.port,
    bodyLimit: given['body-limit'],
    renderError: (status, message): HttpServerResponse => ({
      status,
      contentType: 'application/json',
      body: renderError(message),
    }),
    routes: createRoutes({
      clock: ports.clock,
      log: counted,
      metrics: createServingMetrics(),
      tool: ports.environment.tool,
      timeout,
      current: () => state.current(),
    }),
  });
  const stopped = server.stopRequested(stop.signal);
  const following =
    follow === undefined
      ? stopped.then(() => undefined)
      : followManifest(ports, state, { path: follow, ref: given['follow-ref'], interval }, stop.signal);
  ports.progress.info(`Listening on ${running.address}, prediction log ${logPath}`);
  try {
    if (given['address-file'] !== undefined) await ports.files.write(given['address-file'], running.address);
    const reason = await Promise.race([stopped, following.then(() => 'end')]);
    ports.progress.info(`Draining after ${reason}`);
  } finally {
    await drain({ state, log, running, stop, following });
  }
  return resultOf(running.address, requests, logPath);
}

/** In this order: no new requests, answers out, log on disk, models closed. */
async function drain(parts: {
  readonly state: ServingState;
  readonly log: ReturnType<typeof createLogWriter>;
  readonly running: { close(): Promise<void> };
  readonly stop: AbortController;
  readonly following: Promise<void>;
}): Promise<void> {
  parts.stop.abort();
  await parts.running.close();
  await parts.following;
  await parts.log.flush();
  await parts.state.close();
}

/** `deploy/production/a.yaml` to `production-a`; a model's name may hold slashes. */
function logNameOf(follow: string | undefined, model: string): string {
  if (follow === undefined) return encodeURIComponent(model);
  const parts = follow
    .replace(/\.ya?ml$/, '')
    .split('/')
    .filter((part) => !/^\.*$/.test(part) && part !== 'deploy');
  return encodeURIComponent(parts.join('-'));
}

function resultOf(address: string, requests: number, logPath: string) {
  return {
    outputs: { address, requests },
    document: { schema: 'serve/v1', address, requests, log: logPath },
    markdown: `# Served\n\n${markdownTable(['address', 'requests', 'prediction log'], [[inlineCode(address), formatCount(requests), inlineCode(logPath)]])}\n`,
  };
}

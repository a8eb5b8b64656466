/** The endpoints of the reference server: Open Inference Protocol v2, health, metadata and Prometheus metrics. */

import { messageOf } from '../../base/errors.ts';
import { bindInputs } from '../../domain/serving/bind-inputs.ts';
import { logTensors, renderAnswer, renderError, renderModelMetadata } from '../../domain/serving/render-inference.ts';
import type { ServingMetrics } from '../../domain/serving/serving-metrics.ts';
import { bucketOf, requestKeyOf, type Variant, variantOf } from '../../domain/serving/split.ts';
import { type InferenceRequest, parseInferenceRequest } from '../../formats/inference.ts';
import type { PredictionLogRecord } from '../../formats/prediction-log.ts';
import type { Tensor } from '../../formats/tensor.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpRoute, HttpServerRequest, HttpServerResponse } from '../../ports/http-server.ts';
import type { LogWriter } from './log-writer.ts';
import { releaseModel, type ServedModel, type Serving } from './serving-state.ts';

export interface RouteContext {
  readonly clock: Clock;
  readonly log: LogWriter;
  readonly metrics: ServingMetrics;
  readonly tool: string;
  /** Milliseconds after which a request is answered 504. */
  readonly timeout: number;
  current(): Serving | undefined;
}

/** More requests than this waiting for one version are answered 503, so that a slow one can't eat all memory. */
const maxPending = 1000;

export function createRoutes(context: RouteContext): readonly HttpRoute[] {
  const ready = (answer: (serving: Serving, request: HttpServerRequest) => HttpServerResponse) => {
    return async (request: HttpServerRequest): Promise<HttpServerResponse> => {
      const serving = context.current();
      if (serving === undefined) return json(503, renderError('no model is loaded yet'));
      const model = request.parameters.model;
      if (model !== undefined && model !== serving.artifact) return unknownModel(model, serving);
      return answer(serving, request);
    };
  };
  const metadata = ready((serving, request) => {
    const served = servedBy(serving, request.parameters.version);
    if (served === undefined) return unknownVersion(request.parameters.version!, serving);
    const { inputs, outputs } = served.model;
    return json(200, renderModelMetadata({ name: serving.artifact, versions: versionsOf(serving), inputs, outputs }));
  });
  const modelReady = ready((serving, request) => {
    const served = servedBy(serving, request.parameters.version);
    if (served === undefined) return unknownVersion(request.parameters.version!, serving);
    return json(200, JSON.stringify({ name: serving.artifact, ready: true }));
  });
  const infer = (request: HttpServerRequest) => answerInference(context, request);
  const get = (path: string, handle: HttpRoute['handle']): HttpRoute => ({ method: 'GET', path, handle });
  const post = (path: string, handle: HttpRoute['handle']): HttpRoute => ({ method: 'POST', path, handle });
  return [
    get('/v2/health/live', async () => json(200, '{"live":true}')),
    get(
      '/v2/health/ready',
      ready(() => json(200, '{"ready":true}')),
    ),
    get('/v2', async () =>
      json(200, JSON.stringify({ name: 'mlops-kit', version: context.tool.split('/')[1] ?? '', extensions: [] })),
    ),
    get(
      '/v2/models',
      ready((serving) => json(200, JSON.stringify({ models: [serving.artifact] }))),
    ),
    get('/v2/models/:model', metadata),
    get('/v2/models/:model/ready', modelReady),
    get('/v2/models/:model/versions/:version', metadata),
    get('/v2/models/:model/versions/:version/ready', modelReady),
    post('/v2/models/:model/infer', infer),
    post('/v2/models/:model/versions/:version/infer', infer),
    get('/metrics', async () => {
      const serving = context.current();
      const body = context.metrics.render(serving === undefined ? {} : { [serving.artifact]: serving.weight });
      return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
    }),
  ];
}

function json(status: number, body: string): HttpServerResponse {
  return { status, contentType: 'application/json', body };
}

function versionsOf(serving: Serving): readonly string[] {
  return [serving.stable, serving.candidate].flatMap((served) => (served === undefined ? [] : [served.version]));
}

function servedBy(serving: Serving, version: string | undefined): ServedModel | undefined {
  if (version === undefined || serving.stable.version === version) return serving.stable;
  return serving.candidate?.version === version ? serving.candidate : undefined;
}

function unknownModel(name: string, serving: Serving): HttpServerResponse {
  return json(404, renderError(`unknown model "${name}"; this server has "${serving.artifact}"`));
}

function unknownVersion(version: string, serving: Serving): HttpServerResponse {
  return json(404, renderError(`unknown version "${version}"; this server has ${versionsOf(serving).join(', ')}`));
}

/** Where one request goes. */
interface Route {
  readonly served: ServedModel;
  readonly variant: Variant;
  readonly bucket: number;
  readonly pinned: boolean;
}

/** How one request ended. */
interface Outcome {
  readonly response: HttpServerResponse;
  readonly rows: number;
  readonly features: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly error?: string;
}

async function answerInference(context: RouteContext, http: HttpServerRequest): Promise<HttpServerResponse> {
  const started = context.clock.monotonic();
  const time = context.clock.now().toISOString();
  const serving = context.current();
  if (serving === undefined) return json(503, renderError('no model is loaded yet'));
  const { model, version } = http.parameters;
  if (model !== serving.artifact) return unknownModel(model!, serving);
  const parsed = parseInferenceRequest(new TextDecoder().decode(http.body));
  if (parsed.kind === 'malformed') return json(400, renderError(parsed.reason));
  const id = parsed.request.id ?? context.clock.randomHex(16);
  const route = routeOf(serving, parsed.request, id, http.headers['x-request-key'], version);
  if (route === undefined) return unknownVersion(version!, serving);

  const outcome = await inferWith(context, serving, route, parsed.request, id);
  const latencyMs = context.clock.monotonic() - started;
  const { status } = outcome.response;
  const common = { model: serving.artifact, version: route.served.version, variant: route.variant, status };
  context.metrics.count({ ...common, seconds: latencyMs / 1000 });
  context.log.add({
    id,
    time,
    ...common,
    digest: route.served.digest,
    weight: serving.weight,
    ...(serving.rollout === undefined ? {} : { rollout: serving.rollout }),
    bucket: route.bucket,
    ...(route.pinned ? { pinned: true as const } : {}),
    rows: outcome.rows,
    latencyMs: Math.round(latencyMs * 1000) / 1000,
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    features: logTensors(outcome.features) as PredictionLogRecord['features'],
    outputs: logTensors(outcome.outputs) as PredictionLogRecord['outputs'],
  });
  return outcome.response;
}

function routeOf(
  serving: Serving,
  request: InferenceRequest,
  id: string,
  header: string | undefined,
  version: string | undefined,
): Route | undefined {
  const bucket = bucketOf(serving.seed, requestKeyOf({ header, parameter: request.parameters?.key, id }));
  if (version !== undefined) {
    const served = servedBy(serving, version);
    const variant = served === serving.candidate ? 'candidate' : 'stable';
    return served === undefined ? undefined : { served, variant, bucket, pinned: true };
  }
  const variant = serving.candidate === undefined ? 'stable' : variantOf(bucket, serving.weight);
  return { served: variant === 'candidate' ? serving.candidate! : serving.stable, variant, bucket, pinned: false };
}

async function inferWith(
  context: RouteContext,
  serving: Serving,
  route: Route,
  request: InferenceRequest,
  id: string,
): Promise<Outcome> {
  const { model, version } = route.served;
  const bound = bindInputs(request, model.inputs);
  const failed = (status: number, error: string, features: Outcome['features'] = {}, rows = 0): Outcome => {
    return { response: json(status, renderError(error)), rows, features, outputs: {}, error };
  };
  if (bound.kind === 'refused') return failed(400, bound.reason);
  const wanted = request.outputs?.map((output) => output.name);
  const unknown = wanted?.find((name) => !model.outputs.some((output) => output.name === name));
  if (unknown !== undefined) return failed(400, `unknown output "${unknown}"`);
  const { tensors, rows } = bound;
  if (route.served.pending >= maxPending) return failed(503, `version ${version} is overloaded`, tensors, rows);

  // A late answer still holds its place until the model is done with it.
  route.served.pending += 1;
  const inference = model.infer(tensors).finally(() => releaseModel(route.served));
  const result = await withTimeout(context, inference);
  if (result.kind === 'late') return failed(504, `version ${version} gave no answer in time`, tensors, rows);
  if (result.kind === 'failed') return failed(500, result.reason, tensors, rows);
  const outputs =
    wanted === undefined ? result.outputs : Object.fromEntries(wanted.map((name) => [name, result.outputs[name]!]));
  const rendered = renderAnswer({ model: serving.artifact, version, id, outputs });
  if (rendered.kind === 'not-finite') return { ...failed(500, rendered.reason, tensors, rows), outputs };
  return { response: json(200, rendered.body), rows, features: tensors, outputs };
}

type Inferred =
  | { readonly kind: 'inferred'; readonly outputs: Readonly<Record<string, Tensor>> }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'late' };

async function withTimeout(
  context: RouteContext,
  inference: Promise<Readonly<Record<string, Tensor>>>,
): Promise<Inferred> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Inferred>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'late' }), context.timeout);
  });
  const done = inference.then(
    (outputs): Inferred => ({ kind: 'inferred', outputs }),
    (error: unknown): Inferred => ({ kind: 'failed', reason: messageOf(error) }),
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

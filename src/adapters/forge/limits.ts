/** Decides whether GitHub would take a text or payload by its size, so that both forges refuse the same things. */

import type { Json } from '../../base/canonical-json.ts';
import { KitError } from '../../base/errors.ts';
import { formatCount } from '../../base/text.ts';
import type { CheckRun, Dispatch } from '../../ports/forge.ts';

/** GitHub's limits: its REST OpenAPI description and documentation. Text is counted in UTF-16 units. */
export const limits = {
  commentCharacters: 65_536,
  checkSummaryCharacters: 65_535,
  annotationsPerRequest: 50,
  annotationTitleCharacters: 255,
  annotationMessageBytes: 65_536,
  titleCharacters: 256,
  deploymentDescriptionCharacters: 140,
  eventTypeCharacters: 100,
  payloadKeys: 10,
  payloadBytes: 65_535,
  workflowInputs: 25,
  releaseBodyCharacters: 125_000,
} as const;

function assertLength(what: string, text: string, limit: number): void {
  if (text.length <= limit) return;
  throw new KitError(
    'forge-rejected',
    `Cannot send ${what}: ${formatCount(text.length)} characters are more than the ${formatCount(limit)} that GitHub takes`,
  );
}

/** @throws KitError `forge-rejected` */
export function assertBody(what: string, body: string): void {
  if (body.trim() === '') throw new KitError('forge-rejected', `Cannot send ${what}: the body is empty`);
  assertLength(what, body, limits.commentCharacters);
}

/** @throws KitError `forge-rejected` */
export function assertTitle(what: string, title: string): void {
  if (title.trim() === '') throw new KitError('forge-rejected', `Cannot send ${what}: the title is empty`);
  assertLength(`${what} title`, title, limits.titleCharacters);
}

/** @throws KitError `forge-rejected` */
export function assertCheckRun(run: CheckRun): void {
  if (run.name.trim() === '') throw new KitError('forge-rejected', 'Cannot send check run: the name is empty');
  assertTitle('check run', run.title);
  assertLength('check run summary', run.summary, limits.checkSummaryCharacters);
  for (const annotation of run.annotations) {
    const place = `annotation on ${annotation.path}:${annotation.line}`;
    if (annotation.path === '' || !Number.isInteger(annotation.line) || annotation.line < 1)
      throw new KitError('forge-rejected', `Cannot send ${place}: it needs a path and a line of at least 1`);
    if (annotation.message === '') throw new KitError('forge-rejected', `Cannot send ${place}: the message is empty`);
    assertLength(`${place} title`, annotation.title, limits.annotationTitleCharacters);
    if (Buffer.byteLength(annotation.message) > limits.annotationMessageBytes)
      throw new KitError('forge-rejected', `Cannot send ${place}: the message is over 64 KB`);
  }
}

/** @throws KitError `forge-rejected` */
export function assertDeploymentDescription(description: string): void {
  assertLength('deployment description', description, limits.deploymentDescriptionCharacters);
}

/** @throws KitError `forge-rejected` */
export function assertReleaseBody(body: string): void {
  assertLength('release body', body, limits.releaseBodyCharacters);
}

/** @throws KitError `forge-rejected` */
export function assertDispatch(dispatch: Dispatch): void {
  const reject = (reason: string): never => {
    throw new KitError('forge-rejected', `Cannot dispatch ${dispatch.kind} "${dispatch.name}": ${reason}`);
  };
  if (dispatch.name === '') reject('the name is empty');
  const keys = Object.keys(dispatch.payload);
  const bytes = Buffer.byteLength(JSON.stringify(dispatch.payload));
  if (bytes > limits.payloadBytes) reject(`the payload has ${formatCount(bytes)} bytes, GitHub takes less than 64 KB`);
  if (dispatch.kind === 'workflow') {
    if (keys.length > limits.workflowInputs) reject(`${keys.length} inputs are more than ${limits.workflowInputs}`);
    for (const key of keys)
      if (typeof dispatch.payload[key] === 'object' && dispatch.payload[key] !== null)
        reject(`input "${key}" is no string, number or boolean`);
    return;
  }
  if (dispatch.name.length > limits.eventTypeCharacters)
    reject(`an event type has at most ${limits.eventTypeCharacters} characters`);
  if (keys.length > limits.payloadKeys)
    reject(`the client payload has ${keys.length} keys, GitHub takes ${limits.payloadKeys}`);
}

/** Inputs of a workflow as GitHub takes them: strings. */
export function workflowInputs(payload: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, value === null ? '' : String(value)]));
}

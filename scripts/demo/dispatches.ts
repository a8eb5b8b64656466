/** Reads what the embedded forge recorded: dispatches that a runner would start, and issues. Only the demo runs dispatches. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demo, Document } from './demo.ts';

export interface RecordedDispatch {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly payload: Document;
}

export function readDispatches(demo: Demo, name: string): readonly RecordedDispatch[] {
  return readCollection(demo, 'dispatches').filter((dispatch: RecordedDispatch) => dispatch.name === name);
}

export function readIssues(demo: Demo): readonly Document[] {
  return readCollection(demo, 'issues');
}

function readCollection(demo: Demo, collection: string): readonly Document[] {
  const folder = join(demo.scratch.remote, 'mlops-forge', collection);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

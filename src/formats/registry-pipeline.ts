/** Reads from dvc.yaml which outputs of a pipeline are left to git (`cache: false`). */

import { parse } from 'yaml';
import { z } from 'zod';
import { KitError, messageOf } from '../base/errors.ts';

// Only what is needed here; DVC itself judges the rest of its file.
const Out = z.union([z.string(), z.record(z.string(), z.looseObject({ cache: z.boolean().optional() }).nullable())]);
const Outs = z.union([z.array(Out), z.record(z.string(), z.unknown())]).nullish();
const Stage = z.looseObject({ outs: Outs, metrics: Outs, plots: Outs });
const Pipeline = z.looseObject({ stages: z.record(z.string(), z.looseObject({})).nullish() });

/** Paths relative to the folder of the file. @throws KitError `pipeline-malformed` */
export function parseUncachedOutputs(text: string, path: string): readonly string[] {
  try {
    const { stages } = Pipeline.parse(parse(text) ?? {});
    return Object.values(stages ?? {}).flatMap((stage) => uncachedOf(Stage.parse(stage.do ?? stage)));
  } catch (cause) {
    throw new KitError('pipeline-malformed', `Cannot read "${path}": ${messageOf(cause).split('\n')[0]}`, {
      at: { path },
      cause,
    });
  }
}

function uncachedOf({ outs, metrics, plots }: z.output<typeof Stage>): readonly string[] {
  return [outs, metrics, plots].flatMap((list) =>
    (Array.isArray(list) ? list : []).flatMap((out) =>
      typeof out === 'string'
        ? []
        : Object.entries(out).flatMap(([path, flags]) => (flags?.cache === false ? [path] : [])),
    ),
  );
}

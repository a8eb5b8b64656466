/** Reads from dvc.yaml which outputs of a pipeline are left to git (`cache: false`), and which are not pushed. */

import { parse } from 'yaml';
import { z } from 'zod';
import { KitError, messageOf } from '../base/errors.ts';

// Only what is needed here; DVC itself judges the rest of its file.
const Out = z.union([
  z.string(),
  z.record(z.string(), z.looseObject({ cache: z.boolean().optional(), push: z.boolean().optional() }).nullable()),
]);
const Outs = z.union([z.array(Out), z.record(z.string(), z.unknown())]).nullish();
const Stage = z.looseObject({ outs: Outs, metrics: Outs, plots: Outs });
const Pipeline = z.looseObject({ stages: z.record(z.string(), z.looseObject({})).nullish() });

export interface OutputFlags {
  /** Left to git. */
  readonly uncached: readonly string[];
  readonly unpushed: readonly string[];
}

/** Paths relative to the folder of the file. @throws KitError `pipeline-malformed` */
export function parseOutputFlags(text: string, path: string): OutputFlags {
  try {
    const { stages } = Pipeline.parse(parse(text) ?? {});
    const outs = Object.values(stages ?? {}).flatMap((stage) => flaggedOutputs(Stage.parse(stage.do ?? stage)));
    return {
      uncached: outs.filter(({ flags }) => flags.cache === false).map((out) => out.path),
      unpushed: outs.filter(({ flags }) => flags.push === false).map((out) => out.path),
    };
  } catch (cause) {
    throw new KitError('pipeline-malformed', `Cannot read "${path}": ${messageOf(cause).split('\n')[0]}`, {
      at: { path },
      cause,
    });
  }
}

function flaggedOutputs({ outs, metrics, plots }: z.output<typeof Stage>) {
  return [outs, metrics, plots].flatMap((list) =>
    (Array.isArray(list) ? list : []).flatMap((out) =>
      typeof out === 'string' ? [] : Object.entries(out).map(([path, flags]) => ({ path, flags: flags ?? {} })),
    ),
  );
}

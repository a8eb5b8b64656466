/** Orders stages by what they read and write: edges from paths, cycles and double writers refused. */

import { KitError } from '../../base/errors.ts';
import { pathsOverlap } from '../../base/repo-path.ts';
import { nearestOf } from '../../base/text.ts';
import type { Stage } from './stage.ts';

/**
 * Stages so that each comes after those it reads from (depth first, in the order of the file); with `targets` only
 * these and what they need.
 *
 * @throws KitError `pipeline-cycle`, `pipeline-overlap`, `stage-unknown`
 */
export function orderStages(stages: readonly Stage[], targets?: readonly string[]): readonly Stage[] {
  assertOneWriter(stages);
  const upstream = new Map(stages.map((stage) => [stage.name, upstreamOf(stage, stages)]));
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ordered: Stage[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (stage: Stage, trail: readonly string[]): void => {
    if (state.get(stage.name) === 'done') return;
    if (state.get(stage.name) === 'open') throw cycle([...trail.slice(trail.indexOf(stage.name)), stage.name]);
    state.set(stage.name, 'open');
    for (const before of upstream.get(stage.name)!) visit(before, [...trail, stage.name]);
    state.set(stage.name, 'done');
    ordered.push(stage);
  };
  for (const stage of stages) visit(stage, []);
  if (targets === undefined || targets.length === 0) return ordered;
  const wanted = new Set<string>();
  const want = (stage: Stage): void => {
    if (wanted.has(stage.name)) return;
    wanted.add(stage.name);
    for (const before of upstream.get(stage.name)!) want(before);
  };
  for (const target of targets) want(byName.get(target) ?? refuseUnknown(target, [...byName.keys()]));
  return ordered.filter((stage) => wanted.has(stage.name));
}

/** Stages that write what this one reads. */
export function upstreamOf(stage: Stage, stages: readonly Stage[]): readonly Stage[] {
  const reads = [...stage.deps, ...stage.params].map((one) => one.path);
  return stages.filter((other) => other.outs.some((out) => reads.some((path) => pathsOverlap(path, out.path))));
}

function assertOneWriter(stages: readonly Stage[]): void {
  const written = stages.flatMap((stage) => stage.outs.map((out) => ({ stage: stage.name, path: out.path })));
  const sorted = written.sort((a, b) => (`${a.path}/` < `${b.path}/` ? -1 : 1));
  for (const [index, one] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined || !pathsOverlap(one.path, next.path)) continue;
    throw new KitError(
      'pipeline-overlap',
      `Cannot order the pipeline: "${next.path}" of stage "${next.stage}" and "${one.path}" of stage "${one.stage}" overlap`,
      { hint: 'Give every output its own path.' },
    );
  }
}

function cycle(names: readonly string[]): KitError {
  return new KitError('pipeline-cycle', `Cannot order the pipeline: stages form a cycle: ${names.join(' -> ')}`, {
    hint: 'A stage must not read what a later stage writes.',
  });
}

function refuseUnknown(name: string, known: readonly string[]): never {
  const nearest = nearestOf(name, known);
  throw new KitError('stage-unknown', `Cannot run stage "${name}": the pipeline has no such stage`, {
    hint: nearest === undefined ? `Stages: ${known.join(', ')}.` : `Did you mean "${nearest}"?`,
  });
}

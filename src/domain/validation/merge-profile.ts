/** Adds two profiles on the same bins: the profile of both datasets together. */

import type { Moments, NumericProfile, Profile, ProfileColumn } from '../../formats/profile.ts';

/** @throws TypeError when the columns or bins differ */
export function mergeProfiles(one: Profile, two: Profile): Profile {
  if (one.columns.length !== two.columns.length) throw new TypeError('profiles of different columns cannot be merged');
  return {
    ...one,
    source: one.source === two.source ? one.source : `${one.source} + ${two.source}`,
    rows: one.rows + two.rows,
    columns: one.columns.map((column, index) => mergeColumns(column, two.columns[index]!)),
  };
}

function mergeColumns(one: ProfileColumn, two: ProfileColumn): ProfileColumn {
  const fault = new TypeError(`column "${one.name}" has other bins in "${two.name}"`);
  if (one.name !== two.name) throw fault;
  const nulls = one.nulls + two.nulls;
  if (one.kind === 'numeric' && two.kind === 'numeric') {
    if (one.edges.join() !== two.edges.join()) throw fault;
    const moments = mergeMoments(momentsOf(one), momentsOf(two));
    return {
      ...one,
      nulls,
      nan: one.nan + two.nan,
      infinite: one.infinite + two.infinite,
      counts: one.counts.map((count, bin) => count + two.counts[bin]!),
      ...(moments === undefined ? {} : { moments }),
    };
  }
  if (one.kind === 'categorical' && two.kind === 'categorical') {
    if (one.values.some(({ value }, index) => value !== two.values[index]?.value)) throw fault;
    return {
      ...one,
      nulls,
      other: one.other + two.other,
      values: one.values.map(({ value, count }, index) => ({ value, count: count + two.values[index]!.count })),
    };
  }
  if (one.kind === 'time' && two.kind === 'time') {
    const [min, max] = [
      [one.min, two.min],
      [one.max, two.max],
    ].map((pair) => pair.filter((text) => text !== undefined).sort());
    return {
      ...one,
      nulls,
      ...(min![0] === undefined ? {} : { min: min![0] }),
      ...(max!.at(-1) === undefined ? {} : { max: max!.at(-1) }),
    };
  }
  if (one.kind !== two.kind) throw fault;
  return { ...one, nulls };
}

interface CountedMoments {
  readonly n: number;
  readonly moments: Moments;
}

function momentsOf({ counts, moments }: NumericProfile): CountedMoments | undefined {
  if (moments === undefined) return undefined;
  return { n: counts.reduce((all, count) => all + count, 0), moments };
}

/** Chan, Golub and LeVeque (1979). */
function mergeMoments(one: CountedMoments | undefined, two: CountedMoments | undefined): Moments | undefined {
  if (one === undefined || two === undefined) return (one ?? two)?.moments;
  const n = one.n + two.n;
  const delta = two.moments.mean - one.moments.mean;
  return {
    min: Math.min(one.moments.min, two.moments.min),
    max: Math.max(one.moments.max, two.moments.max),
    mean: one.moments.mean + (delta * two.n) / n,
    m2: one.moments.m2 + two.moments.m2 + (delta * delta * one.n * two.n) / n,
  };
}

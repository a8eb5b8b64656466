/** Merged profiles are the profiles of the whole, however the rows were cut. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Profile } from '../../formats/profile.ts';
import { mergeProfiles } from './merge-profile.ts';

const edges = [-5, 0, 2.5, 10];
const towns = ['a', 'b'];

/** A profile by the definitions, row by row. */
function profileOf(rows: readonly (readonly [number | null, string | null])[]): Profile {
  const numbers = rows.map(([x]) => x).filter((x) => x !== null);
  const finite = numbers.filter(Number.isFinite);
  const mean = finite.reduce((all, x) => all + x, 0) / finite.length;
  const counts = Array.from(
    { length: edges.length + 1 },
    (_, bin) =>
      finite.filter(
        (x) => x <= (edges[bin] ?? Number.POSITIVE_INFINITY) && x > (edges[bin - 1] ?? Number.NEGATIVE_INFINITY),
      ).length,
  );
  const texts = rows.map(([, text]) => text).filter((text) => text !== null);
  return {
    schema: 'profile/v1',
    dataset: 'd',
    source: 's',
    rows: rows.length,
    columns: [
      {
        name: 'x',
        type: 'DOUBLE',
        kind: 'numeric',
        nulls: rows.length - numbers.length,
        nan: numbers.filter(Number.isNaN).length,
        infinite: numbers.filter((x) => Math.abs(x) === Number.POSITIVE_INFINITY).length,
        ...(finite.length === 0
          ? {}
          : {
              moments: {
                min: Math.min(...finite),
                max: Math.max(...finite),
                mean,
                m2: finite.reduce((all, x) => all + (x - mean) ** 2, 0),
              },
            }),
        edges,
        counts,
        quantiles: [],
      },
      {
        name: 't',
        type: 'VARCHAR',
        kind: 'categorical',
        nulls: rows.length - texts.length,
        values: towns.map((value) => ({ value, count: texts.filter((text) => text === value).length })),
        other: texts.filter((text) => !towns.includes(text)).length,
        complete: true,
      },
    ],
  };
}

const row = fc.tuple(
  fc.option(fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))),
  fc.option(fc.constantFrom('a', 'b', 'c')),
);

it('equals the profile of all rows', () => {
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (one, two) => {
      const merged = mergeProfiles(profileOf(one), profileOf(two));
      const whole = profileOf([...one, ...two]);
      const rounded = (profile: Profile) =>
        JSON.parse(JSON.stringify(profile), (_, value) =>
          typeof value === 'number' ? Number(value.toFixed(6)) : value,
        );
      expect(rounded(merged)).toEqual(rounded(whole));
    }),
  );
});

it('refuses other bins', () => {
  const one = profileOf([[1, 'a']]);
  const [x, t] = one.columns as [Profile['columns'][number], Profile['columns'][number]];
  for (const columns of [
    [x],
    [t, x],
    [{ ...x, edges: [1, 2, 3, 4] }, t],
    [x, { ...t, values: [] }],
    [x, { ...t, name: 'u' }],
  ])
    expect(() => mergeProfiles(one, { ...one, columns: columns as Profile['columns'] })).toThrow(TypeError);
});

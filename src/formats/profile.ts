/** The profile of a dataset or window: mergeable counts on frozen bins, small enough for git. */

import { z } from 'zod';

const count = z.int().min(0);

/** Moments and extremes of the finite values; `m2` is the sum of squared deviations from the mean. */
export const Moments = z.strictObject({ min: z.number(), max: z.number(), mean: z.number(), m2: z.number().min(0) });
export type Moments = z.infer<typeof Moments>;

const common = {
  name: z.string(),
  /** The engine's type when it was profiled. */
  type: z.string(),
  nulls: count,
};

export const ProfileColumn = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('numeric'),
    nan: count,
    infinite: count,
    /** Absent when no value is finite. */
    moments: Moments.optional(),
    /** Rising; bin i holds values over edge i-1 up to and with edge i, the last one all above. */
    edges: z.array(z.number()),
    counts: z.array(count),
    /** Values at the levels 0.05, 0.10, ... 0.95. */
    quantiles: z.array(z.number()),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('categorical'),
    values: z.array(z.strictObject({ value: z.string(), count })),
    /** Rows with a value that is not listed. */
    other: count,
    /** False when the list was cut, so that an unlisted value need not be new. */
    complete: z.boolean(),
  }),
  /** Names of things, free text and nested values: counted, not binned. */
  z.strictObject({ ...common, kind: z.literal('opaque'), identifier: z.boolean() }),
  z.strictObject({ ...common, kind: z.literal('time'), min: z.string().optional(), max: z.string().optional() }),
]);
export type ProfileColumn = z.infer<typeof ProfileColumn>;
export type NumericProfile = Extract<ProfileColumn, { kind: 'numeric' }>;
export type CategoricalProfile = Extract<ProfileColumn, { kind: 'categorical' }>;

export const Profile = z.strictObject({
  schema: z.literal('profile/v1'),
  dataset: z.string(),
  /** What was profiled: a path, or a window of one. */
  source: z.string(),
  rows: count,
  columns: z.array(ProfileColumn),
});
export type Profile = z.infer<typeof Profile>;

/** The features of a flight as SQL, for training, evaluation and monitoring alike. */

/** Rows are taken in the order of a multiplicative hash of their id: the same rows each time, spread evenly over the months. */
const spread = '(id * 2654435761) % 4294967296';

/** A query for `limit` flights with their features; `source` is `from ...` and an optional `where ...`. */
export function selectFeatures(source: string, limit: number): string {
  return `select * from (
    select
      id,
      date,
      hour(date)::bigint as hour,
      minute(date)::bigint as minute,
      isodow(date)::bigint as weekday,
      distance::float as distance,
      origin,
      destination,
      (delay > 15)::integer as late
    ${source} order by ${spread}, id limit ${limit}
  ) order by id`;
}

/** Replays held-out flights against the model server as live traffic: one flight per request, at a steady rate. */

import { DuckDBInstance } from '@duckdb/node-api';

export interface Traffic {
  /** Requests answered so far, by HTTP status. */
  readonly answered: ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

interface Flight {
  readonly id: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly datatype: string;
    readonly data: readonly unknown[];
  }[];
}

/** Held-out rows as bodies of the Open Inference Protocol. */
export async function readHeldOut(path: string, limit: number): Promise<readonly Flight[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `select id::varchar as id, origin, destination, distance::double as distance, hour::integer as hour,
       minute::integer as minute, weekday::integer as weekday
     from read_parquet($path) order by id % 997, id limit ${limit}`,
    { path },
  );
  connection.closeSync();
  instance.closeSync();
  const input = (name: string, datatype: string, value: unknown) => ({ name, shape: [1], datatype, data: [value] });
  return reader.getRowObjects().map((row) => ({
    id: String(row.id),
    inputs: [
      input('origin', 'BYTES', row.origin),
      input('destination', 'BYTES', row.destination),
      input('distance', 'FP32', row.distance),
      input('hour', 'INT64', row.hour),
      input('minute', 'INT64', row.minute),
      input('weekday', 'INT64', row.weekday),
    ],
  }));
}

/** Sends until it is stopped. A slow answer holds up nobody else; at most 32 requests are under way. */
export function startTraffic(address: string, model: string, flights: readonly Flight[], perSecond: number): Traffic {
  const answered = new Map<number, number>();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  const send = async (flight: Flight) => {
    const response = await fetch(`${address}/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flight),
    }).catch(() => undefined);
    await response?.arrayBuffer();
    const status = response?.status ?? 0;
    answered.set(status, (answered.get(status) ?? 0) + 1);
  };
  const from = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - from) / 1000) * perSecond;
    while (sent < due && underWay.size < 32) {
      const request = send(flights[sent % flights.length]!).finally(() => underWay.delete(request));
      underWay.add(request);
      sent += 1;
    }
    // What could not be sent in time is not made up for in a burst.
    if (underWay.size >= 32) sent = Math.floor(due);
  }, 10);
  return {
    answered,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

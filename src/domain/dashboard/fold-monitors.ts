/** Folds drift records into one history a model: the newest result of each window, in order of time. */

import { DriftReport, WindowResult } from '../../formats/drift-report.ts';
import type { StoredRecord } from '../registry/policy.ts';
import type { MonitorView, WindowView } from './dashboard-data.ts';

/** Records whose body is not understood are named in `problems`. */
export function foldMonitors(records: readonly StoredRecord[], problems: string[]): readonly MonitorView[] {
  const drift = records.filter(({ record }) => record.kind === 'drift');
  const byModel = Map.groupBy(drift, ({ record }) => String(record.body.model));
  return [...byModel].map(([subject, list]) => {
    const windows = new Map<string, WindowView>();
    let floor = 0.1;
    for (const stored of list) {
      const settings = DriftReport.shape.settings.safeParse(stored.record.body.settings);
      if (settings.success) floor = settings.data.floor;
      const view = foldWindow(stored);
      if (view === undefined) problems.push(`Drift record ${stored.id} has a body that cannot be read`);
      else windows.set(view.window, view);
    }
    return { subject, floor, windows: [...windows.values()].sort((a, b) => (a.window < b.window ? -1 : 1)) };
  });
}

function foldWindow({ record }: StoredRecord): WindowView | undefined {
  const parsed = WindowResult.safeParse(record.body.result);
  if (!parsed.success) return undefined;
  const { window, rows, verdict, drift, performance } = parsed.data;
  return {
    window,
    time: record.common.time,
    rows,
    verdict,
    driftVerdict: drift.verdict,
    columns: drift.columns.map(({ column, effect, verdict: own }) => ({ column, effect, verdict: own })),
    ...(performance?.value == null
      ? {}
      : {
          performance: {
            name: performance.metric,
            value: performance.value,
            verdict: performance.verdict,
            ...(performance.low === null ? {} : { low: performance.low }),
            ...(performance.high === null ? {} : { high: performance.high }),
            ...(performance.min === undefined ? {} : { min: performance.min }),
            ...(performance.max === undefined ? {} : { max: performance.max }),
          },
        }),
  };
}

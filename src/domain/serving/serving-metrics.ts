/** Counts requests, errors and durations by model, version and variant, and renders them as Prometheus text. */

export interface ServedRequest {
  readonly model: string;
  readonly version: string;
  readonly variant: string;
  readonly status: number;
  readonly seconds: number;
}

/** Upper bounds in seconds: half a millisecond to ten seconds. */
export const durationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

interface Series {
  readonly labels: string;
  requests: number;
  errors: number;
  sum: number;
  readonly buckets: number[];
}

export interface ServingMetrics {
  count(request: ServedRequest): void;
  /** `weights`: the candidate's share of traffic in percent, by model. */
  render(weights: Readonly<Record<string, number>>): string;
}

/** An answer other than 2xx is an error: after the split, only the version makes the difference. */
export function createServingMetrics(): ServingMetrics {
  const all = new Map<string, Series>();
  return {
    count(request) {
      const labels = `model="${escapeLabel(request.model)}",version="${escapeLabel(request.version)}",variant="${escapeLabel(request.variant)}"`;
      let series = all.get(labels);
      if (series === undefined) {
        series = { labels, requests: 0, errors: 0, sum: 0, buckets: durationBuckets.map(() => 0) };
        all.set(labels, series);
      }
      series.requests += 1;
      if (request.status >= 300) series.errors += 1;
      series.sum += request.seconds;
      const bucket = durationBuckets.findIndex((bound) => request.seconds <= bound);
      if (bucket >= 0) series.buckets[bucket]! += 1;
    },
    render: (weights) => renderSeries([...all.values()], weights),
  };
}

function renderSeries(all: readonly Series[], weights: Readonly<Record<string, number>>): string {
  const lines = ['# HELP mlops_requests_total Inference requests.', '# TYPE mlops_requests_total counter'];
  for (const series of all) lines.push(`mlops_requests_total{${series.labels}} ${series.requests}`);
  lines.push(
    '# HELP mlops_request_errors_total Inference requests not answered with 2xx.',
    '# TYPE mlops_request_errors_total counter',
  );
  for (const series of all) lines.push(`mlops_request_errors_total{${series.labels}} ${series.errors}`);
  lines.push(
    '# HELP mlops_request_duration_seconds Time from request to answer.',
    '# TYPE mlops_request_duration_seconds histogram',
  );
  for (const series of all) {
    let cumulative = 0;
    for (const [index, bound] of durationBuckets.entries()) {
      cumulative += series.buckets[index]!;
      lines.push(`mlops_request_duration_seconds_bucket{${series.labels},le="${bound}"} ${cumulative}`);
    }
    lines.push(
      `mlops_request_duration_seconds_bucket{${series.labels},le="+Inf"} ${series.requests}`,
      `mlops_request_duration_seconds_sum{${series.labels}} ${series.sum}`,
      `mlops_request_duration_seconds_count{${series.labels}} ${series.requests}`,
    );
  }
  lines.push('# HELP mlops_candidate_weight_percent Share of traffic sent to the candidate.');
  lines.push('# TYPE mlops_candidate_weight_percent gauge');
  for (const [model, weight] of Object.entries(weights)) {
    lines.push(`mlops_candidate_weight_percent{model="${escapeLabel(model)}"} ${weight}`);
  }
  return `${lines.join('\n')}\n`;
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

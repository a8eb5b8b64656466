/** Folds prediction log records into what a tick of a rollout looks at: requests, errors and latencies by weight and variant. */

import type { PredictionLogRecord } from '../../formats/prediction-log.ts';
import type { RolloutState } from '../../formats/rollout-state.ts';
import type { Stratum } from './evidence.ts';

export interface ArmSample {
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds, ascending. */
  readonly latencies: Float64Array;
  /** Distinct request keys. */
  readonly units: number;
}

export interface Observation {
  /** One per weight of this rollout that was in force, ascending. */
  readonly strata: readonly Stratum[];
  /** Requests at the weight in force since the present step was entered. */
  readonly canary: ArmSample;
  readonly stable: ArmSample;
  /** Time of the first request at the weight in force. */
  readonly firstAt: string | undefined;
  /** Requests to the candidate after it was made the stable version. */
  readonly promoted: ArmSample;
  /** Lines that could not be read. */
  readonly damaged: number;
}

/** Collects records one by one, so that a log need not fit in memory. */
export interface ObservationFold {
  add(record: PredictionLogRecord): void;
  addDamaged(): void;
  finish(): Observation;
}

interface Arm {
  requests: number;
  errors: number;
  readonly latencies: number[];
  readonly units: Set<number>;
}

const emptyArm = (): Arm => ({ requests: 0, errors: 0, latencies: [], units: new Set() });

/** Errors are all answers but 2xx: the split is random, so what a client does wrong hits both sides alike. */
export function foldObservation(state: RolloutState): ObservationFold {
  const { artifact } = state.spec;
  const strata = new Map<
    number,
    { canary: { requests: number; errors: number }; stable: { requests: number; errors: number } }
  >();
  const [canary, stable, promoted] = [emptyArm(), emptyArm(), emptyArm()];
  const since = state.stepEnteredAt ?? state.enteredAt;
  let firstAt: string | undefined;
  let damaged = 0;
  return {
    add(record) {
      if (record.rollout !== state.id || record.model !== artifact || record.pinned === true) return;
      const isCandidate = record.version === state.candidate.version && record.digest === state.candidate.md5;
      if (record.variant === 'stable' && isCandidate) {
        count(promoted, record);
        return;
      }
      if (record.variant === 'candidate' && !isCandidate) return;
      const failed = isError(record) ? 1 : 0;
      const stratum = strata.get(record.weight) ?? {
        canary: { requests: 0, errors: 0 },
        stable: { requests: 0, errors: 0 },
      };
      const arm = record.variant === 'candidate' ? stratum.canary : stratum.stable;
      arm.requests += 1;
      arm.errors += failed;
      strata.set(record.weight, stratum);
      if (record.weight !== state.weight) return;
      if (firstAt === undefined || record.time < firstAt) firstAt = record.time;
      if (record.time >= since) count(record.variant === 'candidate' ? canary : stable, record);
    },
    addDamaged() {
      damaged += 1;
    },
    finish: () => ({
      strata: [...strata].sort(([a], [b]) => a - b).map(([weight, arms]) => ({ weight, ...arms })),
      canary: sampleOf(canary),
      stable: sampleOf(stable),
      promoted: sampleOf(promoted),
      firstAt,
      damaged,
    }),
  };
}

function isError(record: PredictionLogRecord): boolean {
  return record.status >= 300;
}

function count(arm: Arm, record: PredictionLogRecord): void {
  arm.requests += 1;
  if (isError(record)) arm.errors += 1;
  arm.latencies.push(record.latencyMs);
  arm.units.add(record.bucket);
}

function sampleOf(arm: Arm): ArmSample {
  return {
    requests: arm.requests,
    errors: arm.errors,
    latencies: Float64Array.from(arm.latencies).sort(),
    units: arm.units.size,
  };
}

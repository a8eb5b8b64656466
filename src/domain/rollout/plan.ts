/** Works out before a rollout starts what each step will need: requests, time, and for which guard. */

import { parseDuration } from '../../base/duration.ts';
import { KitError } from '../../base/errors.ts';
import type { RolloutSpec } from '../../formats/rollout-state.ts';
import { judgeGuards, requirementsOf } from './guards.ts';
import type { ArmSample } from './observation.ts';

export interface PlannedStep {
  readonly label: string;
  /** Percent of traffic on the candidate while the step lasts. */
  readonly weight: number;
  /** Shortest time in milliseconds. */
  readonly duration: number;
  /** Canary requests without any error or slow answer that every guard needs to be safe; null where nothing is judged. */
  readonly canaryRequests: number | null;
  /** All requests at this weight that this means; null where nothing is judged, or no count is enough. */
  readonly requests: number | null;
}

const most = 10_000_000;

export function planSteps(spec: RolloutSpec): readonly PlannedStep[] {
  let weight = 0;
  return spec.steps.map((step) => {
    if ('setWeight' in step) {
      weight = step.setWeight;
      return { label: `setWeight ${weight}`, weight, duration: 0, canaryRequests: null, requests: null };
    }
    if ('pause' in step) {
      const duration = typeof step.pause === 'string' ? parseDuration(step.pause) : 0;
      const label = typeof step.pause === 'string' ? `pause ${step.pause}` : 'pause';
      return { label, weight, duration, canaryRequests: null, requests: null };
    }
    if ('approve' in step) return { label: 'approve', weight, duration: 0, canaryRequests: null, requests: null };
    const canaryRequests = neededRequests(spec, weight);
    return {
      label: `analysis ${step.analysis}`,
      weight,
      duration: parseDuration(step.analysis),
      canaryRequests,
      requests: canaryRequests === null ? null : Math.ceil(canaryRequests / (weight / 100)),
    };
  });
}

/** The best case, a canary and a stable version without errors: real traffic needs more, never less. */
function neededRequests(spec: RolloutSpec, weight: number): number | null {
  if (weight <= 0) return null;
  const isSafe = (requests: number): boolean => {
    const stable = weight >= 100 ? 0 : Math.round((requests * (100 - weight)) / weight);
    const sample = {
      strata: [{ weight, canary: { requests, errors: 0 }, stable: { requests: stable, errors: 0 } }],
      canary: quick(requests),
      stable: quick(stable),
    };
    return judgeGuards(spec.guard, sample).every(({ verdict }) => verdict === 'safe');
  };
  let high = spec.minRequests;
  while (!isSafe(high)) {
    high *= 2;
    if (high > most) return null;
  }
  let low = Math.max(spec.minRequests, Math.floor(high / 2));
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSafe(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

function quick(requests: number): ArmSample {
  return { requests, errors: 0, latencies: new Float64Array(Math.min(requests, 100_000)), units: requests };
}

/**
 * Refuses a spec that could never end well: an analysis with nothing to judge, or without traffic to judge.
 *
 * @throws KitError `rollout-spec`
 */
export function assertSpec(spec: RolloutSpec): void {
  const refuse = (reason: string, hint: string): never => {
    throw new KitError('rollout-spec', `Cannot roll out "${spec.artifact}" to ${spec.environment}: ${reason}`, {
      hint,
    });
  };
  let weight = 0;
  for (const step of spec.steps) {
    if ('setWeight' in step) weight = step.setWeight;
    if (!('analysis' in step)) continue;
    if (weight === 0)
      refuse('an analysis comes before any weight', 'Put a setWeight above 0 before the first analysis.');
    if (spec.guard.flatMap(requirementsOf).length === 0) {
      refuse('its analysis has no guard', 'Give the stage a guard with max or max-regression, for example error-rate.');
    }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(spec.logs)) {
    refuse(
      `prediction logs at "${spec.logs}" cannot be read from here`,
      'Copy the log to a file first and name its path.',
    );
  }
}

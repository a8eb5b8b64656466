/** Everything the dashboard shows, as plain values folded from the registry and the metadata store. */

import type { Verdict } from '../../base/verdict.ts';

export interface MetricView {
  readonly name: string;
  readonly value: number;
  /** Bounds of the interval, when one was computed. */
  readonly low?: number;
  readonly high?: number;
}

export interface VersionView {
  readonly version: string;
  /** RFC 3339. */
  readonly time: string;
  readonly commit: string;
  readonly actor: string;
  readonly verdict?: Verdict;
  readonly metrics: readonly MetricView[];
  readonly run?: string;
  readonly previous?: string;
  /** Stages that hold it now. */
  readonly stages: readonly string[];
}

export interface StageView {
  readonly stage: string;
  readonly version: string;
  readonly since: string;
  readonly actor: string;
}

/** One box of the chain from data to production. */
export interface LineageStep {
  readonly title: string;
  readonly detail: string;
}

export interface ModelView {
  readonly name: string;
  readonly stages: readonly StageView[];
  /** Newest first. */
  readonly versions: readonly VersionView[];
  /** How the version of the last stage came to be; empty when nothing serves. */
  readonly lineage: readonly LineageStep[];
}

export interface RolloutView {
  readonly id: string;
  readonly environment: string;
  readonly artifact: string;
  readonly version: string;
  readonly previous?: string;
  /** The newest phase seen. */
  readonly phase: string;
  readonly started: string;
  readonly ended: string;
  readonly reason: string;
  /** One entry a recorded transition, oldest first. */
  readonly transitions: readonly { readonly time: string; readonly phase: string; readonly weight: number }[];
}

export interface DriftColumnView {
  readonly column: string;
  /** Bias-corrected PSI. */
  readonly effect: number;
  readonly verdict: Verdict;
}

/** One window of a model or dataset that was checked. */
export interface WindowView {
  readonly window: string;
  readonly time: string;
  readonly rows: number;
  /** Worst of drift and performance. */
  readonly verdict: Verdict;
  readonly driftVerdict: Verdict;
  readonly columns: readonly DriftColumnView[];
  readonly performance?: MetricView & { readonly verdict: Verdict; readonly min?: number; readonly max?: number };
}

export interface MonitorView {
  readonly subject: string;
  readonly floor: number;
  /** In order of time. */
  readonly windows: readonly WindowView[];
}

export interface DashboardData {
  readonly repository: string;
  /** RFC 3339. */
  readonly generated: string;
  readonly tool: string;
  readonly models: readonly ModelView[];
  /** Newest first. */
  readonly rollouts: readonly RolloutView[];
  readonly monitors: readonly MonitorView[];
  /** Records counted by kind. */
  readonly records: Readonly<Record<string, number>>;
  /** Damaged records and unreadable tags, by name. */
  readonly damage: readonly string[];
}

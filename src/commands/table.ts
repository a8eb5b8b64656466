/** The one list of commands; the CLI, the actions, their docs and the help are made from it. */

import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  /** The command's own summary, here so that `--help` loads no command. */
  readonly summary: string;
  /** False for commands of the command line alone; the front action runs them too. */
  readonly action?: false;
  readonly load: () => Promise<Command>;
}

/** In the order of the loop. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Scaffolds config and workflows into a repository.',
    load: async () => (await import('./init.ts')).command,
  },
  {
    name: 'sync-data',
    summary: 'Pulls, pushes, adds and verifies data that is tracked by content (DVC 3 formats).',
    load: async () => (await import('./sync-data.ts')).command,
  },
  {
    name: 'validate-data',
    summary: 'Checks a dataset against its data contract and baseline profile.',
    load: async () => (await import('./validate-data.ts')).command,
  },
  {
    name: 'train',
    summary: 'Reproduces the pipeline of a model: runs only what changed, writes dvc.lock, records the run.',
    load: async () => (await import('./train.ts')).command,
  },
  {
    name: 'evaluate',
    summary: 'Compares a candidate with the champion on the same rows and decides every gate on its interval.',
    load: async () => (await import('./evaluate.ts')).command,
  },
  {
    name: 'register',
    summary: 'Registers the trained model as the next version: a tag bound to digests and evidence.',
    load: async () => (await import('./register.ts')).command,
  },
  {
    name: 'promote',
    summary: 'Assigns a stage to a version once the policy of the stage is met.',
    load: async () => (await import('./promote.ts')).command,
  },
  {
    name: 'deploy',
    summary: 'Rolls a version out step by step, and back when it does harm.',
    load: async () => (await import('./deploy.ts')).command,
  },
  {
    name: 'check-drift',
    summary:
      'Compares new data with the baseline, judges performance on known outcomes, alerts, and decides on a retrain.',
    load: async () => (await import('./check-drift.ts')).command,
  },
  {
    name: 'report',
    summary: 'Posts or updates the sticky comment and check run from report files.',
    load: async () => (await import('./report.ts')).command,
  },
  {
    name: 'registry',
    summary: 'Reads the registry: show, history, check-ref, lineage, audit, verify.',
    load: async () => (await import('./registry.ts')).command,
  },
  {
    name: 'runs',
    summary: 'Reads training runs: list, show, compare.',
    load: async () => (await import('./runs.ts')).command,
  },
  {
    name: 'serve',
    summary: 'Serves models over the Open Inference Protocol v2 with a weighted split.',
    load: async () => (await import('./serve.ts')).command,
  },
  {
    name: 'publish-dashboard',
    summary: 'Writes one HTML page with the registry, lineage, rollouts and drift over time.',
    load: async () => (await import('./publish-dashboard.ts')).command,
  },
  {
    name: 'config',
    summary: 'Checks mlops.yaml and prints every effective value with its source.',
    action: false,
    load: async () => (await import('./config.ts')).command,
  },
];

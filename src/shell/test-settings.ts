/** Reads the two variables that fix time and ids in tests that spawn processes, and refuses them where they could do harm. */

import { KitError } from '../base/errors.ts';

export interface TestSettings {
  readonly timeFile?: string;
  readonly seed?: number;
  /** To be shown whenever a setting is on. */
  readonly warning?: string;
}

/** @throws KitError `test-settings-refused` in Actions, unless the API is on this machine; `test-settings-malformed` */
export function readTestSettings(variables: Readonly<Record<string, string | undefined>>): TestSettings {
  const timeFile = variables.MLOPS_TEST_CLOCK;
  const seed = variables.MLOPS_TEST_SEED;
  if (!timeFile && !seed) return {};
  if (variables.GITHUB_ACTIONS === 'true' && !isLoopback(variables.GITHUB_API_URL)) {
    throw new KitError(
      'test-settings-refused',
      'Cannot use MLOPS_TEST_CLOCK or MLOPS_TEST_SEED: they are for tests, and this is GitHub Actions',
      {
        hint: 'Remove both variables from the workflow.',
      },
    );
  }
  if (seed && !/^\d{1,10}$/.test(seed)) {
    throw new KitError('test-settings-malformed', `Cannot read MLOPS_TEST_SEED "${seed}": expected a whole number`);
  }
  return {
    ...(timeFile ? { timeFile } : {}),
    ...(seed ? { seed: Number(seed) >>> 0 } : {}),
    warning: 'Time or ids are fixed by MLOPS_TEST_CLOCK or MLOPS_TEST_SEED; never do this outside of tests.',
  };
}

function isLoopback(url: string | undefined): boolean {
  if (!url || !URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Time and fresh randomness, the two things pure code may not take for itself. */

export interface Clock {
  now(): Date;
  /** Milliseconds of a monotonic clock, for durations. */
  monotonic(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Fresh random bytes as lower-case hex, for ids and jitter; fixed by MLOPS_TEST_SEED in tests. */
  randomHex(bytes: number): string;
}

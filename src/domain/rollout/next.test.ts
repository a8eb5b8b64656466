import { describe, expect, it } from 'vitest';
import type { PredictionLogRecord } from '../../formats/prediction-log.ts';
import { type RolloutSpec, type RolloutState, specDigestOf } from '../../formats/rollout-state.ts';
import type { Decision } from './decision.ts';
import { next, type Seen, type TickInput } from './next.ts';
import { foldObservation } from './observation.ts';
import { assertSpec, planSteps } from './plan.ts';
import { decideVerb, supersede } from './verbs.ts';

const spec: RolloutSpec = {
  environment: 'production',
  artifact: 'm',
  manifest: 'deploy/production/m.yaml',
  steps: [{ setWeight: 10 }, { analysis: '10m' }, { setWeight: 50 }, { analysis: '1h' }],
  guard: [
    { metric: 'error-rate', 'max-regression': 0.01 },
    { metric: 'latency-p99', max: '50ms' },
  ],
  minRequests: 100,
  inconclusive: 'hold',
  logs: 'log.jsonl',
};
const start = Date.parse('2026-01-01T00:00:00.000Z');
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

function stateWith(over: Partial<RolloutState> = {}, specOver: Partial<RolloutSpec> = {}): RolloutState {
  const own = { ...spec, ...specOver };
  return {
    schema: 'rollout-state/v1',
    id: 'r-1',
    generation: 0,
    phase: 'pending',
    spec: own,
    specDigest: specDigestOf(own),
    stable: { version: 'v1.0.0', md5: 'a'.repeat(32), path: 'm.onnx' },
    candidate: { version: 'v2.0.0', md5: 'b'.repeat(32), path: 'm.onnx', tag: 'm@v2.0.0', tagOid: 'c'.repeat(40) },
    seed: 's',
    step: 0,
    weight: 0,
    startedAt: at(0),
    startedBy: 'ada',
    enteredAt: at(0),
    settledAt: null,
    stepEnteredAt: null,
    promotedAt: null,
    endedAt: null,
    returnTo: null,
    holds: [],
    consecutiveErrors: 0,
    approvals: [],
    manifestBefore: 'd'.repeat(40),
    manifestWritten: null,
    deployment: null,
    findings: [],
    because: '',
    actor: 'ada',
    livedBefore: [],
    ...over,
  };
}

const analysing = (over: Partial<RolloutState> = {}, specOver: Partial<RolloutSpec> = {}) =>
  stateWith(
    {
      phase: 'analysing',
      step: 1,
      weight: 10,
      stepEnteredAt: at(1),
      settledAt: at(1),
      manifestWritten: 'e'.repeat(40),
      ...over,
    },
    specOver,
  );

interface Traffic {
  readonly requests: number;
  readonly canaryErrors?: number;
  readonly stableErrors?: number;
  readonly canaryLatency?: number;
  readonly minute?: number;
  readonly share?: number;
}

/** Requests at the state's weight, evenly split. */
function traffic(
  state: RolloutState,
  { requests, canaryErrors = 0, stableErrors = 0, canaryLatency = 5, minute = 2, share = state.weight / 100 }: Traffic,
): Seen {
  const fold = foldObservation(state);
  const canary = Math.round(requests * share);
  for (let i = 0; i < requests; i++) {
    const isCanary = i < canary;
    const index = isCanary ? i : i - canary;
    const failed = index < (isCanary ? canaryErrors : stableErrors);
    fold.add(
      record(state, {
        variant: isCanary ? 'candidate' : 'stable',
        bucket: i / requests,
        status: failed ? 500 : 200,
        latencyMs: isCanary ? canaryLatency : 5,
        time: at(minute),
      }),
    );
  }
  return { kind: 'observed', observation: fold.finish() };
}

function record(state: RolloutState, over: Partial<PredictionLogRecord>): PredictionLogRecord {
  const served = over.variant === 'candidate' ? state.candidate : state.stable!;
  return {
    id: 'q',
    time: at(2),
    model: 'm',
    version: served.version,
    digest: served.md5,
    variant: 'stable',
    weight: state.weight,
    rollout: 'r-1',
    bucket: 0.5,
    rows: 1,
    latencyMs: 5,
    status: 200,
    features: {},
    outputs: {},
    ...over,
  };
}

function promotedTraffic(state: RolloutState, requests: number, errors = 0): Seen {
  const fold = foldObservation(state);
  for (let i = 0; i < requests; i++) {
    fold.add(
      record(state, {
        version: 'v2.0.0',
        digest: state.candidate.md5,
        weight: 0,
        bucket: i / requests,
        status: i < errors ? 500 : 200,
      }),
    );
  }
  return { kind: 'observed', observation: fold.finish() };
}

const input = (minutes: number, over: Partial<TickInput> = {}): TickInput => ({
  now: at(minutes),
  actor: 'bot',
  ...over,
});
const holdOf = (decision: Decision) => decision.state.holds.map(({ reason }) => reason);

describe('the way of a good rollout', () => {
  it('goes through every phase, one increase at a time', () => {
    let decision = next(stateWith(), input(0, { deployment: 7 }));
    expect(decision).toMatchObject({
      kind: 'transition',
      state: { phase: 'preflight', deployment: 7 },
      increase: false,
    });
    decision = next(decision.state, input(0, { preflight: { ok: true, detail: 'loads' } }));
    expect(decision).toMatchObject({
      state: { phase: 'settling', weight: 10 },
      increase: true,
      manifest: { kind: 'change', change: { weight: 10, candidate: { version: 'v2.0.0' } } },
    });
    let state: RolloutState = { ...decision.state, manifestWritten: 'e'.repeat(40) };

    decision = next(state, input(1, { seen: traffic(state, { requests: 0 }) }));
    expect([decision.kind, holdOf(decision)]).toEqual(['note', ['no-traffic-at-weight']]);
    expect(next(decision.state, input(2, { seen: traffic(state, { requests: 0 }) })).kind).toBe('none');

    decision = next(state, input(2, { seen: traffic(state, { requests: 10, minute: 1 }) }));
    expect(decision.state).toMatchObject({ phase: 'analysing', step: 1, settledAt: at(1), stepEnteredAt: at(1) });
    state = decision.state;
    expect(holdOf(next(state, input(10.9, { seen: traffic(state, { requests: 20_000 }) })))).toEqual([
      'analysis-running',
    ]);
    decision = next(state, input(11, { seen: traffic(state, { requests: 20_000 }) }));
    expect(decision).toMatchObject({ state: { phase: 'settling', weight: 50, step: 2 }, increase: true });
    state = decision.state;
    decision = next(state, input(12, { seen: traffic(state, { requests: 10, minute: 11.5 }) }));
    state = decision.state;
    decision = next(state, input(80, { seen: traffic(state, { requests: 20_000, minute: 20 }) }));
    expect(decision).toMatchObject({
      state: { phase: 'verifying', weight: 100 },
      increase: true,
      manifest: { change: { candidate: null, weight: 0, stable: { version: 'v2.0.0' } } },
    });
    expect(JSON.stringify(decision.manifest)).not.toContain('tagOid');
    state = decision.state;
    expect(holdOf(next(state, input(81, { seen: promotedTraffic(state, 5) })))).toEqual(['too-few-requests']);
    decision = next(state, input(82, { seen: promotedTraffic(state, 30) }));
    expect(decision).toMatchObject({ kind: 'transition', state: { phase: 'completed', endedAt: at(82) } });
    expect(decision.manifest).toBeUndefined();
    expect(next(decision.state, input(83)).kind).toBe('none');
  });

  it('gives the first version everything after preflight, in words', () => {
    const first = stateWith({ phase: 'preflight', stable: null, manifestBefore: null });
    const decision = next(first, input(0, { preflight: { ok: true, detail: 'loads' } }));
    expect(decision).toMatchObject({ state: { phase: 'completed', weight: 100 }, manifest: { kind: 'create' } });
    expect(decision.state.because).toContain('no stable version to compare with');
  });

  it('makes one increase at a late tick, never two', () => {
    const late = analysing();
    const decision = next(late, input(60 * 24 * 7, { seen: traffic(late, { requests: 20_000 }) }));
    expect(decision.state).toMatchObject({ weight: 50, phase: 'settling' });
  });
});

describe('no data is never success', () => {
  it.each([
    ['none', 0, 'no-data'],
    ['few', 500, 'too-few-requests'],
    ['not enough for the guards', 2000, 'undecided'],
  ])('%s', (_name, requests, reason) => {
    for (const inconclusive of ['hold', 'promote', 'abort'] as const) {
      const state = analysing({}, { inconclusive });
      const decision = next(state, input(600, { seen: traffic(state, { requests }) }));
      if (inconclusive === 'abort') expect(decision.state.phase).toBe('rolled-back');
      else if (inconclusive === 'promote' && reason === 'undecided') expect(decision.state.phase).toBe('settling');
      else expect([decision.state.phase, holdOf(decision)]).toEqual(['analysing', [reason]]);
    }
  });

  it('verifies nothing without requests', () => {
    const state = stateWith({ phase: 'verifying', step: 4, weight: 100, manifestWritten: 'e'.repeat(40) });
    expect(holdOf(next(state, input(9999, { seen: promotedTraffic(state, 0) })))).toEqual(['no-data']);
  });

  it('does not count requests of another rollout, version, weight, or those asked for by version', () => {
    const state = analysing();
    const fold = foldObservation(state);
    for (const over of [
      { rollout: 'r-0' },
      { weight: 50 },
      { pinned: true as const },
      { time: at(0) },
      { digest: 'f'.repeat(32) },
      { model: 'n' },
    ]) {
      fold.add(record(state, { variant: 'candidate', ...over }));
    }
    expect(fold.finish().canary.requests).toBe(0);
  });
});

describe('harm', () => {
  it.each([
    ['errors', { requests: 1000, canaryErrors: 20 }, 'error-rate is harmful'],
    ['slowness', { requests: 1000, canaryLatency: 200 }, 'latency-p99 is harmful'],
  ])('aborts on %s before the time is over, restores the manifest and the stage', (_name, harmful, because) => {
    const state = analysing();
    const decision = next(state, input(1.5, { seen: traffic(state, harmful) }));
    expect(decision).toMatchObject({
      kind: 'transition',
      state: { phase: 'rolled-back', weight: 0, endedAt: at(1.5), because: expect.stringContaining(because) },
      manifest: { kind: 'restore' },
      stage: { version: 'v1.0.0' },
    });
    expect(decision.state.findings.some(({ verdict }) => verdict === 'harm')).toBe(true);
  });

  it.each(['paused', 'awaiting-approval', 'baking', 'settling'] as const)('aborts while %s', (phase) => {
    const state = analysing({ phase });
    const decision = next(state, input(3, { seen: traffic(state, { requests: 1000, canaryErrors: 60 }) }));
    expect(decision.state.phase).toBe('rolled-back');
  });

  it('aborts while verifying, against what stable did before', () => {
    const state = stateWith({ phase: 'verifying', step: 4, weight: 100, manifestWritten: 'e'.repeat(40) });
    const fold = foldObservation(state);
    for (let i = 0; i < 1000; i++) fold.add(record(state, { weight: 50, bucket: i / 1000 }));
    for (let i = 0; i < 50; i++)
      fold.add(record(state, { version: 'v2.0.0', digest: state.candidate.md5, weight: 0, status: 500 }));
    const decision = next(state, input(99, { seen: { kind: 'observed', observation: fold.finish() } }));
    expect(decision.state).toMatchObject({ phase: 'rolled-back' });
  });

  it('does not abort for errors that both sides have', () => {
    const state = analysing();
    const decision = next(
      state,
      input(5, { seen: traffic(state, { requests: 10_000, canaryErrors: 50, stableErrors: 450 }) }),
    );
    expect(decision.state.phase).toBe('analysing');
  });
});

describe('precedence', () => {
  const aborted = { actor: 'eve', reason: 'no' };
  it('abort wins over everything, also over a completed rollout and a failed look', () => {
    const state = analysing();
    expect(next(state, input(11, { abort: aborted, seen: traffic(state, { requests: 20_000 }) })).state).toMatchObject({
      phase: 'rolled-back',
      because: 'aborted by eve: no',
    });
    expect(next(state, input(11, { abort: aborted, seen: { kind: 'failed', reason: 'x' } })).state.phase).toBe(
      'rolled-back',
    );
    const done = analysing({ phase: 'completed' });
    expect(next(done, input(11, { abort: aborted }))).toMatchObject({
      state: { phase: 'rolled-back' },
      manifest: { kind: 'restore' },
    });
    expect(next(analysing({ phase: 'rolled-back' }), input(11, { abort: aborted })).kind).toBe('none');
    expect(next(analysing({ phase: 'paused' }), input(11, { abort: aborted })).state.phase).toBe('rolled-back');
  });

  it('an abort before anything was written is a cancellation that touches no manifest', () => {
    const decision = next(stateWith({ phase: 'preflight' }), input(1, { abort: aborted }));
    expect(decision.state.phase).toBe('cancelled');
    expect(decision.manifest).toBeUndefined();
    expect(decision.stage).toEqual({ version: 'v1.0.0' });
  });

  it('a failed preflight cancels', () => {
    const decision = next(stateWith({ phase: 'preflight' }), input(1, { preflight: { ok: false, detail: 'no file' } }));
    expect(decision.state).toMatchObject({ phase: 'cancelled', because: 'preflight failed: no file' });
  });

  it('tolerates four failed looks, then is in error, and comes back', () => {
    let state = analysing();
    for (let i = 1; i <= 4; i++) {
      const decision = next(state, input(2 + i, { seen: { kind: 'failed', reason: 'gone' } }));
      expect([decision.kind, decision.state.consecutiveErrors, decision.state.phase]).toEqual(['note', i, 'analysing']);
      state = decision.state;
    }
    const healed = next(state, input(9, { seen: traffic(state, { requests: 100 }) }));
    expect(healed.state.consecutiveErrors).toBe(0);
    const failed = next(state, input(9, { seen: { kind: 'failed', reason: 'gone' } }));
    expect(failed.state).toMatchObject({ phase: 'error', returnTo: 'analysing' });
    const back = next(failed.state, input(10, { seen: traffic(state, { requests: 100 }) }));
    expect(back.state).toMatchObject({ phase: 'analysing', stepEnteredAt: at(1) });
  });

  it('pauses on a sample ratio mismatch and reports no effect', () => {
    const state = analysing();
    const decision = next(state, input(11, { seen: traffic(state, { requests: 20_000, share: 0.2 }) }));
    expect([decision.state.phase, holdOf(decision)]).toEqual(['paused', ['sample-ratio-mismatch']]);
    expect(decision.increase).toBe(false);
  });
});

describe('steps and people', () => {
  const steps: RolloutSpec['steps'] = [
    { setWeight: 10 },
    { pause: '5m' },
    { approve: {} },
    { pause: {} },
    { setWeight: 20 },
  ];
  const quiet = (state: RolloutState) => traffic(state, { requests: 10 });

  it('waits for time, approval and resume', () => {
    let state = analysing({ phase: 'baking', stepEnteredAt: at(1) }, { steps });
    expect(next(state, input(5.9, { seen: quiet(state) })).kind).toBe('none');
    state = next(state, input(6, { seen: quiet(state) })).state;
    expect(state).toMatchObject({ phase: 'awaiting-approval', step: 2 });
    expect(holdOf(next(state, input(999, { seen: quiet(state) })))).toEqual(['approval-needed']);
    const old = { ...state, approvals: [{ step: 1, actor: 'x', time: at(0), stateOid: 'o' }] };
    expect(next(old, input(7, { seen: quiet(state) })).state.phase).toBe('awaiting-approval');
    state = decideVerb('approve', state, input(8, { actor: 'ada' }), 'oid').state;
    expect(state.approvals).toEqual([{ step: 2, actor: 'ada', time: at(8), stateOid: 'oid' }]);
    state = next(state, input(9, { seen: quiet(state) })).state;
    expect(state).toMatchObject({ phase: 'paused', step: 3, because: 'approved by ada' });
    expect(next(state, input(9999, { seen: quiet(state) })).kind).toBe('none');
    const resumed = decideVerb('resume', state, input(10), 'oid');
    expect(resumed).toMatchObject({ state: { weight: 20, phase: 'settling', step: 4 }, increase: true });
  });

  it('pauses and resumes where it was', () => {
    const state = analysing();
    const paused = decideVerb('pause', state, input(3), 'o').state;
    expect(paused).toMatchObject({ phase: 'paused', returnTo: 'analysing', stepEnteredAt: at(1) });
    expect(next(paused, input(60, { seen: traffic(paused, { requests: 20_000 }) })).kind).toBe('none');
    expect(decideVerb('resume', paused, input(4), 'o').state.phase).toBe('analysing');
  });

  it('finishes early, supersedes, rolls back, and refuses where it makes no sense', () => {
    expect(decideVerb('finish', analysing(), input(3), 'o')).toMatchObject({
      state: { phase: 'verifying' },
      manifest: { change: { weight: 0 } },
    });
    expect(supersede(analysing(), 'v3.0.0', input(3))).toMatchObject({
      state: { phase: 'superseded', weight: 0 },
      manifest: { kind: 'restore' },
    });
    expect(supersede(stateWith(), 'v3.0.0', input(3)).manifest).toBeUndefined();
    expect(decideVerb('rollback', analysing({ phase: 'completed' }), input(3), 'o')).toMatchObject({
      state: { phase: 'rolled-back' },
      stage: { version: 'v1.0.0' },
    });
    for (const [verb, state] of [
      ['pause', stateWith()],
      ['resume', analysing()],
      ['approve', analysing()],
      ['finish', analysing({ phase: 'completed' })],
      ['rollback', analysing()],
      ['rollback', analysing({ phase: 'completed', stable: null })],
    ] as const) {
      expect(() => decideVerb(verb, state, input(3), 'o'), verb).toThrow(
        expect.objectContaining({ code: 'rollout-refused' }),
      );
    }
  });
});

describe('the plan', () => {
  it('says how many requests each analysis needs, and the guards agree with it', () => {
    const steps = planSteps(spec);
    expect(steps.map(({ label }) => label)).toEqual(['setWeight 10', 'analysis 10m', 'setWeight 50', 'analysis 1h']);
    const [, first, , second] = steps;
    expect(first!.canaryRequests).toBeGreaterThan(300);
    expect(first!.requests).toBe(first!.canaryRequests! * 10);
    expect(second!.requests).toBeLessThan(first!.requests!);
    const state = analysing();
    const enough = next(state, input(30, { seen: traffic(state, { requests: first!.requests! }) }));
    expect(enough.state.phase).toBe('settling');
    const short = next(state, input(30, { seen: traffic(state, { requests: first!.requests! - 60 }) }));
    expect(holdOf(short)).toEqual(['undecided']);
  });

  it('refuses specs that could never end well', () => {
    for (const bad of [
      { guard: [] },
      { guard: [{ metric: 'error-rate' as const }] },
      { steps: [{ analysis: '1m' }] },
      { logs: 'https://logs.example/x' },
    ]) {
      expect(() => assertSpec({ ...spec, ...bad })).toThrow(expect.objectContaining({ code: 'rollout-spec' }));
    }
  });
});

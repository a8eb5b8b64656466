/** check-drift on real tables, git and the in-memory forge: windows, decay, one issue, one retrain, and what is refused. */

import { expect, onTestFinished, test } from 'vitest';
import { createNativeLoader } from '../../src/adapters/native-modules.ts';
import { createTables } from '../../src/adapters/tables/tables.ts';
import { createRandom } from '../../src/base/random.ts';
import { command } from '../../src/commands/check-drift.ts';
import { readRecords } from '../../src/commands/records.ts';
import { command as validateData } from '../../src/commands/validate-data.ts';
import { createMemoryForge } from '../fakes/forge.ts';
import { createTestPorts } from '../registry/ports.ts';
import { createYard } from '../registry/repositories.ts';

const config = `version: 1
datasets: {d: {path: "data/*.csv", time: at, window: month}}
models:
  m:
    artifact: m.bin
    dataset: d
    task: binary
    predictions: {path: eval.csv, id: id, label: y, score: p, time: at}
    gates: [{metric: roc-auc, min: 0.5}]
    monitor: {drift: {ignore: [id]}, performance: {metric: observed-to-expected, min: 0.9, max: 1.1}}
    retrain: {on: [decay, drift], fails: 2 of 3, at-most: 1 per week}
    owners: ["@acme/ml"]
stages: {production: {}}
`;

/** 600 rows of a month; `shift` moves the number, `late` is the rate of outcomes that scores of 0.3 promise. */
function monthOf(month: number, shift = 0): string {
  const random = createRandom(month);
  const rows = Array.from({ length: 600 }, (_, row) => {
    const day = String((row % 28) + 1).padStart(2, '0');
    return `${month}-${row},2001-0${month}-${day},${(random.next() + shift).toFixed(4)},${row % 3 === 0 ? 'a' : 'b'}`;
  });
  return `id,at,x,c\n${rows.join('\n')}\n`;
}

function scoredOf(month: number, rate: number): string {
  const rows = Array.from(
    { length: 2000 },
    (_, row) => `${month}-${row},2001-0${month}-03,0.3,${row < 2000 * rate ? 1 : 0}`,
  );
  return `id,at,p,y\n${rows.join('\n')}\n`;
}

async function createProject(now = new Date('2001-06-01T00:00:00Z')) {
  const yard = createYard();
  const repository = yard.clone('work');
  repository.commit({ '.gitignore': '/.mlops/\n', 'mlops.yaml': config, 'data/1.csv': monthOf(1) });
  const root = repository.root;
  const forge = createMemoryForge();
  const clock = { now };
  const ports = createTestPorts(root, { forge, now: () => clock.now });
  let opened: ReturnType<typeof createTables> | undefined;
  Object.assign(ports, {
    tables: () => (opened ??= createTables({ root, loadNative: createNativeLoader({ root, download: false }) })),
  });
  onTestFinished(async () => {
    await (await opened)?.close();
    await ports[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });
  const common = { config: 'mlops.yaml', 'dry-run': false };
  await validateData.run(ports, { ...common, ...validateData.inputs.parse({ infer: true }) });
  const check = (inputs: Record<string, unknown> = {}) =>
    command.run(ports, { ...common, ...command.inputs.parse(inputs) });
  return { repository, ports, forge, check, clock };
}

test('months without a change pass, and are not looked at twice', async () => {
  const { repository, check, ports, forge } = await createProject();
  repository.write('data/2.csv', monthOf(2));
  expect(await check()).toMatchObject({ verdict: 'pass', outputs: { drifted: '[]', retrain: false } });
  expect(await readRecords(ports, { kinds: ['drift'] })).toHaveLength(2);
  expect((await check()).verdict).toBe('inconclusive');
  repository.write('data/3.csv', monthOf(3));
  expect(await check()).toMatchObject({ verdict: 'pass' });
  expect(await readRecords(ports, { kinds: ['drift'] })).toHaveLength(3);
  expect(forge.issues).toHaveLength(0);
});

test('a shifted column fails with its direction in words, opens one issue, and a healthy window closes it', async () => {
  const { repository, check, forge } = await createProject();
  repository.write('data/2.csv', monthOf(2, 0.5));
  const result = await check({ window: '2001-02' });
  expect(result).toMatchObject({ outputs: { drifted: '["x"]', retrain: false } });
  expect(result.markdown).toMatch(/mean moved from 0\.\d+ to/);
  repository.write('data/3.csv', monthOf(3, 0.6));
  await check({ window: '2001-03' });
  expect(forge.issues.map(({ state, title }) => [state, title])).toEqual([
    ['open', expect.stringContaining('2001-03')],
  ]);
  repository.write('data/4.csv', monthOf(4));
  await check({ window: '2001-04' });
  expect(forge.issues[0]!.state).toBe('closed');
});

test('decay in two of three months starts one retrain, once', async () => {
  const { repository, check, forge, ports, clock } = await createProject();
  repository.write('data/2.csv', monthOf(2));
  repository.write('scored/2.csv', scoredOf(2, 0.2));
  const first = await check({ window: '2001-02', predictions: 'scored/2.csv' });
  expect(first).toMatchObject({ verdict: 'fail', outputs: { retrain: false } });
  repository.write('data/3.csv', monthOf(3));
  repository.write('scored/3.csv', scoredOf(3, 0.2));
  const second = await check({ window: '2001-03', predictions: 'scored/3.csv' });
  expect(second).toMatchObject({ verdict: 'fail', outputs: { retrain: true } });
  expect(forge.dispatches).toEqual([
    expect.objectContaining({
      name: 'mlops-retrain',
      payload: expect.objectContaining({
        model: 'm',
        key: 'm/decay/2001-03',
        evidence: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      }),
    }),
  ]);
  expect(await readRecords(ports, { kinds: ['retrain'] })).toHaveLength(1);
  // The same cause again, even past the cool-down, is handled.
  clock.now = new Date('2001-07-01T00:00:00Z');
  const again = await check({ window: '2001-03', predictions: 'scored/3.csv' });
  expect(again).toMatchObject({ outputs: { retrain: false } });
  expect(forge.dispatches).toHaveLength(1);
});

test('asked for performance but no scored row in the window: open, never passed in silence', async () => {
  const { repository, check } = await createProject();
  repository.write('scored/2.csv', scoredOf(2, 0.3));
  const result = await check({ window: '2001-01', predictions: 'scored/2.csv' });
  expect(result.verdict).toBe('inconclusive');
  expect(result.markdown).toContain('0 rows with a known outcome');
});

test('a dry run and a pull request write nothing', async () => {
  const { repository, check, forge, ports } = await createProject();
  repository.write('data/2.csv', monthOf(2, 0.5));
  const before = (await readRecords(ports)).length;
  const dry = command.run(ports, { config: 'mlops.yaml', ...command.inputs.parse({}), 'dry-run': true });
  expect(await dry).toMatchObject({ verdict: 'fail' });
  await check({ record: false, alert: false, dispatch: false });
  expect(await readRecords(ports)).toHaveLength(before);
  expect([forge.issues, forge.dispatches]).toEqual([[], []]);
});

test('no baseline and an unknown window are refused with the way out', async () => {
  const { repository, check } = await createProject();
  await expect(check({ window: '1999-01' })).rejects.toMatchObject({ code: 'window-unknown' });
  repository.commit({ 'mlops.yaml': config.replace('window: month}', 'window: month, profile: gone.json}') });
  await expect(check()).rejects.toMatchObject({ code: 'profile-missing', hint: expect.stringContaining('--infer') });
});

test('a window that lost a column has drifted, an ignored one may be lost', async () => {
  const { repository, check } = await createProject();
  repository.write('new.csv', monthOf(2).replaceAll(/,[^,\n]*$/gm, ''));
  const lost = await check({ path: 'new.csv', window: '2001-02' });
  expect(lost.verdict).toBe('fail');
  expect(lost.markdown).toContain('has no column c');
  repository.write('new.csv', monthOf(2).replaceAll(/^[^,]*,/gm, ''));
  expect((await check({ path: 'new.csv', window: '2001-02' })).verdict).toBe('pass');
});

test('the log of the server is joined with outcomes that came later, also for requests of many rows', async () => {
  const { repository, check } = await createProject();
  const lines = Array.from({ length: 1000 }, (_, row) => {
    const many = row % 10 === 0;
    const id = `2-${row}`;
    return JSON.stringify({
      id: `request-${row}`,
      time: '2001-02-03T04:05:06Z',
      model: row % 100 === 99 ? 'other' : 'm',
      version: 'v1.0.0',
      status: row % 100 === 98 ? 500 : 200,
      features: { id: many ? [id, `${id}b`] : id, x: many ? [1, 2] : 1 },
      outputs: { p: many ? [0.3, 0.3] : 0.3 },
    });
  });
  const outcomes = Array.from({ length: 1000 }, (_, row) =>
    [`2-${row}`, `2-${row}b`].map((id) => `${id},${row % 10 < 3 ? 1 : 0}`),
  );
  repository.write('log.jsonl', `${lines.join('\n')}\n`);
  repository.write('truth.csv', `id,y\n${outcomes.flat().join('\n')}\n`);
  repository.commit({ 'mlops.yaml': config.replace('metric: observed', 'labels: truth.csv, metric: observed') });
  repository.write('data/2.csv', monthOf(2));
  const result = await check({ window: '2001-02', predictions: 'log.jsonl' });
  // 980 answered requests of this model, 100 of them with two rows; each tenth has y = 1 in 3 of 10 requests, and the pairs all do.
  const [window] = (result.document as { windows: { performance: { rows: number; value: number } }[] }).windows;
  expect(window!.performance.rows).toBe(1080);
  expect(window!.performance.value).toBeCloseTo((300 + 100) / (0.3 * 1080), 6);
});

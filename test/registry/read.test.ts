/** The read side on real git: show, history, check-ref, lineage both ways, audit, verify, and runs. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as promote } from '../../src/commands/promote.ts';
import { appendRecords } from '../../src/commands/records.ts';
import { command as register } from '../../src/commands/register.ts';
import { command as registry } from '../../src/commands/registry.ts';
import { command as runs } from '../../src/commands/runs.ts';
import { createTestPorts, type TestPorts } from './ports.ts';
import { common, dataMd5, md5Of, projectFiles, promoteInputs, registerInputs, train } from './project.ts';
import { createYard, type Repository, type Yard } from './repositories.ts';

let yard: Yard;
let clone: Repository;
let ports: TestPorts;
// Only read from; a test that changes something cleans up or comes last.
beforeAll(async () => {
  yard = createYard(projectFiles);
  clone = yard.clone('clone');
  ports = createTestPorts(clone.root, { git: clone.port });
  await train(clone, ports, 'model 1', { run: 'aaaa1111-1' });
  await register.run(ports, registerInputs);
  await promote.run(ports, promoteInputs);
  await promote.run(ports, { ...promoteInputs, approve: true });
  await train(clone, ports, 'model 2', { run: 'bbbb2222-1' });
  await register.run(ports, registerInputs);
  await promote.run(ports, promoteInputs);
});
afterAll(() => yard[Symbol.asyncDispose]());

const ask = (operation: string, subject?: string) =>
  registry.run(ports, {
    ...common,
    operation: operation as 'show',
    subject,
    fetch: undefined,
    limit: 50,
  });

const verdicts = async (subject: string): Promise<Record<string, string>> => {
  const { document } = await ask('verify', subject);
  const { checks } = document as unknown as { checks: { name: string; verdict: string }[] };
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
};

describe('registry', () => {
  it('shows artifacts in the shape of gto show', async () => {
    const { document, markdown } = await ask('show');
    expect(document).toEqual({
      schema: 'registry-show/v1',
      artifacts: {
        churn: {
          version: 'v0.0.2',
          stage: { production: 'v0.0.1', staging: 'v0.0.2' },
          registered: true,
          active: true,
        },
      },
      problems: [],
    });
    expect(markdown).toMatchInlineSnapshot(`
      "| artifact | latest | production | staging |
      | --- | --- | --- | --- |
      | \`churn\` | \`v0.0.2\` | \`v0.0.1\` | \`v0.0.2\` |
      "
    `);
  });

  it('shows the versions of one artifact, and one version', async () => {
    const all = await ask('show', 'churn');
    expect(all.document).toMatchObject({
      artifact: 'churn',
      versions: [
        { version: 'v0.0.2', holds: ['staging'], run: 'bbbb2222-1', files: [{ md5: md5Of('model 2') }] },
        { version: 'v0.0.1', holds: ['production'], stages: ['staging', 'production'] },
      ],
    });
    expect((await ask('show', 'churn#production')).outputs.count).toBe(1);
    await expect(ask('show', 'churm')).rejects.toMatchObject({ code: 'artifact-unknown' });
  });

  it('tells history and what a tag did', async () => {
    const { document } = await ask('history');
    const events = (document as unknown as { events: { ref: string; event: string; version: string }[] }).events;
    expect(events.map(({ ref }) => ref).sort()).toEqual([
      'churn#production#2',
      'churn#staging#1',
      'churn#staging#3',
      'churn@v0.0.1',
      'churn@v0.0.2',
    ]);
    expect(events.find(({ ref }) => ref === 'churn#staging#3')).toMatchObject({
      event: 'assignment',
      version: 'v0.0.2',
    });
    const checked = await ask('check-ref', 'refs/tags/churn#production#2');
    expect(checked.document).toMatchObject({ event: { artifact: 'churn', version: 'v0.0.1', stage: 'production' } });
    expect((await ask('check-ref', 'v1.0.0')).document).toMatchObject({ event: null });
    await expect(ask('check-ref')).rejects.toMatchObject({ code: 'input-missing' });
  });

  it('names broken and foreign tags and goes on', async () => {
    clone.git('tag', 'churn@v9.0.0');
    clone.git('tag', '--annotate', '--message', 'x', 'some@thing');
    clone.git('tag', '--annotate', '--message', 'x', 'v2');
    const { document, markdown } = await ask('show');
    expect(document).toMatchObject({
      artifacts: { churn: { version: 'v0.0.2' } },
      problems: [{ code: 'tag-lightweight' }, { code: 'tag-foreign' }],
    });
    expect(markdown).toContain('2 tags with a problem');
    expect(ports.warnings).toEqual(['Tag "churn@v9.0.0" is lightweight and is skipped']);
    clone.git('tag', '-d', 'churn@v9.0.0', 'some@thing', 'v2');
  });

  it('walks lineage from a version to its data, code and evidence, and on to its stages', async () => {
    const { document, markdown } = await ask('lineage', 'churn#production');
    const { nodes } = document as unknown as { nodes: { kind: string; id: string; name: string }[] };
    const kinds = nodes.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(
      [
        'approval',
        'artifact',
        'code',
        'dataset',
        'evaluation',
        'run',
        'stage',
        'stage',
        'validation',
        'version',
      ].sort(),
    );
    expect(nodes.find(({ kind }) => kind === 'version')!.id).toBe('version churn@v0.0.1');
    expect(markdown).toContain('```mermaid\nflowchart LR\n');
    expect(await ports.files.readText('.mlops/reports/registry/lineage.md')).toBe(markdown);
  });

  it('walks lineage from a dataset or digest to the models that used it', async () => {
    for (const subject of ['flights', dataMd5, dataMd5.slice(0, 8)]) {
      const { document } = await ask('lineage', subject);
      const { nodes } = document as unknown as { nodes: { kind: string; name: string }[] };
      const versions = nodes.filter(({ kind }) => kind === 'version').map(({ name }) => name);
      expect(versions.sort()).toEqual(['churn@v0.0.1', 'churn@v0.0.2']);
    }
    await expect(ask('lineage', 'nothing')).rejects.toMatchObject({ code: 'lineage-unknown' });
  });

  it('audits every change as JSON lines', async () => {
    const { outputs, document } = await ask('audit', 'churn');
    const lines = (await ports.files.readText(outputs['report-path'])).trim().split('\n');
    expect(lines).toHaveLength(outputs.count);
    const events = lines.map((line) => JSON.parse(line) as { event: string; time: string });
    expect(events).toEqual((document as unknown as { events: unknown[] }).events);
    expect(events.filter(({ event }) => event === 'registration')).toHaveLength(4);
    expect(events.filter(({ event }) => event === 'approval')).toHaveLength(1);
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort());
  });

  it('keeps hostile names of records out of the graph', async () => {
    const evil = '"]; click n0 "javascript:alert(1)" %% ``` <script>';
    await appendRecords(ports, 'evil', async () => ({
      records: [
        { kind: 'drift', subject: [{ name: 'churn', digest: { md5: md5Of('model 1') } }], body: { window: evil } },
      ],
    }));
    const { markdown } = await ask('lineage', 'churn@v0.0.1');
    expect(markdown.split('```')).toHaveLength(3);
    expect(markdown).not.toContain('<script>');
    expect(markdown.split('```')[1]).not.toContain('javascript:alert(1)');
  });
});

describe('registry verify', () => {
  it('passes where everything agrees', async () => {
    const result = await ask('verify', 'churn@v0.0.2');
    expect(result.verdict).toBe('pass');
    expect(await verdicts('churn@v0.0.2')).toEqual({
      tag: 'pass',
      'artifact models/churn.onnx': 'pass',
      'registration record': 'pass',
      evidence: 'pass',
      'policy of staging (churn#staging#3)': 'pass',
    });
  });

  it('is inconclusive while the bytes are nowhere', async () => {
    expect((await verdicts('churn@v0.0.1'))['artifact models/churn.onnx']).toBe('inconclusive');
    expect((await ask('verify', 'churn@v0.0.1')).verdict).toBe('inconclusive');
  });

  it('does not pass a tag of another client', async () => {
    clone.git('tag', '--annotate', '--message', 'Registering', 'other@v1.0.0');
    expect((await ask('verify', 'other@v1.0.0')).verdict).toBe('inconclusive');
    clone.git('tag', '-d', 'other@v1.0.0');
  });
});

describe('runs', () => {
  const inputs = {
    ...common,
    operation: 'list' as const,
    run: 'latest',
    with: undefined,
    model: undefined,
    fetch: undefined,
    limit: 20,
  };

  it('lists, shows and compares', async () => {
    const list = await runs.run(ports, inputs);
    expect(list.outputs).toEqual({ operation: 'list', count: 2, run: 'bbbb2222-1' });
    expect(list.markdown).toContain('| roc-auc |');
    const shown = await runs.run(ports, { ...inputs, operation: 'show', run: 'aaaa' });
    expect(shown.document).toMatchObject({ id: 'aaaa1111-1', params: { depth: 3 }, data: [{ dataset: 'flights' }] });
    const compared = await runs.run(ports, { ...inputs, operation: 'compare' });
    expect(compared.document).toMatchObject({
      runs: ['aaaa1111-1', 'bbbb2222-1'],
      differences: [{ what: 'model churn', before: md5Of('model 1'), after: md5Of('model 2') }],
    });
    await expect(runs.run(ports, { ...inputs, operation: 'show', run: 'zzz' })).rejects.toMatchObject({
      code: 'run-unknown',
    });
    expect((await runs.run(ports, { ...inputs, model: 'none' })).outputs.count).toBe(0);
  });
});

describe('a tag that was moved', () => {
  it('fails verify, and so does a stage that was assigned past its policy', async () => {
    const oid = clone.git('rev-parse', 'churn@v0.0.2');
    clone.git('tag', '-d', 'churn@v0.0.2');
    const message = yard.remoteGit('tag', '-l', '--format=%(contents)', 'churn@v0.0.2');
    const commit = clone.commit({ 'README.md': 'other\n' });
    clone.git('tag', '--annotate', '--message', message, 'churn@v0.0.2', commit);
    clone.git('tag', '--annotate', '--message', 'by hand', 'churn#production#9', commit);
    expect(clone.git('rev-parse', 'churn@v0.0.2')).not.toBe(oid);
    const found = await verdicts('churn@v0.0.2');
    expect(found['registration record']).toBe('fail');
    expect(found['policy of production (churn#production#9)']).toBe('fail');
  });
});

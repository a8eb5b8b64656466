/** register and promote on real git: what is written, what is refused, and what a crash, a race or an odd checkout cannot break. */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command as promote } from '../../src/commands/promote.ts';
import { readRegistry } from '../../src/commands/read-registry.ts';
import { readRecords } from '../../src/commands/records.ts';
import { command as register } from '../../src/commands/register.ts';
import { parseTagMessage } from '../../src/formats/tag-message.ts';
import type { Dispatch, Forge } from '../../src/ports/forge.ts';
import type { Git } from '../../src/ports/git.ts';
import { createTestPorts, type TestPorts } from './ports.ts';
import { dataMd5, md5Of, projectFiles, promoteInputs, registerInputs, sha256Of, train } from './project.ts';
import { createYard, type Repository, type Yard } from './repositories.ts';

let yard: Yard;
let clone: Repository;
let ports: TestPorts;
beforeEach(() => {
  yard = createYard(projectFiles);
  clone = yard.clone('clone');
  ports = createTestPorts(clone.root, { git: clone.port });
});
afterEach(() => yard[Symbol.asyncDispose]());

const remoteTags = (): string[] => yard.remoteGit('tag', '--list').split('\n');

describe('register', () => {
  it('writes the tag, the result commit and the record at once', async () => {
    const md5 = await train(clone, ports, 'model 1', { run: 'abcd1234-1' });
    const result = await register.run(ports, { ...registerInputs, message: 'first\n\nMlops-Version: v9.9.9' });
    expect(result.outputs).toMatchObject({ version: 'v0.0.1', tag: 'churn@v0.0.1', changed: true });
    expect(remoteTags()).toEqual(['churn@v0.0.1']);
    const { trailers, subject } = parseTagMessage(yard.remoteGit('tag', '-l', '--format=%(contents)', 'churn@v0.0.1'));
    expect(subject).toBe('Registering artifact churn version v0.0.1');
    expect(trailers).toMatchObject({
      artifact: 'churn',
      version: 'v0.0.1',
      digests: [{ path: 'models/churn.onnx', md5, sha256: sha256Of('model 1') }],
      run: 'abcd1234-1',
      data: [{ dataset: 'flights', md5: dataMd5 }],
      actor: 'ada',
    });
    const records = await readRecords(ports);
    const evidence = records.filter(({ record }) => record.kind !== 'registration').map(({ id }) => id);
    expect([...trailers.evidence].sort()).toEqual(evidence.sort());
    const registration = records.find(({ record }) => record.kind === 'registration')!;
    expect(registration.record.body).toMatchObject({ version: 'v0.0.1', commit: result.outputs.commit });
    expect(yard.remoteGit('rev-parse', 'churn@v0.0.1^')).toBe(clone.git('rev-parse', 'HEAD'));
    expect(yard.remoteGit('log', '-1', '--format=%B', 'churn@v0.0.1')).toContain('Mlops-Run: abcd1234-1');
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(clone.git('rev-parse', 'main')).toBe(yard.remoteGit('rev-parse', 'main'));
  });

  it('registers the same artifact of the same run once', async () => {
    await train(clone, ports, 'model 1');
    const first = await register.run(ports, registerInputs);
    const again = await register.run(ports, registerInputs);
    expect(again.outputs).toEqual({ ...first.outputs, changed: false });
    await train(clone, ports, 'model 1', { run: 'retrained-2' });
    const retrained = await register.run(ports, registerInputs);
    expect(retrained.outputs).toMatchObject({ version: 'v0.0.2', changed: true });
    const asked = await register.run(ports, { ...registerInputs, version: 'v1.0.0' });
    expect(asked.outputs.version).toBe('v1.0.0');
    await train(clone, ports, 'model 2');
    expect((await register.run(ports, { ...registerInputs, bump: 'minor' })).outputs.version).toBe('v1.1.0');
  });

  it('carries dvc.lock, metrics and params of the work tree, and nothing that DVC keeps', async () => {
    clone.commit({
      'dvc.yaml':
        'stages:\n  train:\n    cmd: train\n    outs: [models/churn.onnx, big.bin]\n    metrics:\n      - metrics.json: {cache: false}\n',
      'dvc.lock': 'schema: "2.0"\n',
      'params.yaml': 'depth: 2\n',
    });
    const md5 = await train(clone, ports, 'model 1');
    clone.write('params.yaml', 'depth: 3\n');
    clone.write('metrics.json', '{"auc": 0.7}\n');
    clone.write('big.bin', 'data');
    clone.write(
      'dvc.lock',
      `schema: '2.0'\nstages:\n  train:\n    cmd: train\n    params:\n      params.yaml:\n        depth: 3\n    outs:\n    - path: big.bin\n      hash: md5\n      md5: ${md5Of('data')}\n      size: 4\n    - path: models/churn.onnx\n      hash: md5\n      md5: ${md5}\n      size: 7\n`,
    );
    await register.run(ports, registerInputs);
    const changed = yard.remoteGit('diff', '--name-only', `${clone.git('rev-parse', 'HEAD')}`, 'churn@v0.0.1');
    expect(changed.split('\n')).toEqual(['dvc.lock', 'metrics.json', 'params.yaml']);
    expect(yard.remoteGit('show', 'churn@v0.0.1:params.yaml')).toBe('depth: 3');
    clone.write('models/churn.onnx', 'another model');
    await train(clone, ports, 'another model');
    await expect(register.run(ports, registerInputs)).rejects.toMatchObject({ code: 'artifact-changed' });
  });

  it('takes .github/workflows from the tip of the default branch', async () => {
    clone.commit({ '.github/workflows/old.yml': 'old\n', '.github/workflows/both.yml': 'before\n' });
    clone.git('push', '--quiet', 'origin', 'main');
    const other = yard.clone('other');
    other.git('rm', '--quiet', '.github/workflows/old.yml');
    other.commit({ '.github/workflows/new.yml': 'new\n', '.github/workflows/both.yml': 'after\n' });
    other.git('push', '--quiet', 'origin', 'main');
    await train(clone, ports, 'model 1');
    await register.run(ports, registerInputs);
    const listed = yard.remoteGit('ls-tree', '-r', '--name-only', 'churn@v0.0.1', '.github').split('\n');
    expect(listed).toEqual(['.github/workflows/both.yml', '.github/workflows/new.yml']);
    expect(yard.remoteGit('show', 'churn@v0.0.1:.github/workflows/both.yml')).toBe('after');
  });

  it('plans only, under dry-run', async () => {
    await train(clone, ports, 'model 1');
    const result = await register.run(ports, { ...registerInputs, 'dry-run': true });
    expect(result.outputs).toMatchObject({ version: 'v0.0.1', changed: false });
    expect(remoteTags()).toEqual(['']);
  });
});

describe('register refuses', () => {
  const refused = (code: string, message: RegExp, on: TestPorts = ports) =>
    expect(register.run(on, registerInputs)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it('a missing artifact', () => refused('artifact-missing', /models\/churn\.onnx" is missing/));

  it('an artifact without evaluation, naming the one that was evaluated', async () => {
    await train(clone, ports, 'model 1');
    clone.write('models/churn.onnx', 'edited by hand');
    const [evaluated, here] = [md5Of('model 1'), md5Of('edited by hand')];
    await refused('evidence-missing', new RegExp(`no evaluation of this artifact \\(md5 ${here}\\).*${evaluated}`));
    expect(remoteTags()).toEqual(['']);
  });

  it('a failed and an inconclusive evaluation', async () => {
    await train(clone, ports, 'model 1', { verdict: 'fail' });
    await refused('evidence-missing', /newest evaluation failed/);
    await train(clone, ports, 'model 2', { verdict: 'inconclusive' });
    await refused('evidence-missing', /inconclusive/);
    expect(remoteTags()).toEqual(['']);
  });

  it('a dirty work tree, but not .mlops', async () => {
    await train(clone, ports, 'model 1');
    clone.write('.mlops/reports/x.json', '{}');
    clone.write('README.md', 'changed\n');
    clone.write('new.py', 'x\n');
    await refused('work-tree-dirty', /2 changed files.*"README\.md", "new\.py"/);
    clone.git('checkout', '--quiet', 'README.md');
    clone.git('clean', '--quiet', '-f', 'new.py');
    expect((await register.run(ports, registerInputs)).outputs.version).toBe('v0.0.1');
  });

  it('a remote that declines the push, with the command a person can run; nothing stays behind', async () => {
    await train(clone, ports, 'model 1');
    const hook = join(yard.remote, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "GH006: Protected branch" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const error = await register.run(ports, registerInputs).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'git-push-forbidden', message: expect.stringContaining('GH006') });
    expect((error as { hint: string }).hint).toMatch(
      /git push --atomic origin '[0-9a-f]{40}:refs\/tags\/churn@v0\.0\.1'/,
    );
    expect(clone.git('tag', '--list')).toBe('');
    expect(await ports.files.list('.mlops/outbox')).toEqual([]);
  });

  it('a version whose tag here differs from the one of the remote', async () => {
    const other = yard.clone('other');
    other.git('tag', '--annotate', '--message', 'theirs', 'churn@v0.0.7');
    other.git('push', '--quiet', 'origin', 'churn@v0.0.7');
    clone.git('tag', '--annotate', '--message', 'mine', 'churn@v0.0.7');
    await train(clone, ports, 'model 1');
    await refused('tag-differs', /churn@v0\.0\.7/);
  });
});

describe('register in odd places', () => {
  it('a shallow clone without tags goes on counting', async () => {
    await train(clone, ports, 'model 1');
    await register.run(ports, registerInputs);
    clone.commit({ 'README.md': 'more\n' });
    clone.git('push', '--quiet', 'origin', 'main');
    const shallow = yard.clone('shallow', '--depth=1', '--no-tags', '--single-branch');
    const on = createTestPorts(shallow.root, { git: shallow.port });
    expect(shallow.git('tag', '--list')).toBe('');
    await train(shallow, on, 'model 2');
    expect((await register.run(on, registerInputs)).outputs.version).toBe('v0.0.2');
  });

  it('a detached HEAD', async () => {
    clone.git('checkout', '--quiet', '--detach');
    await train(clone, ports, 'model 1');
    expect((await register.run(ports, registerInputs)).outputs.version).toBe('v0.0.1');
  });

  it('a folder below the top of the repository', async () => {
    const files = Object.entries(projectFiles).map(([path, text]) => [
      `ml/${path}`,
      text.replace('/models/', 'models/'),
    ]);
    clone.commit({ ...Object.fromEntries(files), 'ml/dvc.lock': "schema: '2.0'\n" });
    const on = createTestPorts(join(clone.root, 'ml'));
    await train({ write: (path, text) => clone.write(`ml/${path}`, text) }, on, 'model 1');
    clone.write('ml/dvc.lock', "schema: '2.0'\nstages: {}\n");
    await register.run(on, registerInputs);
    expect(yard.remoteGit('show', 'churn@v0.0.1:ml/dvc.lock')).toContain('stages: {}');
    clone.write('README.md', 'changed outside\n');
    await train({ write: (path, text) => clone.write(`ml/${path}`, text) }, on, 'model 2');
    await expect(register.run(on, registerInputs)).rejects.toMatchObject({ code: 'work-tree-dirty' });
    await on[Symbol.asyncDispose]();
  });

  it('a repository without a remote', async () => {
    const alone = yard.create('alone');
    alone.commit({ ...projectFiles });
    const on = createTestPorts(alone.root, { git: alone.port });
    await train(alone, on, 'model 1');
    expect((await register.run(on, registerInputs)).outputs.version).toBe('v0.0.1');
    expect((await promote.run(on, { ...promoteInputs })).outputs.tag).toBe('churn#staging#1');
    expect(alone.git('tag', '--list').split('\n')).toEqual(['churn#staging#1', 'churn@v0.0.1']);
  });
});

describe('a process that dies', () => {
  function dying(when: 'before' | 'after'): TestPorts {
    let dead = false;
    const git: Git = {
      ...clone.port,
      async push(updates) {
        const tags = updates.some(({ ref }) => ref.startsWith('refs/tags/'));
        if (!tags || dead) return clone.port.push(updates);
        dead = true;
        if (when === 'after') await clone.port.push(updates);
        throw new Error('killed');
      },
    };
    return createTestPorts(clone.root, { git });
  }

  it.each(['before', 'after'] as const)('%s the push: a re-run doubles and loses nothing', async (when) => {
    await train(clone, ports, 'model 1');
    await expect(register.run(dying(when), registerInputs)).rejects.toThrow('killed');
    const again = await register.run(ports, registerInputs);
    // The outbox finished it before the command looked.
    expect(again.outputs).toMatchObject({ version: 'v0.0.1', changed: false });
    expect(remoteTags()).toEqual(['churn@v0.0.1']);
    expect((await readRecords(ports)).filter(({ record }) => record.kind === 'registration')).toHaveLength(1);
    expect(await ports.files.list('.mlops/outbox')).toEqual([]);
  });

  it.each(['before', 'after'] as const)('%s the push of a promotion', async (when) => {
    await train(clone, ports, 'model 1');
    await register.run(ports, registerInputs);
    await expect(promote.run(dying(when), promoteInputs)).rejects.toThrow('killed');
    const again = await promote.run(ports, { ...promoteInputs, stage: 'staging' });
    expect(again.outputs).toMatchObject({ stage: 'staging', tag: 'churn#staging#1', changed: false });
    expect(remoteTags()).toEqual(['churn#staging#1', 'churn@v0.0.1']);
    expect((await readRecords(ports)).filter(({ record }) => record.kind === 'promotion')).toHaveLength(1);
  });
});

describe('promote', () => {
  beforeEach(async () => {
    await train(clone, ports, 'model 1');
    await register.run(ports, registerInputs);
  });

  it('assigns the next stage, with what the stage asks for', async () => {
    const first = await promote.run(ports, { ...promoteInputs, reason: 'looks good' });
    expect(first.outputs).toMatchObject({ stage: 'staging', tag: 'churn#staging#1', previous: '', changed: true });
    const waiting = await promote.run(ports, promoteInputs);
    expect(waiting).toMatchObject({ exitCode: 3, outputs: { stage: 'production', tag: '', changed: false } });
    expect(waiting.markdown).toContain('0 of 1 approval');
    const done = await promote.run(ports, { ...promoteInputs, approve: true });
    expect(done.outputs).toMatchObject({ stage: 'production', tag: 'churn#production#2', changed: true });
    const stands = await promote.run(ports, { ...promoteInputs, stage: 'production' });
    expect(stands.outputs).toMatchObject({ tag: 'churn#production#2', changed: false });
    const { trailers, body } = parseTagMessage(yard.remoteGit('tag', '-l', '--format=%(contents)', 'churn#staging#1'));
    expect(body).toBe('looks good');
    expect(trailers).toMatchObject({ artifact: 'churn', version: 'v0.0.1', actor: 'ada' });
    expect(yard.remoteGit('rev-parse', 'churn#staging#1^{}')).toBe(yard.remoteGit('rev-parse', 'churn@v0.0.1^{}'));
    await expect(promote.run(ports, promoteInputs)).rejects.toMatchObject({ code: 'stage-last' });
  });

  it('keeps the order of stages and the policy of the stage', async () => {
    const early = promote.run(ports, { ...promoteInputs, stage: 'production' });
    await expect(early).rejects.toMatchObject({
      code: 'evidence-missing',
      message: expect.stringContaining('must hold stage "staging" first'),
    });
    await promote.run(ports, promoteInputs);
    await train(clone, ports, 'model 1', { run: 'again-1', verdict: 'fail' });
    const failed = promote.run(ports, { ...promoteInputs, approve: true });
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('newest evaluation failed') });
    expect(remoteTags()).toEqual(['churn#staging#1', 'churn@v0.0.1']);
  });

  it('names what it cannot find', async () => {
    const run = (more: object) => promote.run(ports, { ...promoteInputs, ...more });
    await expect(run({ version: 'v7.0.0' })).rejects.toMatchObject({ code: 'version-unknown' });
    await expect(run({ stage: 'prodution' })).rejects.toMatchObject({
      code: 'stage-unknown',
      hint: expect.stringContaining('"production"'),
    });
    await expect(run({ model: 'chrun' })).rejects.toMatchObject({ code: 'model-unknown' });
    clone.git('tag', '--annotate', '--message', 'x', 'churn@v0.0.1!', 'churn@v0.0.1^{}');
    await expect(run({ version: 'v0.0.1' })).rejects.toMatchObject({ code: 'version-deregistered' });
  });

  it('goes back to an older version, and the counter goes on', async () => {
    await promote.run(ports, promoteInputs);
    await train(clone, ports, 'model 2');
    await register.run(ports, registerInputs);
    await promote.run(ports, promoteInputs);
    const back = await promote.run(ports, { ...promoteInputs, stage: 'staging', version: 'v0.0.1' });
    expect(back.outputs).toMatchObject({ tag: 'churn#staging#3', previous: 'v0.0.2' });
    const registry = await readRegistry(ports);
    expect(registry.artifacts.get('churn')!.holders.get('staging')!.version).toBe('v0.0.1');
  });

  it('never repeats a counter when two promote at once', async () => {
    await train(clone, ports, 'model 2');
    await register.run(ports, registerInputs);
    const clones = Array.from({ length: 4 }, (_, index) => createTestPorts(yard.clone(`p${index}`).root));
    const results = await Promise.all(
      clones.map((on, index) =>
        promote.run(on, { ...promoteInputs, stage: 'staging', version: index % 2 === 0 ? 'v0.0.1' : 'v0.0.2' }),
      ),
    );
    const written = results.filter(({ outputs }) => outputs.changed).map(({ outputs }) => outputs.tag);
    const counters = written.map((tag) => Number(tag.split('#')[2])).sort();
    expect(counters).toEqual(counters.map((_, index) => index + 1));
    expect(remoteTags().filter((tag) => tag.includes('#'))).toHaveLength(counters.length);
    for (const on of clones) await on[Symbol.asyncDispose]();
  });
});

describe('in Actions', () => {
  const actions = {
    runId: '77',
    runAttempt: 1,
    runUrl: 'https://github.com/acme/ml/actions/runs/77',
    workflow: 'ml-train',
    job: 'train',
    eventName: 'push',
    eventPath: undefined,
    repository: 'acme/ml',
    sha: '0'.repeat(40),
    ref: 'refs/heads/main',
  };

  it('the bot is the tagger, the person the actor, and the next workflow is started', async () => {
    const sent: Dispatch[] = [];
    const forge = { dispatch: async (one: Dispatch) => void sent.push(one) } as unknown as Forge;
    const on = createTestPorts(clone.root, { git: clone.port, actions, forge, actor: 'eve' });
    await train(clone, on, 'model 1');
    await register.run(on, registerInputs);
    expect(sent).toEqual([
      { kind: 'workflow', name: 'ml-release.yml', ref: 'main', payload: { artifact: 'churn', version: 'v0.0.1' } },
    ]);
    const tag = (await clone.port.refs(['refs/tags']))[0]!.tag!;
    expect(tag.tagger).toBe('github-actions[bot]');
    expect(parseTagMessage(tag.message).trailers.actor).toBe('eve');
  });
});

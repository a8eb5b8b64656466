/** The real GTO client and the kit on one repository: what the kit writes GTO reads alike, and the other way round. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as promote } from '../../../src/commands/promote.ts';
import { command as register } from '../../../src/commands/register.ts';
import { command as registry } from '../../../src/commands/registry.ts';
import { createTestPorts, type TestPorts } from '../../registry/ports.ts';
import { common, projectFiles, promoteInputs, registerInputs, train } from '../../registry/project.ts';
import { createYard, type Repository, type Yard } from '../../registry/repositories.ts';
import { installGto, runGto } from './gto-client.ts';

let program: string;
let yard: Yard;
let repository: Repository;
let ports: TestPorts;
let time = Date.parse('2026-01-01T00:00:00Z');

beforeAll(async () => {
  program = installGto();
  yard = createYard(projectFiles);
  repository = yard.clone('clone');
  repository.git('config', 'user.name', 'Ada');
  repository.git('config', 'user.email', 'ada@example.org');
  // GTO orders by whole seconds, so every write gets its own.
  const now = (): Date => {
    time += 1000;
    return new Date(time);
  };
  ports = createTestPorts(repository.root, { git: repository.port, now });
});
afterAll(() => yard[Symbol.asyncDispose]());

const gto = (...args: string[]): unknown => runGto(program, repository.root, ...args);
const ask = async (operation: string, subject?: string): Promise<Record<string, unknown>> => {
  const question = { ...common, operation: operation as 'show', subject, fetch: false, limit: 50 };
  return (await registry.run(ports, question)).document as unknown as Record<string, unknown>;
};

async function compare(): Promise<void> {
  expect((await ask('show')).artifacts).toEqual(gto('show', '--json'));
  const byRef = (list: unknown) => [...(list as { ref: string }[])].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  const [ours, theirs] = [(await ask('history')).events, gto('history', '--json')];
  expect(byRef(ours)).toEqual(byRef(theirs));
  expect((ours as { timestamp: string }[]).map(({ timestamp }) => timestamp)).toEqual(
    (theirs as { timestamp: string }[]).map(({ timestamp }) => timestamp),
  );
}

/** One start of Python for each tag: slow, so only at the end. */
async function compareEveryTag(): Promise<void> {
  for (const tag of repository.git('tag', '--list').split('\n'))
    expect([tag, (await ask('check-ref', tag)).event]).toEqual([tag, gto('check-ref', tag, '--json')]);
}

describe('GTO', () => {
  it('reads what the kit wrote', async () => {
    await train(repository, ports, 'model 1');
    await register.run(ports, { ...registerInputs, message: 'A text\n\nwith two paragraphs.' });
    await promote.run(ports, promoteInputs);
    await promote.run(ports, { ...promoteInputs, approve: true });
    await train(repository, ports, 'model 2');
    await register.run(ports, { ...registerInputs, bump: 'minor' });
    await promote.run(ports, promoteInputs);
    await compare();
    const back = await promote.run(ports, { ...promoteInputs, stage: 'staging', version: 'v0.0.1' });
    expect(back.outputs.tag).toBe('churn#staging#4');
    await compare();
  });

  it('and the kit reads what GTO wrote', async () => {
    repository.commit({ 'README.md': 'one more\n' });
    gto('register', 'churn', '--bump-major');
    gto('assign', 'churn', '--version', 'v1.0.0', '--stage', 'production');
    await compare();
    gto('register', 'other');
    gto('assign', 'other', '--version', 'v0.0.1', '--stage', 'dev');
    await compare();
    gto('deprecate', 'churn', 'v1.0.0', 'production');
    await compare();
    gto('deprecate', 'churn', 'v1.0.0');
    await compare();
  });

  it('and both go on counting together', async () => {
    const next = await promote.run(ports, { ...promoteInputs, stage: 'staging', version: 'v0.1.0' });
    expect(next.outputs.tag).toBe('churn#staging#7');
    await compare();
    gto('assign', 'churn', '--version', 'v0.0.1', '--stage', 'staging', '--force');
    expect(repository.git('tag', '--list', 'churn#staging#8')).toBe('churn#staging#8');
    await compare();
    gto('deprecate', 'other');
    await compare();
    await compareEveryTag();
  });
});

/** One contract for artifacts: the folder, and the real @actions/artifact against a server of the Actions protocol. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createArtifacts } from '../../src/adapters/artifacts/artifacts.ts';
import type { Artifacts } from '../../src/ports/artifacts.ts';
import type { ActionsRun, Environment } from '../../src/ports/environment.ts';
import { type ArtifactServer, startArtifactServer, writeHostileZip } from '../fakes/artifact-server.ts';

let root: string;
let server: ArtifactServer;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'artifacts-'));
  await mkdir(join(root, '.mlops/reports/evaluate/m'), { recursive: true });
  await writeFile(join(root, '.mlops/reports/evaluate/m/report.json'), '{"schema":"evaluation-report/v1"}');
  await writeFile(join(root, '.mlops/reports/evaluate/m/report.md'), '# üñí');
  await writeFile(join(root, 'model.bin'), Buffer.alloc(300_000, 7));
  server = await startArtifactServer();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const clock = {
  now: () => new Date('2026-01-02T03:04:05Z'),
  monotonic: () => 0,
  sleep: async () => {},
  randomHex: (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex'),
};

function environmentOf(variables: Readonly<Record<string, string>>, runId?: string): Environment {
  const run = {
    runAttempt: 1,
    runUrl: '',
    workflow: '',
    job: '',
    eventName: '',
    eventPath: undefined,
    sha: '',
    ref: '',
  };
  const actions: ActionsRun | undefined = runId === undefined ? undefined : { ...run, runId, repository: 'a/b' };
  return { actions, actor: 'someone', tool: 'mlops-kit/0', variable: (name) => variables[name] };
}

const folder = (runId = '17'): Artifacts => createArtifacts({ root, clock, environment: environmentOf({}, runId) });
const actions = (): Artifacts => {
  for (const [name, value] of Object.entries(server.variables)) vi.stubEnv(name, value);
  return createArtifacts({ root, clock, environment: environmentOf(server.variables, '17') });
};

describe.each([
  ['folder', folder],
  ['actions', actions],
] as const)('artifacts contract: %s', (_, open) => {
  it('hands files and folders on under their paths', async () => {
    await open().upload('report', ['.mlops/reports', 'model.bin']);
    await open().download('report', 'in/report');
    expect((await readdir(join(root, 'in/report'), { recursive: true })).sort()).toEqual([
      '.mlops',
      '.mlops/reports',
      '.mlops/reports/evaluate',
      '.mlops/reports/evaluate/m',
      '.mlops/reports/evaluate/m/report.json',
      '.mlops/reports/evaluate/m/report.md',
      'model.bin',
    ]);
    expect(await readFile(join(root, 'in/report/.mlops/reports/evaluate/m/report.md'), 'utf8')).toBe('# üñí');
    expect((await readFile(join(root, 'in/report/model.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);
    expect(await readdir(join(root, 'in'))).toEqual(['report']);
    expect(server.unknown).toEqual([]);
  });

  it('refuses the same name twice', async () => {
    await open().upload('report', ['model.bin']);
    await expect(open().upload('report', ['model.bin'])).rejects.toMatchObject({ code: 'artifact-name-taken' });
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a:b',
    'a"b',
    'a<b',
    'a>b',
    'a|b',
    'a*b',
    'a?b',
    'a\rb',
    'a\nb',
    '../x',
    'x\0',
  ])('refuses the name %j', async (name) => {
    await expect(open().upload(name, ['model.bin'])).rejects.toMatchObject({ code: 'artifact-name-invalid' });
    await expect(open().download(name, 'in')).rejects.toMatchObject({ code: 'artifact-name-invalid' });
  });

  it('refuses files outside the working directory, by path and by link', async () => {
    await symlink('/etc', join(root, 'etc'));
    await symlink('/etc/passwd', join(root, '.mlops/reports/passwd'));
    for (const path of ['../x', '/etc/passwd', '..', 'etc/passwd', '.mlops/reports/passwd', '.mlops/reports'])
      await expect(open().upload('report', [path])).rejects.toMatchObject({
        code: expect.stringMatching(/^artifact-(path-escape|file-missing)$/),
      });
  });

  it('refuses what is not there, nothing at all, and an empty folder', async () => {
    await mkdir(join(root, 'empty'));
    await expect(open().upload('report', ['gone'])).rejects.toMatchObject({ code: 'artifact-file-missing' });
    await expect(open().upload('report', [])).rejects.toMatchObject({ code: 'artifact-empty' });
    await expect(open().upload('report', ['empty'])).rejects.toMatchObject({ code: 'artifact-empty' });
    await expect(open().download('report', 'in')).rejects.toMatchObject({ code: 'artifact-missing' });
  });
});

describe('the folder', () => {
  it('keeps runs apart and takes run ids that are no paths', async () => {
    await folder('1').upload('report', ['model.bin']);
    await folder('2').upload('report', ['.mlops/reports/evaluate/m/report.md']);
    await folder('2').download('report', 'in', { runId: '1' });
    expect(await readdir(join(root, 'in'))).toEqual(['model.bin']);
    await expect(folder().download('report', 'in', { runId: '../1' })).rejects.toMatchObject({
      code: 'artifact-run-invalid',
    });
  });

  it('finds the newest local run outside a job', async () => {
    const open = () => createArtifacts({ root, clock, environment: environmentOf({}) });
    await open().upload('report', ['model.bin']);
    await open().upload('report', ['model.bin']);
    await open().download('report', 'in');
    expect(await readdir(join(root, 'in'))).toEqual(['model.bin']);
  });

  it('does not hand on links that were put into it', async () => {
    await folder().upload('report', ['model.bin']);
    await symlink('/etc/passwd', join(root, '.mlops/artifacts/17/report/passwd'));
    await expect(folder().download('report', 'in')).rejects.toMatchObject({ code: 'artifact-hostile' });
    expect(existsSync(join(root, 'in'))).toBe(false);
  });
});

describe('the Actions store', () => {
  it('keeps a hostile archive inside the folder', async () => {
    await actions().upload('report', ['model.bin']);
    writeHostileZip(server.artifacts[0]!, '../../../escaped', 'bad');
    await actions().download('report', 'in/deep/er');
    expect(existsSync(join(root, 'escaped')) || existsSync(join(root, 'in/escaped'))).toBe(false);
    expect((await readdir(join(root, 'in/deep/er'), { recursive: true })).at(-1)).toMatch(/escaped$/);
  });

  it('refuses bytes that are not those uploaded', async () => {
    await actions().upload('report', ['model.bin']);
    const { digest } = server.artifacts[0]!;
    writeHostileZip(server.artifacts[0]!, 'model.bin', 'other');
    server.artifacts[0]!.digest = digest;
    await expect(actions().download('report', 'in')).rejects.toMatchObject({ code: 'artifact-damaged' });
    expect(await readdir(join(root, 'in'))).toEqual([]);
  });

  it('wants a token for another run', async () => {
    await expect(actions().download('report', 'in', { runId: '16' })).rejects.toMatchObject({
      code: 'artifact-missing',
      message: expect.stringContaining('token'),
    });
  });
});

/** Child processes as they really run: lines, endings, whole trees ended, interrupts. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createProcess } from '../../src/adapters/process.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mlops-process-')));
const processes = createProcess({ root });

test('arguments reach the program untouched by any shell', async () => {
  const result = await processes.run(['printf', '%s|', '$HOME', '; echo x', 'a b']);
  expect(result).toMatchObject({ exitCode: 0, signal: null, timedOut: false, stdout: '$HOME|; echo x|a b|' });
});

test('lines come as they are written, with progress bars cut at their returns', async () => {
  const lines: string[] = [];
  await processes.shell(`printf 'a\\r\\nb\\rc\\nlast'; echo oops >&2`, {
    onLine: (line, stream) => lines.push(`${stream}:${line}`),
  });
  expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
    'stdout:a',
    'stdout:b',
    'stdout:c',
    'stdout:last',
  ]);
  expect(lines).toContain('stderr:oops');
});

test('the exit code and the signal are told', async () => {
  expect(await processes.shell('exit 3')).toMatchObject({ exitCode: 3, signal: null });
  expect(await processes.shell('kill -9 $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
});

test('a timeout ends the whole tree', async () => {
  const result = await processes.shell('sh -c "echo $$ > pid; sleep 60" & wait', { timeout: 300 });
  expect(result.timedOut).toBe(true);
  await sleep(100);
  const pid = Number(readFileSync(join(root, 'pid'), 'utf8'));
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test('a background child that holds the pipes is not waited for', async () => {
  const result = await processes.shell('sleep 5 & echo done');
  expect(result.stdout).toBe('done\n');
  expect(result.seconds).toBeLessThan(3);
});

test('an abort ends the program with its reason', async () => {
  const aborted = processes.run(['sleep', '60'], { signal: AbortSignal.timeout(100) });
  await expect(aborted).rejects.toThrow(/timeout/);
});

test('too much output is an error, or keeps the newest part', async () => {
  const noise = 'yes abcdefg | head -c 100000';
  await expect(processes.shell(noise, { maxOutput: 1000 })).rejects.toMatchObject({ code: 'output-too-large' });
  const kept = await processes.shell(`${noise}; echo end`, { maxOutput: 1000, overflow: 'drop-oldest' });
  expect(kept.stdout).toHaveLength(1000);
  expect(kept.stdout.endsWith('end\n')).toBe(true);
});

test('a missing program and a missing folder are told apart', async () => {
  await expect(processes.run(['no-such-program-anywhere'])).rejects.toMatchObject({ code: 'program-missing' });
  await expect(processes.run(['true'], { cwd: 'nowhere' })).rejects.toMatchObject({ code: 'directory-missing' });
});

test('input is written, and a program that ignores it is no error', async () => {
  expect((await processes.run(['cat'], { input: 'hello' })).stdout).toBe('hello');
  expect((await processes.run(['true'], { input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
});

test('variables are added and removed', async () => {
  const only = createProcess({ root, environment: { PATH: process.env.PATH, GONE: 'x', SHELL: '' } });
  const result = await only.shell('echo "$KEPT-$GONE"', { env: { KEPT: 'yes', GONE: undefined } });
  expect(result.stdout).toBe('yes-\n');
});

test('an interrupt ends the children first, and the program lives on to put things in order', async () => {
  const script = `
    import { createProcess } from ${JSON.stringify(join(import.meta.dirname, '../../src/adapters/process.ts'))};
    const result = await createProcess({ root: '.' }).shell('echo started >&2; sleep 60', {
      onLine: () => console.log('started'),
    });
    console.log('after ' + result.signal);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output === 'started\n') child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  expect(output).toBe('started\nafter SIGINT\n');
  expect(code).toBe(0);
});

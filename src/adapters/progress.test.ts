/** What each mode of progress writes, with a clock that stands still until it is moved. */

import { expect, test } from 'vitest';
import { createProgress, defuseCommands, type ProgressOptions } from './progress.ts';

function record(mode: ProgressOptions['mode'], options: Partial<ProgressOptions> = {}) {
  let written = '';
  const clock = { at: 0 };
  const progress = createProgress({ mode, write: (text) => (written += text), monotonic: () => clock.at, ...options });
  return { progress, clock, text: () => written };
}

test('a terminal shows one bar that is redrawn at most ten times a second', () => {
  const { progress, clock, text } = record('terminal', { columns: () => 100 });
  const task = progress.start('Hashing', { total: 2048, unit: 'bytes' });
  for (let step = 0; step < 1000; step++) task.advance(1);
  expect(text().match(/Hashing/g)).toHaveLength(1);
  clock.at = 500;
  task.advance(24);
  expect(text()).toContain('[##########----------]  50 %  1.0 KiB of 2.0 KiB  0.5 s');
  task.done('hashed 2 files');
  expect(text().endsWith('\r\u001b[2Khashed 2 files\n')).toBe(true);
});

test('a line said while a bar stands is written above it', () => {
  const { progress, text } = record('terminal');
  progress.start('Work');
  progress.info('hello');
  expect(text()).toBe('Work    0.0 s\r\u001b[2Khello\nWork    0.0 s');
});

test('Actions gets throttled lines, folds of one level and debug commands', async () => {
  const { progress, clock, text } = record('actions');
  await progress.group('Outer', async () => {
    await progress.group('Inner', async () => {
      const task = progress.start('Rows', { total: 10, unit: 'rows' });
      for (let row = 0; row < 5; row++) task.advance(1);
      clock.at = 11_000;
      task.advance(1);
      task.done();
    });
  });
  progress.debug('a\nb');
  expect(text()).toBe(
    '::group::Outer\nInner\nRows\nRows: 6 of 10 rows\nRows: 6 of 10 rows in 11.0 s\n::endgroup::\n::debug::a%0Ab\n',
  );
});

test('a group is closed when its body fails', async () => {
  const { progress, text } = record('actions');
  await expect(progress.group('G', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(text()).toBe('::group::G\n::endgroup::\n');
});

test('without a terminal only what is said is written', () => {
  const { progress, text } = record('plain');
  const task = progress.start('Work', { total: 3 });
  task.advance(3);
  task.done();
  progress.debug('quiet');
  progress.warn('careful');
  expect(text()).toBe('Warning: careful\n');
});

test('text of others is neither a workflow command nor a terminal sequence', () => {
  const actions = record('actions');
  actions.progress.info('::set-output name=x::y\n  ::error::z\n##[error]w');
  for (const line of actions.text().split('\n')) expect(line).not.toMatch(/^\s*::|##\[/);
  expect(defuseCommands('a::b c')).toBe('a::b c');
  const terminal = record('terminal');
  terminal.progress.info('\u001b[2J\u0007x');
  expect(terminal.text()).toBe('\ufffd[2J\ufffdx\n');
});

import { expect, it } from 'vitest';
import { formatLocation, KitError, messageOf } from './errors.ts';

it('carries one problem of its own', () => {
  const cause = new Error('inner');
  const error = new KitError('config-missing', 'Cannot read config "x": no such file', {
    hint: 'Run init.',
    at: { path: 'x' },
    cause,
  });
  expect(error).toMatchObject({
    name: 'KitError',
    code: 'config-missing',
    hint: 'Run init.',
    at: { path: 'x' },
    cause,
  });
  expect(error.problems).toEqual([
    { code: 'config-missing', message: error.message, hint: 'Run init.', at: { path: 'x' } },
  ]);
  expect(new KitError('a', 'b').problems).toEqual([{ code: 'a', message: 'b' }]);
  expect('cause' in new KitError('a', 'b')).toBe(false);
});

it('carries all the problems it gathered', () => {
  const problems = [
    { code: 'a', message: 'm' },
    { code: 'b', message: 'n' },
  ];
  expect(new KitError('many', 'two problems', { problems }).problems).toBe(problems);
});

it.each([
  [{ path: 'a.yaml' }, 'a.yaml'],
  [{ path: 'a.yaml', line: 3 }, 'a.yaml:3'],
  [{ path: 'a.yaml', line: 3, column: 7 }, 'a.yaml:3:7'],
  [{ path: 'a.yaml', column: 7 }, 'a.yaml'],
])('formats %j', (at, text) => {
  expect(formatLocation(at)).toBe(text);
});

it('finds a message in anything thrown', () => {
  expect(messageOf(new Error('x'))).toBe('x');
  expect(messageOf('y')).toBe('y');
  expect(messageOf(undefined)).toBe('undefined');
});

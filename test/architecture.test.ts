/** Enforces the room table of ARCHITECTURE.md on the sources, and proves on made-up files that each rule can fail. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { areaOrder, checkArchitecture, readImports, rooms } from './architecture/rules.ts';

const root = join(import.meta.dirname, '..');

function readSources(): ReadonlyMap<string, string> {
  const paths = ['src', 'actions'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

test('the sources keep to the room table', () => {
  const sources = readSources();
  expect(sources.size).toBeGreaterThan(100);
  expect(checkArchitecture(sources).map(({ rule, path, message }) => `${path} [${rule}] ${message}`)).toEqual([]);
});

test('ARCHITECTURE.md names every room and the order of areas', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  for (const room of Object.keys(rooms)) expect(text).toMatch(new RegExp(`\\| \`(src/)?${room}`));
  expect(text).toContain(`Order of the areas (later may import earlier): ${areaOrder.join(', ')}.`);
});

const header = '/** Says what it is. */\n';

test.each([
  ['base imports formats', 'src/base/a.ts', "import { x } from '../formats/x.ts';", 'room'],
  ['base does I/O', 'src/base/a.ts', "import { readFileSync } from 'node:fs';", 'package'],
  ['base takes the time', 'src/base/a.ts', 'export const now = Date.now();', 'global'],
  ['base draws a random number', 'src/base/a.ts', 'export const x = Math.random();', 'global'],
  ['formats import the domain', 'src/formats/a.ts', "import type { x } from '../domain/data/x.ts';", 'room'],
  ['domain imports a port', 'src/domain/data/a.ts', "import type { Git } from '../../ports/git.ts';", 'room'],
  ['domain imports node', 'src/domain/data/a.ts', "import { join } from 'node:path';", 'package'],
  ['domain imports octokit', 'src/domain/data/a.ts', "import { Octokit } from 'octokit';", 'package'],
  ['domain reads the environment', 'src/domain/data/a.ts', 'export const x = process.env.X;', 'global'],
  ['an early area imports a late one', 'src/domain/data/a.ts', "import { x } from '../serving/x.ts';", 'area-order'],
  ['an area without a place', 'src/domain/data/a.ts', "import { x } from '../misc/x.ts';", 'area-order'],
  ['a port imports an adapter', 'src/ports/a.ts', "import type { x } from '../adapters/x.ts';", 'room'],
  ['a command imports an adapter', 'src/commands/a.ts', "import { x } from '../adapters/git/git.ts';", 'room'],
  [
    'a command imports an adapter when it runs',
    'src/commands/a.ts',
    "export const x = () => import('../adapters/x.ts');",
    'room',
  ],
  ['a command imports the shell', 'src/commands/a.ts', "import { x } from '../shell/x.ts';", 'room'],
  ['a command imports node:fs', 'src/commands/a.ts', "import { readFileSync } from 'node:fs';", 'package'],
  ['an adapter imports another', 'src/adapters/git/a.ts', "import { x } from '../forge/local.ts';", 'adapter'],
  ['an adapter imports the domain', 'src/adapters/git/a.ts', "import { x } from '../../domain/data/x.ts';", 'room'],
  ['the shell imports the domain', 'src/shell/a.ts', "import { x } from '../domain/data/x.ts';", 'room'],
  ['a second importer of @actions/core', 'src/shell/a.ts', "import { info } from '@actions/core';", 'actions-core'],
  [
    'an adapter imports @actions/core',
    'src/adapters/forge/a.ts',
    "const x = await import('@actions/core');",
    'actions-core',
  ],
  ['an action imports an adapter', 'actions/train/main.ts', "import { x } from '../../src/adapters/x.ts';", 'room'],
  ['a re-export from a forbidden room', 'src/ports/a.ts', "export { x } from '../shell/x.ts';", 'room'],
  ['a side-effect import', 'src/base/a.ts', "import '../shell/x.ts';", 'room'],
  ['a type by import()', 'src/ports/a.ts', "export type X = import('../shell/x.ts').X;", 'room'],
  ['a barrel', 'src/formats/a.ts', "export * from './b.ts';", 'export'],
  ['a default export', 'src/formats/a.ts', 'export default 1;', 'export'],
])('%s is found', (_, path, code, rule) => {
  expect(checkArchitecture(new Map([[path, header + code]])).map((found) => found.rule)).toEqual([rule]);
});

test('one library in two adapters, a cycle and a missing header are found', () => {
  const library = new Map([
    ['src/adapters/git/a.ts', `${header}import x from 'left-pad';`],
    ['src/adapters/forge/a.ts', `${header}import x from 'left-pad';`],
  ]);
  expect(checkArchitecture(library).map((found) => found.rule)).toEqual(['adapter']);
  const cycle = new Map([
    ['src/base/a.ts', `${header}import './b.ts';`],
    ['src/base/b.ts', `${header}import './c.ts';`],
    ['src/base/c.ts', `${header}import './a.ts';`],
  ]);
  expect(checkArchitecture(cycle)).toEqual([
    {
      rule: 'cycle',
      path: 'src/base/a.ts',
      message: 'src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts',
    },
  ]);
  expect(checkArchitecture(new Map([['src/base/a.ts', '// nothing\n']])).map((found) => found.rule)).toEqual([
    'header',
  ]);
});

test('imports in comments and strings of other kinds do not count, multi-line ones do', () => {
  const text = `// import x from 'a';\n/* import y from 'b'; */\nimport {\n  z,\n} from 'c';\nconst s = "import";\n`;
  expect(readImports('src/base/a.ts', text)).toEqual([{ from: 'src/base/a.ts', specifier: 'c', line: 5 }]);
});

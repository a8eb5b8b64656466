/** The room table of ARCHITECTURE.md as data, and the check of a set of files against it. */

export interface Import {
  readonly from: string;
  /** Line, from 1. */
  readonly line: number;
  /** As written: `../base/errors.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
}

export interface Violation {
  readonly rule:
    | 'room'
    | 'area-order'
    | 'adapter'
    | 'package'
    | 'actions-core'
    | 'global'
    | 'cycle'
    | 'header'
    | 'export';
  readonly path: string;
  readonly message: string;
}

interface Room {
  /** Rooms that may be imported; its own always. */
  readonly rooms: readonly string[];
  /** Packages and Node modules that may be imported; `*` is any. */
  readonly packages: readonly string[];
}

/** Areas of the domain; a later one may import an earlier one. */
export const areaOrder = [
  'data',
  'features',
  'validation',
  'pipeline',
  'training',
  'evaluation',
  'metadata',
  'registry',
  'rollout',
  'serving',
  'monitoring',
  'dashboard',
];

/** Modules of Node that touch nothing outside of the process. */
const pure = ['node:crypto', 'node:path/posix'];

export const rooms: Readonly<Record<string, Room>> = {
  base: { rooms: [], packages: pure },
  formats: { rooms: ['base'], packages: ['zod', 'yaml', ...pure] },
  domain: { rooms: ['base', 'formats'], packages: ['ignore', ...pure] },
  ports: { rooms: ['base', 'formats'], packages: [] },
  commands: { rooms: ['domain', 'formats', 'base', 'ports'], packages: ['zod', 'node:path', 'node:url', ...pure] },
  adapters: { rooms: ['ports', 'base', 'formats'], packages: ['*'] },
  shell: { rooms: ['commands', 'adapters', 'ports', 'base', 'formats'], packages: ['zod', '@actions/core', 'node:*'] },
  actions: { rooms: ['shell', 'commands'], packages: [] },
};

const coreImporter = 'src/shell/run-action.ts';

/** Checks sources, by path, against the room table. Tests beside the code are free to use what they need. */
export function checkArchitecture(files: ReadonlyMap<string, string>): readonly Violation[] {
  const sources = new Map([...files].filter(([path]) => !path.endsWith('.test.ts') && roomOf(path) !== undefined));
  const imports = [...sources].flatMap(([path, text]) => readImports(path, text));
  return [
    ...imports.flatMap(checkImport),
    ...checkAdapterPackages(imports),
    ...[...sources].flatMap(([path, text]) => checkText(path, text)),
    ...findCycles(imports),
  ];
}

/** Static and dynamic imports, re-exports and `typeof import(...)`, with their lines. */
export function readImports(path: string, text: string): readonly Import[] {
  const code = blankComments(text);
  const pattern = /(?:\b(?:import|export)\b[^'"`;()]*?\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => ({
    from: path,
    specifier: match[2]!,
    line: code.slice(0, match.index + match[0].length).split('\n').length,
  }));
}

/** Room of a path; undefined for what the table does not govern. */
export function roomOf(path: string): string | undefined {
  const match = /^(?:src\/([a-z]+)\/|(actions)\/)/.exec(path);
  const room = match?.[1] ?? match?.[2];
  return room !== undefined && room in rooms ? room : undefined;
}

function checkImport(one: Import): readonly Violation[] {
  const room = roomOf(one.from)!;
  if (!one.specifier.startsWith('.')) return checkPackage(one, room);
  const target = resolvePath(one.from, one.specifier);
  const other = roomOf(target);
  if (other === undefined) return [violation('room', one, `${room} may not import "${target}", which is in no room`)];
  if (other !== room) {
    return rooms[room]!.rooms.includes(other)
      ? []
      : [violation('room', one, `${room} may not import ${other} ("${target}")`)];
  }
  if (room === 'domain') return checkAreas(one, target);
  if (room === 'adapters' && unitOf(one.from) !== unitOf(target)) {
    return [violation('adapter', one, `adapter "${unitOf(one.from)}" may not import adapter "${unitOf(target)}"`)];
  }
  if (room === 'actions') return [violation('room', one, 'an action imports the shell and its own command only')];
  return [];
}

function checkAreas(one: Import, target: string): readonly Violation[] {
  const [from, to] = [areaOf(one.from), areaOf(target)];
  for (const area of [from, to]) {
    if (!areaOrder.includes(area))
      return [violation('area-order', one, `area "${area}" has no place in the order of areas`)];
  }
  if (areaOrder.indexOf(to) <= areaOrder.indexOf(from)) return [];
  return [violation('area-order', one, `area "${from}" may not import the later area "${to}"`)];
}

function checkPackage(one: Import, room: string): readonly Violation[] {
  const name = packageOf(one.specifier);
  if (name === '@actions/core' && one.from !== coreImporter) {
    return [violation('actions-core', one, `only ${coreImporter} imports @actions/core`)];
  }
  const allowed = rooms[room]!.packages;
  const fits =
    allowed.includes('*') ||
    allowed.includes(one.specifier) ||
    allowed.includes(name) ||
    (name.startsWith('node:') && allowed.includes('node:*'));
  return fits ? [] : [violation('package', one, `${room} may not import "${one.specifier}"`)];
}

/** An adapter is the only place of its outside library. */
function checkAdapterPackages(imports: readonly Import[]): readonly Violation[] {
  const owners = new Map<string, string>();
  return imports.flatMap((one) => {
    const name = packageOf(one.specifier);
    if (roomOf(one.from) !== 'adapters' || one.specifier.startsWith('.') || name.startsWith('node:') || name === 'zod')
      return [];
    const unit = unitOf(one.from);
    const owner = owners.get(name) ?? unit;
    owners.set(name, owner);
    return owner === unit
      ? []
      : [violation('adapter', one, `"${name}" is the library of adapter "${owner}", not of "${unit}"`)];
  });
}

const globals: Readonly<Record<string, readonly RegExp[]>> = {
  base: [/\bDate\.now\b/, /\bMath\.random\b/, /\bnew Date\(\)/, /\bprocess\./],
  formats: [/\bDate\.now\b/, /\bMath\.random\b/, /\bnew Date\(\)/, /\bprocess\./, /(?<![.\w])fetch\(/],
  domain: [/\bDate\.now\b/, /\bMath\.random\b/, /\bnew Date\(\)/, /\bprocess\./, /(?<![.\w])fetch\(/],
  commands: [
    /\bDate\.now\b/,
    /\bMath\.random\b/,
    /\bnew Date\(\)/,
    /\bprocess\.(env|cwd|exit|std)/,
    /(?<![.\w])fetch\(/,
  ],
};

function checkText(path: string, text: string): readonly Violation[] {
  const found: Violation[] = [];
  const code = blankComments(text);
  for (const pattern of globals[roomOf(path)!] ?? []) {
    const line = code.split('\n').findIndex((one) => pattern.test(one));
    if (line >= 0)
      found.push({
        rule: 'global',
        path: `${path}:${line + 1}`,
        message: `${roomOf(path)} may not use ${pattern.source}`,
      });
  }
  if (!/^(#!.*\n)?\/\*\*/.test(text))
    found.push({ rule: 'header', path, message: 'the first line is no /** sentence */ about the file' });
  if (/^export \* from/m.test(code)) found.push({ rule: 'export', path, message: 'no barrels' });
  if (/^export default/m.test(code)) found.push({ rule: 'export', path, message: 'no default exports' });
  return found;
}

/** Static cycles between files, each reported once. */
function findCycles(imports: readonly Import[]): readonly Violation[] {
  const edges = new Map<string, string[]>();
  for (const one of imports) {
    if (!one.specifier.startsWith('.')) continue;
    edges.set(one.from, [...(edges.get(one.from) ?? []), resolvePath(one.from, one.specifier)]);
  }
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push({ rule: 'cycle', path, message: [...trail.slice(at), path].join(' -> ') });
    if (at >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of [...edges.keys()].sort()) visit(path, []);
  return found;
}

function violation(rule: Violation['rule'], one: Import, message: string): Violation {
  return { rule, path: `${one.from}:${one.line}`, message };
}

/** The file or folder an adapter consists of: `src/adapters/git/push.ts` and `src/adapters/git.ts` are both `git`. */
function unitOf(path: string): string {
  return path
    .split('/')[2]!
    .replace(/\.ts$/, '')
    .replace(/-(modules|versions)$/, '');
}

function areaOf(path: string): string {
  return path.split('/')[2]!;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier.split('/')[0]!;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function resolvePath(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** Comments become blanks, so that words inside them are no code; line numbers stay. */
function blankComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`\\])\/\/[^\n]*/g, (match, before: string) => before + ' '.repeat(match.length - before.length));
}

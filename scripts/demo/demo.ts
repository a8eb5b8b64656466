/** What a step of the demo has at hand: the scratch repository, commands that print themselves, and assertions that print themselves. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, kitCommand, kitRoot, run } from './children.ts';
import { green, print, printCommand, startTicker } from './console.ts';
import { commit, git, type Scratch } from './scratch.ts';

/** A JSON document of the kit; steps read a few fields of it and assert them. */
// biome-ignore lint/suspicious/noExplicitAny: documents are asserted field by field
export type Document = any;

export interface Called extends Ended {
  readonly document: Document;
}

export interface Demo {
  readonly scratch: Scratch;
  /** Runs `mlops-kit <args> --json`, and fails unless it ends with one of the codes; `say` puts the document in plain words. */
  kit(args: readonly string[], options?: { exit?: number; say?: (document: Document) => string }): Promise<Called>;
  /** Runs `mlops-kit <args>` for a person, and resolves to what it prints. */
  show(args: readonly string[]): Promise<string>;
  /** Runs a script of the example. */
  script(args: readonly string[]): Promise<void>;
  commit(message: string): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
  tags(): Promise<readonly string[]>;
  read(path: string): string;
  write(path: string, text: string): void;
  has(path: string): boolean;
  /** Changes one line of params.yaml. */
  setParam(name: string, value: string): void;
  /** A sentence of the story. */
  tell(text: string): void;
  /** Prints what was seen to be so; throws if it is not. */
  see(holds: boolean, what: string): void;
}

/** One letter of the demo; resolves to the verdict that the closing table shows. */
export interface Step {
  readonly letter: string;
  readonly title: string;
  play(demo: Demo): Promise<string>;
}

export function createDemo(scratch: Scratch): Demo {
  const inWork = (path: string) => join(scratch.work, path);
  const [file, ...prefix] = kitCommand();
  return {
    scratch,
    async kit(args, options = {}) {
      const shown = `$ mlops-kit ${args.join(' ')}`;
      const ticker = startTicker(shown);
      const ended = await run(file!, [...prefix, ...args, '--json'], scratch.work);
      const time = ticker.stop();
      const document = parseDocument(ended.stdout);
      const wanted = options.exit ?? 0;
      if (ended.code !== wanted || document === undefined) {
        const reason = document?.message ?? '';
        throw new Error(`"${shown}" ended with ${ended.code}, not ${wanted}. ${reason}\n${ended.stderr.trim()}`);
      }
      printCommand(shown, options.say?.(document) ?? '', time);
      return { ...ended, document };
    },
    async show(args) {
      const shown = `$ mlops-kit ${args.join(' ')}`;
      const ticker = startTicker(shown);
      const { code, stdout, stderr } = await run(file!, [...prefix, ...args], scratch.work);
      const time = ticker.stop();
      if (code !== 0) throw new Error(`"${shown}" ended with ${code}: ${stderr.trim()}`);
      printCommand(shown, '', time);
      return stdout;
    },
    async script(args) {
      const label = args.map((arg) => (arg.startsWith(kitRoot) ? arg.slice(kitRoot.length + 1) : arg)).join(' ');
      const ticker = startTicker(`$ node ${label}`);
      const { code, stdout, stderr } = await run(process.execPath, args, scratch.work);
      const time = ticker.stop();
      if (code !== 0) throw new Error(`node ${label} ended with ${code}: ${stderr.trim()}`);
      printCommand(`$ node ${label}`, stdout.trim().split('\n').join('; '), time);
    },
    commit: (message) => commit(scratch, message),
    git: (...args) => git(scratch.work, ...args),
    async tags() {
      const listed = await git(scratch.work, 'ls-remote', '--tags', '--refs', 'origin');
      return listed === '' ? [] : listed.split('\n').map((line) => line.split('\trefs/tags/')[1]!);
    },
    read: (path) => readFileSync(inWork(path), 'utf8'),
    write: (path, text) => writeFileSync(inWork(path), text),
    has: (path) => existsSync(inWork(path)),
    setParam(name, value) {
      const text = readFileSync(inWork('params.yaml'), 'utf8');
      const changed = text.replace(new RegExp(`^(  ${name}: )\\S+`, 'm'), `$1${value}`);
      if (changed === text) throw new Error(`Cannot set ${name}: it is ${value} already, or not in params.yaml`);
      writeFileSync(inWork('params.yaml'), changed);
    },
    tell: (text) => print(`    ${text}`),
    see(holds, what) {
      if (!holds) throw new Error(`expected: ${what}`);
      print(`      ${green('✓')} ${what}`);
    },
  };
}

/** An empty or broken standard output is reported by the exit code that follows. */
function parseDocument(stdout: string): Document {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

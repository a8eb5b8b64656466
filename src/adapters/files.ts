/** Reads and writes files of the work tree; every write appears whole under its final name or not at all. */

import { randomBytes } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KitError, messageOf } from '../base/errors.ts';
import type { FileEntry, FileKind, FileStat, Files } from '../ports/files.ts';

export function createFiles(root: string): Files {
  const base = resolve(root);
  const at = (path: string): string => resolve(base, path);
  return {
    root: base,
    resolve: at,
    readText: (path) => reading(path, async () => await fs.readFile(at(path), 'utf8')),
    readBytes: (path) => reading(path, async () => await fs.readFile(at(path))),
    stat: (path, options) => readStat(at(path), options?.follow ?? true),
    exists: async (path) => (await readStat(at(path), true)) !== undefined,
    list: async (path) => (await readEntries(at(path), path)).map((entry) => entry.name),
    entries: (path) => readEntries(at(path), path),
    glob: (pattern) => readGlob(base, pattern),
    write: (path, data, options) =>
      writing(path, () => replaceFile(at(path), (temporary) => fs.writeFile(temporary, data), options?.mode)),
    append: (path, data) =>
      writing(path, async () => {
        await fs.mkdir(dirname(at(path)), { recursive: true });
        await fs.appendFile(at(path), data);
      }),
    copy: (from, to, options) =>
      writing(to, () =>
        replaceFile(
          at(to),
          (temporary) => fs.copyFile(at(from), temporary, constants.COPYFILE_FICLONE),
          options?.mode ?? 'as-copied',
        ),
      ),
    rename: (from, to) =>
      writing(to, async () => {
        await fs.mkdir(dirname(at(to)), { recursive: true });
        await fs.rename(at(from), at(to));
      }),
    changeMode: (path, mode) => writing(path, () => fs.chmod(at(path), mode)),
    makeDirectory: (path) => writing(path, async () => void (await fs.mkdir(at(path), { recursive: true }))),
    remove: (path) => writing(path, () => fs.rm(at(path), { recursive: true, force: true })),
    makeTemporaryDirectory: async (prefix) =>
      await fs.mkdtemp(join(await fs.realpath(tmpdir()), prefix.replaceAll(/[^\w.-]/g, '-'))),
  };
}

/** Without a mode, the file that is replaced keeps its own; a copy has the mode of its source. */
async function replaceFile(
  path: string,
  fill: (temporary: string) => Promise<void>,
  mode?: number | 'as-copied',
): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await fill(temporary);
    const wanted = mode ?? (await readStat(path, true))?.mode;
    if (wanted !== undefined && wanted !== 'as-copied') await fs.chmod(temporary, wanted & 0o7777);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

async function readStat(path: string, follow: boolean): Promise<FileStat | undefined> {
  try {
    const stat = await (follow ? fs.stat : fs.lstat)(path, { bigint: true });
    return {
      kind: kindOf(stat),
      size: Number(stat.size),
      mtimeNs: stat.mtimeNs,
      inode: stat.ino,
      mode: Number(stat.mode & 0o7777n),
    };
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw unreadable(path, error);
  }
}

async function readEntries(path: string, shown: string): Promise<readonly FileEntry[]> {
  try {
    const entries = await fs.readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw unreadable(shown, error);
  }
}

async function readGlob(base: string, pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of fs.glob(pattern, { cwd: base })) {
    const absolute = isAbsolute(path) ? path : join(base, path);
    found.push(relative(base, absolute).split(sep).join('/'));
  }
  return found.sort();
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) {
      throw new KitError('file-missing', `Cannot read file "${path}": there is no such file`, {
        at: { path },
        cause: error,
      });
    }
    throw unreadable(path, error);
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new KitError('file-unwritable', `Cannot write file "${path}": ${messageOf(error)}`, {
      at: { path },
      hint: 'Check permissions and free space.',
      cause: error,
    });
  }
}

function unreadable(path: string, cause: unknown): KitError {
  return new KitError('file-unreadable', `Cannot read file "${path}": ${messageOf(cause)}`, { at: { path }, cause });
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Keeps objects as one JSON file each (`<directory>/<collection>/<id>.json`), written whole under one lock. */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError, messageOf } from '../../base/errors.ts';
import { withLock } from './lock.ts';

export interface JsonStore {
  /** All objects of a collection, by rising id. */
  list<T>(collection: string): Promise<readonly T[]>;
  /** @throws KitError `forge-not-found` */
  get<T>(collection: string, id: number): Promise<T>;
  /** Runs the body under the lock; only inside it may objects be written. */
  change<T>(body: (write: JsonWriter) => Promise<T>): Promise<T>;
  pathOf(collection: string, id: number): string;
}

export interface JsonWriter {
  /** The next free id over some collections (issues and pull requests share their numbers); ids of removed objects never return. */
  nextId(...collections: readonly string[]): Promise<number>;
  put(collection: string, id: number, value: unknown): Promise<void>;
  /** Moves the object aside as `<id>.json.removed`. */
  remove(collection: string, id: number): Promise<void>;
}

export function createJsonStore(directory: string): JsonStore {
  const pathOf = (collection: string, id: number): string => join(directory, collection, `${id}.json`);
  const idsOf = async (collection: string, pattern = /^(\d+)\.json$/): Promise<readonly number[]> => {
    const names = await readdir(join(directory, collection)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw unreadable(join(directory, collection), error);
    });
    return names
      .flatMap((name) => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  };
  const read = async <T>(collection: string, id: number): Promise<T | undefined> => {
    const path = pathOf(collection, id);
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unreadable(path, error);
    }
  };
  const writer: JsonWriter = {
    async nextId(...collections) {
      const ids = await Promise.all(collections.map((collection) => idsOf(collection, /^(\d+)\.json(?:\.removed)?$/)));
      return Math.max(0, ...ids.map((known) => known.at(-1) ?? 0)) + 1;
    },
    put: (collection, id, value) => writeWhole(pathOf(collection, id), `${JSON.stringify(value, null, 2)}\n`),
    remove: (collection, id) => rename(pathOf(collection, id), `${pathOf(collection, id)}.removed`),
  };
  return {
    pathOf,
    async list<T>(collection: string) {
      const values = await Promise.all((await idsOf(collection)).map((id) => read<T>(collection, id)));
      return values.filter((value) => value !== undefined);
    },
    async get<T>(collection: string, id: number) {
      const value = Number.isInteger(id) ? await read<T>(collection, id) : undefined;
      if (value === undefined)
        throw new KitError('forge-not-found', `Cannot find ${collection} "${id}" in the local forge ${directory}`);
      return value;
    },
    async change(body) {
      await mkdir(directory, { recursive: true });
      return withLock(join(directory, 'lock'), () => body(writer));
    },
  };
}

/** Temporary name, flush, rename: after a crash the file holds its old or its new content. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function unreadable(path: string, error: unknown): KitError {
  return new KitError('forge-unreachable', `Cannot read local forge file "${path}": ${messageOf(error)}`, {
    hint: 'Remove the damaged file, or the whole folder to start with an empty local forge.',
    cause: error,
  });
}

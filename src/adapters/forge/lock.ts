/** Decides which process may write the local forge: one lock file that survives crashes of its holder. */

import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '../../base/errors.ts';

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

export interface LockOptions {
  /** Milliseconds to wait for the lock. */
  readonly deadline?: number;
  /** Milliseconds after which a lock is stale even if its holder cannot be asked (another machine, a reused pid). */
  readonly staleAfter?: number;
}

/**
 * Runs `body` while holding the lock file. The file appears with its whole content (hard link of a finished file), so a reader
 * never sees half a holder.
 *
 * @throws KitError `forge-unreachable` when the deadline passes
 */
export async function withLock<T>(path: string, body: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const holder = await acquire(path, options);
  try {
    return await body();
  } finally {
    // Only our own lock: past `staleAfter` another process may have taken it over.
    if ((await readHolder(path))?.token === holder.token) await rm(path, { force: true });
  }
}

async function acquire(path: string, options: LockOptions): Promise<Holder> {
  const { deadline = 30_000, staleAfter = 60_000 } = options;
  const holder: Holder = { token: randomBytes(8).toString('hex'), pid: process.pid, host: hostname() };
  const start = performance.now();
  for (let wait = 2; ; wait = Math.min(wait * 2, 50)) {
    if (await tryCreate(path, holder)) return holder;
    await removeStale(path, { deadline, staleAfter });
    if (performance.now() - start > deadline) {
      const other = await readHolder(path);
      throw new KitError(
        'forge-unreachable',
        `Cannot lock "${path}": process ${other?.pid ?? '?'} on ${other?.host ?? '?'} has held it for ${Math.round(deadline / 1000)} s`,
        { hint: 'Wait for that process, or remove the lock file when it is gone.' },
      );
    }
    await sleep(wait * (0.5 + Math.random()));
  }
}

async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  const finished = `${path}.new-${holder.token}`;
  await writeFile(finished, JSON.stringify(holder), { flag: 'wx' });
  try {
    await link(finished, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(finished, { force: true });
  }
}

/**
 * Removes a lock whose holder is gone. Two processes that both see the same dead holder must not remove one after the other, or the
 * second would remove the first one's fresh lock: so removing the lock of token T needs the lock named after T, and the holder is read
 * again under it. Nobody else can change the file between that reading and the removal.
 */
async function removeStale(path: string, options: Required<LockOptions>): Promise<void> {
  const seen = await readHolder(path);
  if (seen === undefined || !(await isStale(path, seen, options.staleAfter))) return;
  await withLock(
    `${path}.${seen.token}`,
    async () => {
      if ((await readHolder(path))?.token === seen.token) await rm(path, { force: true });
    },
    options,
  );
}

async function isStale(path: string, holder: Holder, staleAfter: number): Promise<boolean> {
  if (holder.host === hostname() && !isAlive(holder.pid)) return true;
  const age = await stat(path).then(
    (found) => Date.now() - found.mtimeMs,
    () => 0,
  );
  return age > staleAfter;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { token, pid, host } = JSON.parse(text) as Partial<Holder>;
    if (typeof token === 'string' && /^[0-9a-f]+$/.test(token) && typeof pid === 'number' && typeof host === 'string')
      return { token, pid, host };
  } catch {
    // Falls through: no lock of ours has such content.
  }
  throw new KitError('forge-unreachable', `Cannot lock "${path}": the lock file is damaged`, {
    hint: 'Remove the file when no command is running.',
  });
}

/** Keeps the model server of the demo in the background, as `mlops-kit serve --follow` on some machine would be. */

import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kitCommand, start } from './children.ts';
import type { Demo } from './demo.ts';

let server: ChildProcess | undefined;
let listening: string | undefined;

/** Starts the server on a free port and resolves to its address. */
export async function startServer(demo: Demo, manifest: string): Promise<string> {
  const [file, ...prefix] = kitCommand();
  const addressFile = join(demo.scratch.top, 'server-address');
  rmSync(addressFile, { force: true });
  const args = ['serve', '--follow', manifest, '--port', '0', '--address-file', addressFile];
  server = start(file!, [...prefix, ...args], demo.scratch.work);
  process.once('exit', () => server?.kill());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  let said = '';
  server.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  server.stdout!.resume();
  for (let waited = 0; waited < 15_000; waited += 50) {
    if (existsSync(addressFile)) {
      const address = readFileSync(addressFile, 'utf8').trim();
      if (address !== '') {
        listening = address;
        return address;
      }
    }
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}: ${said.trim()}`);
    await sleep(50);
  }
  throw new Error(`the server did not listen within 15 s: ${said.trim()}`);
}

export function serverAddress(): string {
  if (listening === undefined) throw new Error('no server was started');
  return listening;
}

/** Asks the server to end, and waits for it. */
export async function stopServer(): Promise<void> {
  const running = server;
  server = undefined;
  if (running === undefined || running.exitCode !== null) return;
  const ended = new Promise((resolve) => running.once('close', resolve));
  running.kill('SIGTERM');
  const late = setTimeout(() => running.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}

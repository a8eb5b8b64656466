/** Connects the command line to this process: streams, signals, compile cache and exit code. */

import { enableCompileCache } from 'node:module';
import { renderBug } from './messages.ts';
import { version } from './version.ts';

export async function main(): Promise<void> {
  enableCompileCache();
  // Ctrl-C needs no handler: the process port passes it on to the children it runs, and alone the default ends this process.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${renderBug(error, { stack: true, tool: `mlops-kit ${version}` })}\n`);
    process.exit(70);
  });
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const { runCli } = await import('./run-cli.ts');
  process.exitCode = await runCli({
    args: process.argv.slice(2),
    variables: process.env,
    directory: process.cwd(),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    terminal: {
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
      columns: () => process.stderr.columns ?? 80,
    },
  });
}

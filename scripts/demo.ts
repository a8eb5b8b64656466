/** `npm run demo`: plays the whole loop on real flights in a scratch repository, and fails if any step does not happen as it must. */

import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kitRoot } from './demo/children.ts';
import { bold, dim, formatTable, green, print, red, seconds } from './demo/console.ts';
import { createDemo, type Step } from './demo/demo.ts';
import { makeScratch, shorter } from './demo/scratch.ts';
import { stopServer } from './demo/server.ts';
import { steps } from './demo/steps.ts';

interface Played {
  readonly step: Step;
  readonly verdict: string;
  readonly happened: boolean;
  readonly milliseconds: number;
}

const { values } = parseArgs({
  options: { directory: { type: 'string', default: join(kitRoot, 'demo-scratch') }, until: { type: 'string' } },
});
const top = resolve(values.directory);
const chosen =
  values.until === undefined ? steps : steps.slice(0, steps.findIndex(({ letter }) => letter === values.until) + 1);

print(bold('mlops-kit: the whole loop on three million real flights, January to June 2001'));
const scratch = await makeScratch(top);
print(`scratch repository ${scratch.work}`);
print(dim(`its mlops.yaml is the example's, but for ${shorter.map(([from, to]) => `${from} → ${to}`).join(', ')}`));
print(dim('remote: a bare repository beside it; forge: the embedded one; data remote: a folder; no network'));
const from = performance.now();
const played = await playAll();
printTable(played, performance.now() - from);
process.exitCode = played.every(({ happened }) => happened) ? 0 : 1;

/** A step that fails stops the demo: every later one builds on it. */
async function playAll(): Promise<readonly Played[]> {
  const demo = createDemo(scratch);
  const done: Played[] = [];
  try {
    for (const step of chosen) {
      print(`\n${bold(`(${step.letter}) ${step.title}`)}`);
      const start = performance.now();
      const outcome = await playOne(step, () => step.play(demo));
      done.push({ step, ...outcome, milliseconds: performance.now() - start });
      if (!outcome.happened) break;
    }
  } finally {
    await stopServer();
  }
  return done;
}

async function playOne(step: Step, play: () => Promise<string>): Promise<Pick<Played, 'verdict' | 'happened'>> {
  try {
    const verdict = await play();
    print(`    ${green('as it must be')}: ${verdict}`);
    return { verdict, happened: true };
  } catch (error) {
    print(`    ${red(`(${step.letter}) did not happen as it must`)}: ${(error as Error).message}`);
    return { verdict: (error as Error).message.split('\n')[0]!, happened: false };
  }
}

function printTable(played: readonly Played[], total: number): void {
  const rows = played.map(({ step, verdict, happened, milliseconds }) => [
    `(${step.letter})`,
    step.title,
    happened ? 'yes' : 'NO',
    seconds(milliseconds).padStart(6),
    verdict,
  ]);
  const missing = chosen.slice(played.length).map((step) => [`(${step.letter})`, step.title, 'NO', '', 'not played']);
  print();
  for (const line of formatTable([['', 'step', 'as it must', ' time', 'verdict'], ...rows, ...missing])) print(line);
  print(`\n${seconds(total)} in all. The repository is left for you:`);
  const shown = relative(process.cwd(), scratch.work) || '.';
  print(`  git -C ${shown} tag -l`);
  // Through npm, so that the Node of the project runs it whatever the machine has.
  print(`  npm exec -- mlops-kit registry show --working-directory ${shown}`);
}

/** The way of a candidate from training to production, shared by the steps that walk it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Demo, Document } from './demo.ts';
import { count, fixed, interval } from './numbers.ts';
import { readHeldOut, startTraffic } from './requests.ts';

export const model = 'flight-delay';
export const manifestPath = `deploy/production/${model}.yaml`;

/** The whole dataset, as the evidence that register and promote ask for. */
export async function validateDataset(demo: Demo): Promise<void> {
  const { document } = await demo.kit(['validate-data'], {
    say: ({ verdict, rows, checks }) => `${verdict}: ${count(rows)} rows, ${checks} checks`,
  });
  demo.see(document.verdict === 'pass', 'the dataset keeps the data contract');
}

/** Runs the pipeline; only the stages run whose inputs changed. */
export async function train(demo: Demo): Promise<Document> {
  const { document } = await demo.kit(['train'], {
    say: ({ stages, runId }) => `run ${runId}: ${stages.map(describeStage).join(', ')}`,
  });
  return document;
}

function describeStage({ name, status, seconds }: Document): string {
  return status === 'ran' ? `${name} ran (${fixed(seconds, 1)} s)` : `${name} ${status}`;
}

/** One line per gate, the slices in one line. */
export async function evaluate(demo: Demo, exit: number): Promise<Document> {
  const { document } = await demo.kit(['evaluate'], {
    exit,
    say: ({ champion, rows }) =>
      champion === null
        ? `${count(rows)} rows, no champion yet`
        : `${count(rows)} rows, against champion ${champion.version}`,
  });
  const [slices, gates] = [true, false].map((sliced) =>
    document.gates.filter((gate: Document) => (gate.slice !== undefined) === sliced),
  );
  for (const { verdict, rule, candidate, champion, difference, kind } of gates) {
    if (kind === 'budget') demo.tell(`  ${verdict.padEnd(12)} ${rule}: ${count(candidate.value)}`);
    else if (difference === undefined || kind === 'min' || kind === 'max')
      demo.tell(`  ${verdict.padEnd(12)} ${rule}: ${interval(candidate)}`);
    else {
      const both = champion === undefined ? '' : `${fixed(champion.value)} to ${fixed(candidate.value)}, `;
      demo.tell(`  ${verdict.padEnd(12)} ${rule}: ${both}difference ${interval(difference)}`);
    }
  }
  const passed = slices.filter((gate: Document) => gate.verdict === 'pass').length;
  if (slices.length > 0) demo.tell(`  ${slices.length} slices: ${passed} pass`);
  return document;
}

/** Keeps the artifacts, writes the version tag and both stage tags; resolves to the version. */
export async function release(demo: Demo, title: string): Promise<string> {
  await demo.kit(['sync-data', 'push'], {
    say: (document) => `stored in the data remote (${count(document.transferredBytes ?? 0)} bytes)`,
  });
  await demo.commit(title);
  const { document } = await demo.kit(['register'], {
    say: ({ tag, commit }) => `tag ${tag} on result commit ${commit.slice(0, 8)}`,
  });
  const { version, tag } = document;
  await demo.kit(['promote', model, 'staging'], { say: (assigned) => `tag ${assigned.tag}` });
  const promoted = await demo.kit(['promote', model, 'production'], { say: (assigned) => `tag ${assigned.tag}` });
  const tags = await demo.tags();
  demo.see(
    tags.includes(tag) && tags.includes(promoted.document.tag),
    `${tag} and ${promoted.document.tag} are in the remote`,
  );
  return version;
}

/** Follows the rollout to its end while held-out flights are sent to the server. */
export async function rollOut(demo: Demo, address: string, exit: number): Promise<Document> {
  const flights = await readHeldOut(`${demo.scratch.work}/data/prepared/test.parquet`, 5000);
  await demo.kit(['deploy', 'start', 'production'], { say: ({ because }) => because });
  const traffic = startTraffic(address, model, flights, 350);
  demo.tell('held-out flights are replayed as live requests');
  try {
    const { document } = await demo.kit(['deploy', 'watch', 'production', '--interval', '500ms', '--timeout', '60s'], {
      exit,
      say: ({ version, phase }) => `${version} is ${phase}`,
    });
    for (const { phase, weight, because } of document.transitions) {
      demo.tell(`  ${phase.padEnd(11)} ${String(weight).padStart(3)} %  ${because}`);
    }
    return document;
  } finally {
    await traffic.stop();
    const statuses = [...traffic.answered].map(([status, n]) => `${count(n)} with status ${status}`);
    demo.tell(`  requests answered: ${statuses.join(', ')}`);
  }
}

/** Without a stable version there is nothing to compare with: the first one takes all traffic at once. */
export async function rollOutFirst(demo: Demo): Promise<Document> {
  const { document } = await demo.kit(['deploy', 'start', 'production'], {
    say: ({ phase, because }) => `${phase}: ${because}`,
  });
  return document;
}

/** Asks the server until it names the version as the only one it serves. */
export async function waitUntilServed(address: string, version: string): Promise<boolean> {
  for (let waited = 0; waited < 10_000; waited += 100) {
    const response = await fetch(`${address}/v2/models/${model}`).catch(() => undefined);
    const metadata = response?.ok ? ((await response.json()) as { versions?: readonly string[] }) : undefined;
    if (metadata?.versions?.length === 1 && metadata.versions[0] === version) return true;
    await sleep(100);
  }
  return false;
}

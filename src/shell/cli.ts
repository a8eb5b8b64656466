#!/usr/bin/env node
/** The bin entry: refuses an old Node in one line, then starts the command line. */

import { refuseNode } from './node-gate.ts';

const refusal = refuseNode(process.versions.node);
if (refusal === undefined) {
  import('./main.ts').then(({ main }) => main());
} else {
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 2;
}

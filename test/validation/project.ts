/** A scratch project with one dataset `d`, real tables, files and git, for tests of validate-data. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createNativeLoader } from '../../src/adapters/native-modules.ts';
import { createTables } from '../../src/adapters/tables/tables.ts';
import { createRandom } from '../../src/base/random.ts';
import { command } from '../../src/commands/validate-data.ts';
import type { Finding, ValidationReport } from '../../src/formats/validation-report.ts';
import { createTestPorts } from '../registry/ports.ts';
import { createYard } from '../registry/repositories.ts';

const config = 'version: 1\ndatasets: {d: {path: data.csv, contract: c.yaml, profile: p.json}}\n';

/** `atEnd` is vitest's onTestFinished, or afterAll for a project that several tests share. */
export async function createProject(
  files: Record<string, string> = {},
  atEnd: (clean: () => Promise<void>) => void = onTestFinished,
) {
  const yard = createYard();
  const repository = yard.clone('work');
  repository.commit({ '.gitignore': '/.mlops/\n', 'mlops.yaml': config, ...files });
  const { root } = repository;
  const ports = createTestPorts(root);
  const tables = await createTables({ root, loadNative: createNativeLoader({ root, download: false }) });
  Object.assign(ports, { tables: async () => tables });
  atEnd(async () => {
    await tables.close();
    await ports[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });
  const validate = async (inputs: Record<string, unknown> = {}, common: Record<string, unknown> = {}) => {
    const parsed = command.inputs.parse({ record: false, ...inputs });
    const result = await command.run(ports, { config: 'mlops.yaml', 'dry-run': false, ...common, ...parsed });
    return { ...result, report: result.document as unknown as ValidationReport };
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  return { repository, ports, tables, validate, read, root };
}

/** Findings as `column rule severity failing`, sorted. */
export function shortOf(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ column = '-', rule, severity, failing = '' }) => `${column} ${rule} ${severity} ${failing}`.trim())
    .sort();
}

/** A contract of one dataset from its properties and quality rules, both as YAML flow text. */
export function contractOf(properties: readonly string[], quality: readonly string[] = [], more = ''): string {
  return `apiVersion: v3.1.0
kind: DataContract
id: d
version: 1.0.0
status: active
schema:
  - name: d
    customProperties: [{property: mlops-baseline, value: none}${more}]
    quality: [${quality.join(', ')}]
    properties:
${properties.map((property) => `      - ${property}`).join('\n')}
`;
}

export interface Batch {
  readonly rows?: number;
  readonly seed?: number;
  /** Multiplies the length of the way. */
  readonly unit?: number;
  /** Share of rows without a length. */
  readonly nulls?: number;
  /** Share of rows from a town nobody knows. */
  readonly unknown?: number;
  readonly columns?: (names: readonly string[], rows: readonly (readonly string[])[]) => readonly (readonly string[])[];
}

/** Ways with an id, a day, a length, a town, a flag and a weight. */
export function batchOf({ rows = 2000, seed = 1, unit = 1, nulls = 0, unknown = 0, columns }: Batch = {}): string {
  const random = createRandom(seed);
  const towns = ['Bern', 'Graz', 'Lyon', 'Turin'];
  const names = ['id', 'day', 'length', 'town', 'paid', 'weight'];
  const lines = Array.from({ length: rows }, (_, row) => [
    String(row + 1),
    `2001-02-${String((row % 28) + 1).padStart(2, '0')}`,
    random.next() < nulls ? '' : (Math.exp(random.next() * 3) * 100 * unit).toFixed(2),
    random.next() < unknown ? 'Ulm' : towns[random.below(4)]!,
    random.next() < 0.3 ? 'true' : 'false',
    (1 + random.next()).toFixed(6),
  ]);
  const table = columns === undefined ? [names, ...lines] : columns(names, lines);
  return `${table.map((line) => line.join(',')).join('\n')}\n`;
}

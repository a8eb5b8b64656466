/** Plans every generated file from the command table and the formats; writing and checking both start from this plan. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../../src/base/markdown.ts';
import type { Command } from '../../src/commands/command.ts';
import { type CommandEntry, commandTable } from '../../src/commands/table.ts';
import { type FileFormat, fileFormats } from '../../src/formats/schemas.ts';
import { renderActionReadme, renderActionYml, renderFrontActionYml, renderMain } from './action-files.ts';
import { renderFormatsPage, renderJsonSchema } from './format-files.ts';
import { replaceBetween } from './markers.ts';

export interface PlanOptions {
  /** Folder of the repository, for the hand-written parts that are kept. */
  readonly root: string;
  readonly table?: readonly CommandEntry[];
  readonly formats?: readonly FileFormat[];
}

/** Path to content; null for a file that has to go. */
export async function planGenerated(options: PlanOptions): Promise<ReadonlyMap<string, string | null>> {
  const { root, table = commandTable, formats = fileFormats } = options;
  const read = (path: string): string | undefined =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const plan = new Map<string, string | null>();
  for (const path of [...list(root, 'actions'), ...list(root, 'schemas')]) plan.set(path, null);
  for (const entry of table) {
    const command = await entry.load();
    assertSame(entry, command);
    if (entry.action === false) continue;
    const folder = `actions/${command.name}`;
    plan.set(`${folder}/action.yml`, renderActionYml(command));
    plan.set(`${folder}/main.ts`, renderMain(command));
    plan.set(`${folder}/README.md`, renderActionReadme(command, read(`${folder}/README.md`)));
  }
  plan.set('action.yml', renderFrontActionYml(table.map((entry) => entry.name)));
  for (const format of formats) plan.set(`schemas/${format.name}.schema.json`, renderJsonSchema(format));
  plan.set('docs/formats.md', renderFormatsPage(formats));
  plan.set('src/shell/version.ts', renderVersion(read('package.json') ?? '{}'));
  const readme = read('README.md');
  if (readme !== undefined) plan.set('README.md', replaceBetween(readme, 'commands', commandsTable(table)));
  return plan;
}

/** Paths whose committed content differs from the plan. */
export function findStale(plan: ReadonlyMap<string, string | null>, root: string): readonly string[] {
  const paths = [...plan].flatMap(([path, content]) => {
    const file = join(root, path);
    const now = existsSync(file) ? readFileSync(file, 'utf8') : null;
    return now === content ? [] : [path];
  });
  return paths.sort();
}

function assertSame(entry: CommandEntry, command: Command): void {
  if (entry.name !== command.name || entry.summary !== command.summary) {
    throw new Error(
      `src/commands/table.ts says "${entry.name}: ${entry.summary}", the command says "${command.name}: ${command.summary}"`,
    );
  }
}

function commandsTable(table: readonly CommandEntry[]): string {
  const rows = table.map((entry) => {
    const name = entry.action === false ? `\`${entry.name}\`` : `[\`${entry.name}\`](actions/${entry.name}/README.md)`;
    return [name, entry.summary.replace(/\|/g, '\\|')];
  });
  return markdownTable(['command', 'what it does'], rows);
}

function renderVersion(packageJson: string): string {
  const { version } = JSON.parse(packageJson) as { readonly version: string };
  return `/** The kit's version; written by \`npm run generate\` from package.json. */\nexport const version = '${version}';\n`;
}

function list(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

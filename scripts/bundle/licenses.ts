/** Renders the licences of the packages that are bundled, as their licences ask for. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `inputs` are the bundled files, relative to `root`. @throws Error for a package that states no licence */
export function renderLicenses(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((path) => packageFolder(path) ?? []));
  const blocks = [...folders].map((folder) => describePackage(join(root, folder)));
  blocks.sort((a, b) => (a.title < b.title ? -1 : 1));
  const seen = new Set<string>();
  const texts = blocks.flatMap(({ title, text }) => {
    if (seen.has(title)) return [];
    seen.add(title);
    return [`${title}\n${'-'.repeat(title.length)}\n\n${text.trim()}\n`];
  });
  return `The files in this folder contain these packages.\n\n${texts.join('\n\n')}`;
}

/** `node_modules/@scope/name`, also of a nested package. */
function packageFolder(path: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function describePackage(folder: string): { readonly title: string; readonly text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined) throw new Error(`${name} ${version} is bundled and states no licence`);
  const files = readdirSync(folder)
    .filter((file) => /^(licen[sc]e|copying|notice)([.-].*)?$/i.test(file))
    .sort();
  const text = files
    .map((file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''))
    .join('\n');
  return { title: `${name} ${version} (${license})`, text: text.replace(/\r\n/g, '\n') || `License: ${license}` };
}

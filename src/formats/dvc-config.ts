/** .dvc/config: sections of key = value lines (ConfigObj INI), remotes among them. */

import { KitError } from '../base/errors.ts';

/** Section name as written inside the brackets, without quotes, for example `remote "storage"`; keys in lower case. */
export type DvcConfigSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** @throws KitError `dvc-config-malformed` with the line */
export function parseDvcConfig(text: string, path: string): DvcConfigSections {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[\s*(.*?)\s*\](?:\s*#.*)?$/.exec(line)?.[1];
    if (header !== undefined && !header.startsWith('[')) {
      const name = unquote(header);
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const pair = /^("[^"]*"|'[^']*'|[^=]+?)\s*=\s*(.*)$/.exec(line);
    if (pair === null || current === undefined) {
      throw new KitError(
        'dvc-config-malformed',
        `Cannot read DVC config "${path}": line ${index + 1} is no "key = value"`,
        {
          at: { path, line: index + 1 },
          hint: 'Sections look like [core], entries like remote = storage.',
        },
      );
    }
    current.set(unquote(pair[1]!).toLowerCase(), readValue(pair[2]!));
  }
  return sections;
}

/** Later levels win, key by key. */
export function mergeDvcConfig(levels: readonly DvcConfigSections[]): DvcConfigSections {
  const merged = new Map<string, Map<string, string>>();
  for (const level of levels) {
    for (const [name, entries] of level) merged.set(name, new Map([...(merged.get(name) ?? []), ...entries]));
  }
  return merged;
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted === null ? text : quoted[2]!;
}

/** A quoted value may hold `#`; elsewhere a `#` after white space starts a comment. */
function readValue(text: string): string {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(text);
  return quoted === null ? text.replace(/\s+#.*$/, '').replace(/^#.*$/, '') : quoted[2]!;
}

/** Decides which paths .dvcignore and .gitignore files hide; rules of deeper folders come later and win. */

import ignore from 'ignore';

export interface IgnoreFile {
  /** Folder of the file, from the root; empty for the root. */
  readonly directory: string;
  readonly text: string;
}

export interface IgnoreRules {
  /** Path from the root, `/` separators. A hidden folder hides all below it: do not descend. */
  ignores(path: string, isDirectory: boolean): boolean;
}

/** What DVC never looks into. */
export const dvcIgnoreDefaults = ['.hg/', '.git/', '.git', '.dvc/'];

/** Files must be given parents first. */
export function createIgnoreRules(files: readonly IgnoreFile[], defaults: readonly string[] = []): IgnoreRules {
  const matcher = ignore({ ignorecase: false });
  matcher.add([...defaults]);
  for (const file of files) {
    const rules = file.text.split(/\r?\n/).flatMap((line) => placeRule(line, file.directory));
    matcher.add(rules);
  }
  return { ignores: (path, isDirectory) => matcher.ignores(isDirectory ? `${path}/` : path) };
}

/** A rule of a deeper folder, written as one of the root. */
function placeRule(line: string, directory: string): readonly string[] {
  const rule = line.trimEnd();
  if (rule === '' || rule.startsWith('#')) return [];
  if (directory === '') return [rule];
  const negated = rule.startsWith('!') ? '!' : '';
  const pattern = rule.slice(negated.length);
  const place = directory.replace(/[\\*?[\]!# ]/g, '\\$&');
  const anchored = pattern.replace(/\/$/, '').includes('/');
  return [`${negated}/${place}/${anchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`];
}

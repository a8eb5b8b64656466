/** Keeps tracked data out of git: the .gitignore entries that DVC writes beside the data. */

import { createIgnoreRules, type IgnoreFile } from '../../domain/data/ignore-rules.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';

/** Adds `/name` to the .gitignore beside a path, unless a rule hides it already. Returns whether the file changed. */
export async function ignoreInGit(
  ports: Pick<DataPorts, 'files'>,
  repository: DvcRepository,
  path: string,
  isDirectory: boolean,
): Promise<boolean> {
  const parts = path.split('/');
  const name = parts.at(-1)!;
  const files: IgnoreFile[] = [];
  for (let length = 0; length < parts.length; length++) {
    const directory = parts.slice(0, length).join('/');
    const file = repository.at(`${directory}/.gitignore`);
    if (await ports.files.exists(file)) files.push({ directory, text: await ports.files.readText(file) });
  }
  if (createIgnoreRules(files).ignores(path, isDirectory)) return false;
  const file = repository.at([...parts.slice(0, -1), '.gitignore'].join('/'));
  const before = (await ports.files.exists(file)) ? await ports.files.readText(file) : '';
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  await ports.files.write(file, `${before}${gap}/${name.replace(/[[\]!*#?]/g, '\\$&')}\n`);
  return true;
}

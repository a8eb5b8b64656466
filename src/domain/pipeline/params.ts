/** Picks tracked parameters out of a parameter file by dotted keys. */

import { KitError } from '../../base/errors.ts';
import { isPythonList, isPythonMap, type PythonMap, type PythonValue } from '../../formats/python-value.ts';

/** Values by dotted key; all of the file for no keys. Keys that are not there are left out. */
export function selectParams(values: PythonMap, keys: readonly string[]): PythonMap {
  if (keys.length === 0) return values;
  const found = keys.flatMap((key) => {
    const value = selectParam(values, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(found);
}

function selectParam(values: PythonMap, key: string): PythonValue | undefined {
  let value: PythonValue | undefined = values;
  for (const part of key.split('.')) {
    if (isPythonMap(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else if (isPythonList(value) && /^\d+$/.test(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}

/** @throws KitError `params-missing` when a tracked key is not in the file */
export function assertParams(file: string, values: PythonMap, keys: readonly string[]): void {
  const missing = keys.filter((key) => !Object.hasOwn(values, key));
  if (missing.length === 0) return;
  throw new KitError('params-missing', `Cannot read parameters "${missing.join(', ')}": they are not in "${file}"`, {
    hint: 'Add them to the file, or remove them from dvc.yaml.',
    at: { path: file },
  });
}

/** Fills in the `${...}` of dvc.yaml from parameters and variables, by the rules of DVC's parsing. */

import { KitError } from '../../base/errors.ts';
import {
  floatOf,
  formatPythonFloat,
  isPythonFloat,
  isPythonList,
  isPythonMap,
  isPythonTimestamp,
  type PythonMap,
  type PythonValue,
  timestampOf,
} from '../../formats/python-value.ts';

const expression = /(?<!\\)\$\{(.*?)\}/g;

/** One source of variables, for messages about what was defined twice. */
export interface VariableSource {
  readonly name: string;
  readonly values: PythonMap;
}

/** @throws KitError `pipeline-variable-redefined` */
export function mergeVariables(sources: readonly VariableSource[]): PythonMap {
  return sources.reduce<PythonMap>((merged, source) => mergeMaps(merged, source.values, source.name, ''), {});
}

function mergeMaps(into: PythonMap, from: PythonMap, source: string, prefix: string): PythonMap {
  const merged: Record<string, PythonValue> = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const known = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (known === undefined) merged[key] = value;
    else if (isPythonMap(known) && isPythonMap(value))
      merged[key] = mergeMaps(known, value, source, `${prefix}${key}.`);
    else {
      throw new KitError(
        'pipeline-variable-redefined',
        `Cannot use variable "${prefix}${key}" of ${source}: it is defined already`,
        { hint: 'Rename one of the two, or load only some keys with "file.yaml:key1,key2".' },
      );
    }
  }
  return merged;
}

/**
 * Text with its expressions filled in. A mapping is allowed in commands only, where it becomes command-line flags.
 *
 * @throws KitError `pipeline-variable-unknown`, `pipeline-variable-unusable`
 */
export function fillTemplate(text: string, variables: PythonMap, options: { readonly command: boolean }): string {
  const filled = text.replace(expression, (_whole, inner: string) => {
    const value = selectVariable(inner, variables);
    if (isPythonList(value) || (isPythonMap(value) && !options.command)) {
      throw new KitError(
        'pipeline-variable-unusable',
        `Cannot use variable "${inner}": a ${isPythonList(value) ? 'list' : 'mapping'} cannot stand in this text`,
        { hint: 'Name one of its entries, for example list[0] or map.key.' },
      );
    }
    return isPythonMap(value) ? formatFlags(value, inner) : formatScalar(value);
  });
  return filled.replaceAll('\\${', '${');
}

function selectVariable(inner: string, variables: PythonMap): PythonValue {
  const keys = inner.trim().replaceAll('[', '.').replaceAll(']', '').split('.');
  let value: PythonValue | undefined = variables;
  for (const key of keys) {
    const name: string = key.trim();
    if (isPythonMap(value)) value = Object.hasOwn(value, name) ? value[name] : undefined;
    else if (isPythonList(value) && /^-?\d+$/.test(name)) value = value.at(Number(name));
    else value = undefined;
    if (value === undefined) {
      throw new KitError('pipeline-variable-unknown', `Cannot fill in "\${${inner}}": there is no such variable`, {
        hint: 'Define it in params.yaml or under vars.',
      });
    }
  }
  return value;
}

function formatScalar(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'object') {
    if (isPythonFloat(value)) return formatPythonFloat(floatOf(value));
    if (isPythonTimestamp(value)) return timestampOf(value);
  }
  return String(value);
}

/** Nested keys are dotted, true is the flag alone, false is nothing, a list repeats its values after one flag. */
function formatFlags(map: PythonMap, name: string): string {
  const flags: string[] = [];
  for (const [key, value] of flatten(map, '')) {
    if (value === false) continue;
    if (value === true) flags.push(`--${key}`);
    else if (isPythonList(value)) {
      if (value.some((item) => isPythonList(item) || isPythonMap(item))) {
        throw new KitError('pipeline-variable-unusable', `Cannot use variable "${name}": "${key}" is a nested list`);
      }
      if (value.length > 0) flags.push(`--${key} ${value.map(flagValue).join(' ')}`);
    } else flags.push(`--${key} ${flagValue(value)}`);
  }
  return flags.join(' ');
}

function flatten(map: PythonMap, prefix: string): readonly (readonly [string, PythonValue])[] {
  return Object.entries(map).flatMap(([key, value]) =>
    isPythonMap(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const],
  );
}

function flagValue(value: PythonValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? quoteForShell(value) : formatScalar(value);
}

/** `shlex.quote` of Python. */
function quoteForShell(text: string): string {
  if (text !== '' && !/[^\w@%+=:,./-]/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

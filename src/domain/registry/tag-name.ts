/** Converts registry tags in GTO's grammar to values and back. */

import { KitError } from '../../base/errors.ts';
import { semverPattern } from '../../base/semver.ts';

/** What a tag says, by its name alone. `artifact` is the full name, with `:` after the folder where the tag has `=`. */
export type TagName =
  | { readonly kind: 'registration'; readonly artifact: string; readonly version: string; readonly counter?: number }
  | { readonly kind: 'deregistration'; readonly artifact: string; readonly version: string; readonly counter?: number }
  | { readonly kind: 'assignment'; readonly artifact: string; readonly stage: string; readonly counter?: number }
  | { readonly kind: 'unassignment'; readonly artifact: string; readonly stage: string; readonly counter?: number }
  | { readonly kind: 'deprecation'; readonly artifact: string; readonly counter?: number }
  | { readonly kind: 'creation'; readonly artifact: string; readonly counter?: number };

// gto/constants.py, version 1.10: name, dirname, and tag_re.
const name = '[a-zA-Z0-9](?:[a-zA-Z0-9\\-/_]*[a-zA-Z0-9])?';
const directory = '[a-zA-Z0-9\\-_./]+';
const grammar = new RegExp(
  `^(?<artifact>(?:${directory}=)?${name})` +
    `(?:(?:#(?<stage>${name})|@(?<version>v${semverPattern}))(?<cancel>!?)|@(?:(?<deprecated>deprecated)|(?<created>created)))` +
    '(?:#(?<counter>[0-9]+))?$',
);
const stageForm = new RegExp(`^${name}$`);

/** Undefined for a name outside the grammar, and for a counter too great to be counted on. */
export function parseTagName(tag: string): TagName | undefined {
  const groups = grammar.exec(tag)?.groups;
  if (groups === undefined) return undefined;
  const { stage, version, cancel, deprecated } = groups;
  const artifact = groups.artifact!.replace('=', ':');
  const counter = groups.counter === undefined ? undefined : Number(groups.counter);
  if (counter !== undefined && !Number.isSafeInteger(counter + 1)) return undefined;
  const base = counter === undefined ? { artifact } : { artifact, counter };
  if (version !== undefined) return { ...base, kind: cancel === '!' ? 'deregistration' : 'registration', version };
  if (stage !== undefined) return { ...base, kind: cancel === '!' ? 'unassignment' : 'assignment', stage };
  return { ...base, kind: deprecated === undefined ? 'creation' : 'deprecation' };
}

/** @throws KitError `tag-name-malformed` for a value that the grammar or git's rules for refs cannot hold */
export function formatTagName(tag: TagName): string {
  const text = `${tag.artifact.replace(':', '=')}${actionOf(tag)}${tag.counter === undefined ? '' : `#${tag.counter}`}`;
  const reread = parseTagName(text);
  const same = reread !== undefined && JSON.stringify(sorted(reread)) === JSON.stringify(sorted(tag));
  if (same && isRefSafe(text)) return text;
  throw new KitError('tag-name-malformed', `Cannot format tag "${text}": it is outside the grammar of registry tags`, {
    hint: 'Names start and end with a letter or digit and hold letters, digits, "-", "_" and "/"; versions look like v1.2.3.',
  });
}

function actionOf(tag: TagName): string {
  switch (tag.kind) {
    case 'registration':
      return `@${tag.version}`;
    case 'deregistration':
      return `@${tag.version}!`;
    case 'assignment':
      return `#${tag.stage}`;
    case 'unassignment':
      return `#${tag.stage}!`;
    case 'deprecation':
      return '@deprecated';
    case 'creation':
      return '@created';
  }
}

function sorted(tag: TagName): readonly (readonly [string, unknown])[] {
  return Object.entries(tag).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** git check-ref-format: the rules the grammar does not imply. */
function isRefSafe(text: string): boolean {
  return !/\.\.|\/\/|\/\.|^\.|\/$|^\/|\.lock(?:\/|$)/.test(text);
}

export function isStageName(text: string): boolean {
  return stageForm.test(text);
}

/** A tag outside the grammar that looks as if it was meant for the registry. */
export function looksLikeRegistryTag(tag: string): boolean {
  return /[#@]/.test(tag);
}

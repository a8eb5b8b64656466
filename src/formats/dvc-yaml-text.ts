/** Formats values as YAML in the style of DVC (ruamel.yaml, width 80, sequences not indented), byte for byte but for folded quoted text. */

import {
  floatOf,
  formatPythonFloat,
  isPythonFloat,
  isPythonList,
  isPythonMap,
  isPythonTimestamp,
  type PythonMap,
  type PythonValue,
  resolvePlain,
  timestampOf,
} from './python-value.ts';

const width = 80;

/** Block YAML of a map, with a line end at the end. */
export function formatDvcYaml(value: PythonMap): string {
  if (Object.keys(value).length === 0) return '{}\n';
  return `${mapLines(value, 0).join('\n')}\n`;
}

function mapLines(map: PythonMap, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return Object.entries(map).flatMap(([key, value]) => {
    const head = `${pad}${scalarText(key, { column: indent, indent, key: true })}:`;
    if (isPythonMap(value) && Object.keys(value).length > 0) return [head, ...mapLines(value, indent + 2)];
    if (isPythonList(value) && value.length > 0) return [head, ...listLines(value, indent)];
    return withScalar(head, value, indent + 2);
  });
}

function listLines(list: readonly PythonValue[], indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return list.flatMap((item) => {
    const nested =
      isPythonMap(item) && Object.keys(item).length > 0
        ? mapLines(item, indent + 2)
        : isPythonList(item) && item.length > 0
          ? listLines(item, indent + 2)
          : undefined;
    if (nested === undefined) return withScalar(`${pad}-`, item, indent + 2);
    const [first, ...rest] = nested;
    return [`${pad}- ${first!.slice(indent + 2)}`, ...rest];
  });
}

function withScalar(head: string, value: PythonValue, indent: number): readonly string[] {
  const text = scalarText(value, { column: [...head].length + 1, indent, key: false });
  return (text === '' ? head : `${head} ${text}`).split('\n');
}

interface Place {
  /** Where the scalar starts. */
  readonly column: number;
  /** Where its continuation lines start. */
  readonly indent: number;
  readonly key: boolean;
}

function scalarText(value: PythonValue, place: Place): string {
  if (value === null) return '';
  if (typeof value === 'string') return stringText(value, place);
  if (typeof value !== 'object') return String(value);
  if (isPythonFloat(value)) return floatText(floatOf(value));
  if (isPythonTimestamp(value)) return timestampOf(value);
  return isPythonList(value) ? '[]' : '{}';
}

function floatText(value: number): string {
  const text = formatPythonFloat(value);
  return Number.isFinite(value) ? text : text.replace(/(inf|nan)/, '.$1');
}

function stringText(text: string, place: Place): string {
  if (text === '') return "''";
  const shape = shapeOf(text);
  const plainMeansText = typeof resolvePlain(text) === 'string' && text !== '<<' && text !== '=';
  if (shape.plain && plainMeansText) return place.key ? text : foldPlain(text, place);
  if (shape.special || shape.spaceBeforeBreak || /['\n\x85\u2028\u2029]/.test(text)) return doubleQuoted(text);
  return `'${text}'`;
}

/** The scalar analysis of ruamel.yaml (after PyYAML), reduced to what block style needs. */
function shapeOf(text: string): {
  readonly plain: boolean;
  readonly special: boolean;
  readonly spaceBeforeBreak: boolean;
} {
  const special = /[^\n\x20-\x7e\x85\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|\ufeff/u.test(text);
  const spaceBeforeBreak = / [\n\x85\u2028\u2029]/.test(text) || /[\n\x85\u2028\u2029] /.test(text);
  const indicator =
    /^(?:---|\.\.\.)/.test(text) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:-](?:[\0 \t\r\n\x85\u2028\u2029]|$)/.test(text) ||
    /:(?:[\0 \t\r\n\x85\u2028\u2029]|$)/.test(text) ||
    /[\0 \t\r\n\x85\u2028\u2029]#/.test(text);
  const edges = /^[ \n\x85\u2028\u2029]|[ \n\x85\u2028\u2029]$/.test(text);
  const breaks = /[\n\x85\u2028\u2029]/.test(text);
  return { plain: !special && !indicator && !edges && !breaks, special, spaceBeforeBreak };
}

/** Where ruamel.yaml breaks a long plain text: a space is written before the break when the next word alone was too long. */
function foldPlain(text: string, place: Place): string {
  let output = '';
  let column = place.column;
  const breakLine = (): void => {
    output += `\n${' '.repeat(place.indent)}`;
    column = place.indent;
  };
  for (const run of text.match(/ +|[^ ]+/g) ?? []) {
    const length = [...run].length;
    if (run.startsWith(' ')) {
      if (length === 1 && column >= width) {
        breakLine();
        continue;
      }
      // A break after several spaces would be read back as one (a fault of ruamel.yaml): the line stays long.
    } else if (length + column > width && column > place.indent && !output.endsWith('  ')) breakLine();
    output += run;
    column += length;
  }
  return output;
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function doubleQuoted(text: string): string {
  const body = text.replace(
    /["\\\x85\u2028\u2029\ufeff]|[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    (one) => {
      const known = escapes[one];
      if (known !== undefined) return known;
      const code = one.codePointAt(0)!;
      if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
      return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    },
  );
  return `"${body}"`;
}

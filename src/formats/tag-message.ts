/** The message of a registry tag: one subject line, an optional text, and a last paragraph of `Mlops-*` trailers that text cannot forge. */

export interface TagDigest {
  readonly path: string;
  /** DVC's: 32 hex digits, `.dir` after that of a folder. */
  readonly md5: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What binds a version or a stage to content and evidence. */
export interface Trailers {
  readonly artifact?: string;
  readonly version?: string;
  readonly digests: readonly TagDigest[];
  readonly run?: string;
  /** Record ids. */
  readonly evidence: readonly string[];
  readonly data: readonly { readonly dataset: string; readonly md5: string }[];
  /** Version that held the place before. */
  readonly previous?: string;
  readonly actor?: string;
  readonly operation?: string;
  readonly rollout?: string;
}

export interface TagMessage {
  readonly subject: string;
  readonly body?: string;
  readonly trailers: Trailers;
}

const single = {
  artifact: 'Mlops-Artifact',
  version: 'Mlops-Version',
  run: 'Mlops-Run',
  previous: 'Mlops-Previous',
  actor: 'Mlops-Actor',
  operation: 'Mlops-Operation',
  rollout: 'Mlops-Rollout',
} as const;

export const noTrailers: Trailers = { digests: [], evidence: [], data: [] };

/** The whole message, ending with a line feed. */
export function formatTagMessage(message: TagMessage): string {
  const { trailers } = message;
  const one = (key: keyof typeof single): string[] =>
    trailers[key] === undefined ? [] : [`${single[key]}: ${escapeValue(trailers[key])}`];
  const lines = [
    ...one('artifact'),
    ...one('version'),
    ...trailers.digests.map((d) => `Mlops-Digest: ${escapeValue(d.path)} md5:${d.md5} sha256:${d.sha256}`),
    ...one('run'),
    ...trailers.evidence.map((id) => `Mlops-Evidence: ${escapeValue(id)}`),
    ...trailers.data.map((d) => `Mlops-Data: ${escapeValue(d.dataset)} md5:${d.md5}`),
    ...one('previous'),
    ...one('actor'),
    ...one('operation'),
    ...one('rollout'),
  ];
  const subject = message.subject.replace(/\p{Cc}+/gu, ' ').trim();
  // The last paragraph alone is read, so a text may hold what it likes but must not become that paragraph.
  const body = message.body?.replace(/\r\n?/g, '\n').replaceAll('\0', '').trim() ?? '';
  return `${[subject, body, lines.join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
}

/** The inverse; a message of another client has no trailers. Unknown or malformed trailer lines make the paragraph text, not trailers. */
export function parseTagMessage(text: string): TagMessage {
  const paragraphs = text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/);
  const trailers = paragraphs.length > 1 ? parseTrailers(paragraphs.at(-1)!) : undefined;
  const rest = trailers === undefined ? paragraphs : paragraphs.slice(0, -1);
  const [first = '', ...lines] = rest.join('\n\n').split('\n');
  const body = lines.join('\n').trim();
  return { subject: first.trim(), ...(body === '' ? {} : { body }), trailers: trailers ?? noTrailers };
}

function parseTrailers(paragraph: string): Trailers | undefined {
  const found: { -readonly [Key in keyof Trailers]: Trailers[Key] } = { digests: [], evidence: [], data: [] };
  for (const line of paragraph.split('\n')) {
    const match = /^(Mlops-[A-Za-z-]+):(?: (.*))?$/.exec(line);
    if (match === null) return undefined;
    const [, name, value = ''] = match as unknown as [string, string, string | undefined];
    const key = (Object.keys(single) as (keyof typeof single)[]).find((one) => single[one] === name);
    if (key !== undefined) {
      // The first one counts, as everywhere in git's own trailers of identity.
      found[key] ??= unescapeValue(value);
    } else if (name === 'Mlops-Evidence') found.evidence = [...found.evidence, unescapeValue(value)];
    else if (name === 'Mlops-Digest') {
      const digest = /^(.*) md5:([0-9a-f]{32}(?:\.dir)?) sha256:([0-9a-f]{64})$/.exec(value);
      if (digest === null) return undefined;
      const [, path, md5, sha256] = digest as unknown as [string, string, string, string];
      found.digests = [...found.digests, { path: unescapeValue(path), md5, sha256 }];
    } else if (name === 'Mlops-Data') {
      const data = /^(.*) md5:([0-9a-f]{32}(?:\.dir)?)$/.exec(value);
      if (data === null) return undefined;
      found.data = [...found.data, { dataset: unescapeValue(data[1]!), md5: data[2]! }];
    }
  }
  return found;
}

/** Percent-encodes what would end a line or be trimmed; the rest stays readable. */
function escapeValue(value: string): string {
  const encode = (char: string): string => encodeURIComponent(char);
  return value
    .toWellFormed()
    .replace(/%|\p{Cc}|\u2028|\u2029/gu, encode)
    .replace(/^\s+|\s+$/gu, (space) => [...space].map(encode).join(''));
}

function unescapeValue(value: string): string {
  return value.replace(/(?:%[0-9A-F]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      // Written by another hand: kept as it is.
      return encoded;
    }
  });
}

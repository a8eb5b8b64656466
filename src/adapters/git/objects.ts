/** Writes git objects as plumbing: blobs, trees on a temporary index, commits and tags byte by byte. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitInput, Git, GitIdentity, TagInput, TreeEdit } from '../../ports/git.ts';
import type { GitRunner } from './run.ts';

export function createObjectWriter(git: GitRunner): Pick<Git, 'writeBlob' | 'writeTree' | 'writeCommit' | 'writeTag'> {
  const hashObject = async (type: string, data: string | Uint8Array): Promise<string> =>
    (await git.text(['hash-object', '-t', type, '-w', '--stdin'], { input: data })).trim();
  return {
    writeBlob: (data) => hashObject('blob', data),
    writeTree: (base, edits) => writeTree(git, base, edits),
    writeCommit: (commit) => hashObject('commit', formatCommit(commit)),
    writeTag: async (tag) => (await git.text(['mktag'], { input: formatTag(tag) })).trim(),
  };
}

async function writeTree(git: GitRunner, base: string | null, edits: readonly TreeEdit[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mlops-index-'));
  try {
    const env = { GIT_INDEX_FILE: join(directory, 'index') };
    await git.text(base === null ? ['read-tree', '--empty'] : ['read-tree', `${base}^{tree}`], { env });
    if (edits.length > 0) {
      // Mode 0 removes a path; removals go first, so that a file may become a folder.
      const removals = edits.filter(({ blob }) => blob === null).map(({ path }) => `0 ${'0'.repeat(40)}\t${path}\0`);
      const additions = edits
        .filter(({ blob }) => blob !== null)
        .map(({ path, blob, mode }) => `${mode ?? '100644'} ${blob}\t${path}\0`);
      await git.text(['update-index', '--add', '--replace', '-z', '--index-info'], {
        env,
        input: [...removals, ...additions].join(''),
      });
    }
    return (await git.text(['write-tree'], { env })).trim();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function formatCommit(commit: CommitInput): string {
  const who = formatPerson(commit.author ?? { name: 'mlops-kit', email: 'mlops-kit@localhost' }, commit.time);
  return [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    '',
    formatMessage(commit.message),
  ].join('\n');
}

function formatTag(tag: TagInput): string {
  const who = formatPerson(tag.tagger, tag.time);
  return [
    `object ${tag.target}`,
    'type commit',
    `tag ${tag.name}`,
    `tagger ${who}`,
    '',
    formatMessage(tag.message),
  ].join('\n');
}

/** `Name <email> seconds +0000`; what would break the header line is left out, as git itself does. */
function formatPerson(person: GitIdentity, time: Date): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must go
  const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f<>]/g, '').trim();
  return `${clean(person.name) || 'unknown'} <${clean(person.email)}> ${Math.floor(time.getTime() / 1000)} +0000`;
}

function formatMessage(message: string): string {
  const text = message.replaceAll('\0', '');
  return text.endsWith('\n') ? text : `${text}\n`;
}

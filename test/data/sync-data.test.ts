/** sync-data on real files: add, status, push, pull, verify, and what it must refuse. */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestPath } from '../../src/commands/digest-path.ts';
import { restoreObject } from '../../src/commands/restore-object.ts';
import { createProject, type Project, sync } from './project.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const store = (project: Project, oid: string) =>
  join(project.yard.root, 'store/files/md5', oid.slice(0, 2), oid.slice(2));
const cached = (project: Project, oid: string) =>
  join(project.root, '.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
const folderOid = '5ea40360f5b4ec688df672a4db9c17d1.dir';

async function projectWithFolder(): Promise<Project> {
  const project = createProject();
  project.repository.write('data/foo', 'foo');
  project.repository.write('data/bar', 'bar');
  await sync(project, 'add', { paths: ['data'] });
  return project;
}

test('add writes the .dvc file, the ignore entry and read-only objects as DVC does', async () => {
  await using project = await projectWithFolder();
  expect(project.text('data.dvc')).toBe(
    `outs:\n- md5: ${folderOid}\n  size: 6\n  nfiles: 2\n  hash: md5\n  path: data\n`,
  );
  expect(project.text('.gitignore')).toBe('/.mlops/\n/data\n');
  expect(statSync(cached(project, folderOid)).mode & 0o777).toBe(0o444);
  expect(statSync(cached(project, md5('foo'))).mode & 0o777).toBe(0o444);
  const again = await sync(project, 'add', { paths: ['data'] });
  expect(again.outputs).toEqual({ changed: 0, missing: 0, 'transferred-bytes': 0 });
});

test('a single executable file keeps its bit', async () => {
  await using project = createProject();
  project.repository.write('tools/run.sh', '#!/bin/sh\n');
  chmodSync(join(project.root, 'tools/run.sh'), 0o755);
  await sync(project, 'add', { paths: ['tools/run.sh'] });
  expect(project.text('tools/run.sh.dvc')).toContain('  isexec: true\n  hash: md5\n  path: run.sh\n');
  expect(project.text('tools/.gitignore')).toBe('/run.sh\n');
  rmSync(join(project.root, 'tools/run.sh'));
  await sync(project, 'pull');
  expect(statSync(join(project.root, 'tools/run.sh')).mode & 0o777).toBe(0o755);
});

test('status tells what changed in the work tree and what the remote lacks', async () => {
  await using project = await projectWithFolder();
  expect((await sync(project, 'status')).outputs).toMatchObject({ changed: 0, missing: 3 });
  await sync(project, 'push');
  expect(await sync(project, 'status', { check: true })).toMatchObject({ verdict: 'pass', outputs: { missing: 0 } });
  project.repository.write('data/foo', 'changed');
  expect(await sync(project, 'status', { check: true })).toMatchObject({ verdict: 'fail', outputs: { changed: 1 } });
});

test('another clone pulls exactly what was pushed, and a second pull moves nothing', async () => {
  await using project = await projectWithFolder();
  project.repository.git('add', '-A');
  project.repository.git('commit', '-q', '-m', 'data');
  project.repository.git('push', '-q', 'origin', 'main');
  expect((await sync(project, 'push')).outputs).toMatchObject({ changed: 1, 'transferred-bytes': 6 });
  const other = await project.clone('other');
  expect((await sync(other, 'pull')).outputs['transferred-bytes']).toBeGreaterThan(6);
  expect(other.text('data/foo')).toBe('foo');
  expect(statSync(join(other.root, 'data/foo')).mode & 0o777).toBe(0o644);
  expect((await sync(other, 'pull')).outputs).toEqual({ changed: 0, missing: 0, 'transferred-bytes': 0 });
  expect((await sync(other, 'status', { check: true })).verdict).toBe('pass');
  expect(readdirSync(join(other.root, '.dvc/cache/fs'))).toEqual([]);
});

test('a pull restores what changed, removes what is not listed, and keeps work that stands nowhere else', async () => {
  await using project = await projectWithFolder();
  await sync(project, 'push');
  rmSync(join(project.root, 'data/foo'));
  await sync(project, 'pull');
  expect(project.text('data/foo')).toBe('foo');
  project.repository.write('data/new', 'only here');
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'data-modified' });
  expect(project.text('data/new')).toBe('only here');
  await sync(project, 'pull', { force: true });
  expect(project.has('data/new')).toBe(false);
});

test('an object that was changed in the remote never reaches cache or work tree', async () => {
  await using project = await projectWithFolder();
  await sync(project, 'push');
  rmSync(join(project.root, '.dvc/cache'), { recursive: true });
  rmSync(join(project.root, 'data'), { recursive: true });
  chmodSync(store(project, md5('foo')), 0o644);
  writeFileSync(store(project, md5('foo')), 'evil');
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'object-damaged' });
  expect(project.has('data')).toBe(false);
  expect(project.has(cached(project, md5('foo')).slice(project.root.length + 1))).toBe(false);
  expect(await sync(project, 'verify')).toMatchObject({ verdict: 'fail', outputs: { changed: 1 } });
});

test('a listing that leads out of its folder is refused before anything is written', async () => {
  await using project = createProject();
  const listing = `[{"md5": "${md5('x')}", "relpath": "../escaped"}]`;
  const oid = `${md5(listing)}.dir`;
  for (const [name, text] of [
    [oid, listing],
    [md5('x'), 'x'],
  ] as const) {
    mkdirSync(join(store(project, name), '..'), { recursive: true });
    writeFileSync(store(project, name), text);
  }
  project.repository.write('data.dvc', `outs:\n- md5: ${oid}\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: data\n`);
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'dir-object-unsafe' });
  expect(project.has('escaped')).toBe(false);
});

test('a .dvc file whose output is outside, or below a link, is refused', async () => {
  await using project = await projectWithFolder();
  await sync(project, 'push');
  const text = project.text('data.dvc');
  project.repository.write('evil.dvc', text.replace('path: data', 'path: ../outside'));
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'data-outside' });
  project.repository.write('evil.dvc', text.replace('path: data', 'path: .git/hooks'));
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'data-outside' });
  symlinkSync(project.yard.root, join(project.root, 'link'));
  project.repository.write('evil.dvc', text.replace('path: data', 'path: link/outside'));
  await expect(sync(project, 'pull')).rejects.toMatchObject({ code: 'data-link-inside' });
});

test('a folder goes to the remote only when all of its files can', async () => {
  await using project = await projectWithFolder();
  rmSync(cached(project, md5('foo')), { force: true });
  await expect(sync(project, 'push')).rejects.toMatchObject({ code: 'object-missing' });
  expect((await sync(project, 'status')).outputs.missing).toBe(2);
  expect(readdirSync(join(project.yard.root, 'store/files/md5/5e', '..'))).not.toContain('5e');
});

test('a damaged cache is not pushed', async () => {
  await using project = await projectWithFolder();
  chmodSync(cached(project, md5('foo')), 0o644);
  writeFileSync(cached(project, md5('foo')), 'rot');
  await expect(sync(project, 'push')).rejects.toMatchObject({ code: 'object-damaged' });
});

test('what cannot be added is refused: nothing there, outside, in git, inside tracked data, no path', async () => {
  await using project = await projectWithFolder();
  project.repository.commit({ 'code/a.py': '1' });
  await expect(sync(project, 'add', { paths: ['gone'] })).rejects.toMatchObject({ code: 'data-missing' });
  await expect(sync(project, 'add', { paths: ['../x'] })).rejects.toMatchObject({ code: 'data-outside' });
  await expect(sync(project, 'add', { paths: ['code'] })).rejects.toMatchObject({ code: 'data-in-git' });
  await expect(sync(project, 'add', { paths: ['data/foo'] })).rejects.toMatchObject({ code: 'data-tracked' });
  await expect(sync(project, 'add')).rejects.toMatchObject({ code: 'data-path-missing' });
});

test('no remote, an unknown one and an unsupported one are told apart', async () => {
  await using project = await projectWithFolder();
  await expect(sync(project, 'push', { remote: 'storag' })).rejects.toMatchObject({ code: 'remote-unknown' });
  project.repository.write('.dvc/config', '');
  await expect(sync(project, 'push')).rejects.toMatchObject({ code: 'remote-missing' });
  project.repository.write('.dvc/config.local', '[core]\n    remote = s\n[\'remote "s"\']\n    url = s3://bucket/x\n');
  await expect(sync(project, 'push')).rejects.toMatchObject({ code: 'remote-unsupported' });
});

test('config.local wins over config, and relative urls start at the folder of their file', async () => {
  await using project = await projectWithFolder();
  project.repository.write('.dvc/config.local', '[\'remote "storage"\']\n    url = ../../elsewhere\n');
  await sync(project, 'push');
  expect(readdirSync(join(project.yard.root, 'elsewhere/files/md5')).length).toBe(3);
});

test('data from before DVC 3 is found in its own layout and by its own hash', async () => {
  await using project = createProject();
  const oid = 'c32b2057b9bd62caa835386346177935';
  mkdirSync(join(project.yard.root, 'store/c3'), { recursive: true });
  writeFileSync(join(project.yard.root, 'store/c3', oid.slice(2)), 'a\r\nb\r\nc');
  project.repository.write('old.txt.dvc', `outs:\n- md5: ${oid}\n  size: 7\n  path: old.txt\n`);
  await sync(project, 'pull');
  expect(project.text('old.txt')).toBe('a\r\nb\r\nc');
  expect((await sync(project, 'status', { check: true })).verdict).toBe('pass');
});

test('a dry run writes nothing', async () => {
  await using project = createProject();
  project.repository.write('x', 'x');
  const result = await sync(project, 'add', { paths: ['x'], 'dry-run': true });
  expect(result.outputs.changed).toBe(1);
  expect(project.has('x.dvc') || project.has('.dvc/cache')).toBe(false);
});

test('digests of files, folders and globs; a glob over the whole folder has the address of the folder', async () => {
  await using project = createProject();
  project.repository.write('data/foo', 'foo');
  project.repository.write('data/bar', 'bar');
  const folder = await digestPath(project.ports, 'data');
  expect(folder).toMatchObject({ md5: folderOid, size: 6, files: 2 });
  expect(await digestPath(project.ports, 'data/*')).toEqual(folder);
  expect((await digestPath(project.ports, 'data/f*')).files).toBe(1);
  expect(await digestPath(project.ports, 'data/foo')).toMatchObject({ md5: md5('foo'), files: 1 });
  await expect(digestPath(project.ports, 'gone')).rejects.toMatchObject({ code: 'data-missing' });
});

test('an object is restored from the cache, from the remote, and refused when it is nowhere or damaged', async () => {
  await using project = await projectWithFolder();
  await restoreObject(project.ports, md5('foo'), '.mlops/cache/champion.bin');
  expect(project.text('.mlops/cache/champion.bin')).toBe('foo');
  await sync(project, 'push');
  rmSync(join(project.root, '.dvc/cache'), { recursive: true });
  await restoreObject(project.ports, folderOid, '.mlops/cache/folder');
  expect(project.text('.mlops/cache/folder/bar')).toBe('bar');
  await expect(restoreObject(project.ports, 'a'.repeat(32), 'x')).rejects.toMatchObject({ code: 'object-missing' });
  chmodSync(cached(project, md5('bar')), 0o644);
  writeFileSync(cached(project, md5('bar')), 'rot');
  await expect(restoreObject(project.ports, md5('bar'), 'x')).rejects.toMatchObject({ code: 'object-damaged' });
});

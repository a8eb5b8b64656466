import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editManifest } from './edit-manifest.ts';
import { formatNewManifest, parseReferenceManifest, type ServedVersion } from './reference-manifest.ts';

const one: ServedVersion = { version: 'v1.0.0', md5: 'a'.repeat(32), sha256: 'b'.repeat(64), path: 'models/m.onnx' };
const two: ServedVersion = { version: 'v1.1.0', md5: '1'.repeat(32), sha256: '2'.repeat(64), path: 'models/m.onnx' };
const fresh = formatNewManifest({ artifact: 'm', stable: one, seed: 's', rollout: 'r1' });
const edit = (text: string, change: Parameters<typeof editManifest>[1]) => editManifest(text, change, 'm.yaml');

const handWritten = [
  '# our model   with odd   spaces',
  'schema:   reference-manifest/v1   # the format',
  "artifact: 'm'",
  'owners: [ "@a",   "@b" ]  # kept',
  'big: 12345678901234567890',
  'stable:   # what runs',
  '    version: v1.0.0   # first',
  `    md5: '${'a'.repeat(32)}'`,
  `    sha256: "${'b'.repeat(64)}"`,
  '    path: models/m.onnx',
  '',
  '# traffic',
  'weight: 0 # percent',
  'seed: s',
  'rollout: ~',
].join('\n');

describe('editManifest', () => {
  it('writes a fresh manifest that reads back', () => {
    expect(parseReferenceManifest(fresh, 'm.yaml')).toMatchObject({ stable: one, weight: 0, seed: 's', rollout: 'r1' });
  });

  it('changes one scalar and no other byte', () => {
    expect(edit(handWritten, { weight: 10 })).toBe(handWritten.replace('weight: 0 #', 'weight: 10 #'));
    expect(edit(handWritten, { rollout: 'r2' })).toBe(handWritten.replace('rollout: ~', 'rollout: r2'));
    expect(edit(handWritten, { stable: { ...one, version: 'v1.0.1' } })).toBe(
      handWritten.replace('version: v1.0.0 ', 'version: v1.0.1 '),
    );
  });

  it('keeps digests text when they are digits only', () => {
    const edited = edit(handWritten, { stable: two });
    expect(parseReferenceManifest(edited, 'm.yaml').stable).toEqual(two);
    expect(edited).toContain(`md5: '${'1'.repeat(32)}'`);
  });

  it.each(['\n', '\r\n'])('puts a candidate in and takes it out again, line end %j', (newline) => {
    for (const text of [fresh, handWritten].map((each) => each.replaceAll('\n', newline))) {
      const started = edit(text, { candidate: two, weight: 10 });
      expect(parseReferenceManifest(started, 'm.yaml')).toMatchObject({ candidate: two, weight: 10, stable: one });
      const changed = started.split(newline).filter((line) => !text.split(newline).includes(line));
      expect(changed.filter((line) => !/^ {2}(version|md5|sha256|path): |^candidate:|^weight: 10/.test(line))).toEqual(
        [],
      );
      if (newline === '\r\n') expect(started.replaceAll('\r\n', '')).not.toContain('\n');
      expect(edit(started, { candidate: null, weight: 0 })).toBe(text);
    }
  });

  it('replaces a candidate, also an empty or a flow one', () => {
    const started = edit(fresh, { candidate: two });
    expect(
      parseReferenceManifest(edit(started, { candidate: { ...two, version: 'v9.0.0' } }), 'm').candidate?.version,
    ).toBe('v9.0.0');
    const empty = fresh.replace('weight:', 'candidate:\nweight:');
    expect(edit(empty, { candidate: two })).toBe(edit(fresh, { candidate: two }));
    const flow = fresh.replace('weight:', `candidate: {version: v7.0.0, md5: "${'c'.repeat(32)}", path: p}\nweight:`);
    expect(edit(flow, { candidate: null })).toBe(fresh);
  });

  it('adds a missing key and a missing last line end', () => {
    const bare = handWritten.replace('\nrollout: ~', '');
    const edited = edit(bare, { rollout: 'r1' });
    expect(parseReferenceManifest(edited, 'm.yaml').rollout).toBe('r1');
    expect(edited.startsWith(bare)).toBe(true);
  });

  it('refuses aliases, anchors, several documents and a flow root', () => {
    const code = (text: string, change: Parameters<typeof editManifest>[1]) => {
      try {
        return edit(text, change);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(fresh.replace('weight: 0', 'weight: &w 0\nother: *w'), { weight: 1 })).toBe('manifest-uneditable');
    expect(code(fresh.replace('weight: 0', 'other: &w 0\nweight: *w'), { weight: 1 })).toBe('manifest-uneditable');
    expect(code(`${fresh}---\n${fresh}`, { weight: 1 })).toMatch(/^manifest-/);
    expect(code(JSON.stringify(parseReferenceManifest(fresh, 'm')), { weight: 1 })).toBe('manifest-uneditable');
  });

  it('names the place of what is wrong', () => {
    expect(() => parseReferenceManifest(fresh.replace('weight: 0', 'weight: 101'), 'd/m.yaml')).toThrow(
      expect.objectContaining({ code: 'manifest-malformed', at: { path: 'd/m.yaml', line: 9, column: 9 } }),
    );
    expect(() => parseReferenceManifest('a: [', 'm.yaml')).toThrow(
      expect.objectContaining({ code: 'manifest-malformed' }),
    );
  });

  it('reads back any weight and rollout id', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.string(), (weight, rollout) => {
        const read = parseReferenceManifest(edit(handWritten, { weight, rollout }), 'm.yaml');
        expect(read).toMatchObject({ weight, rollout });
      }),
    );
  });
});

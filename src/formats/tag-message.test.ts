/** Tag messages: round trip of hostile values, and text that tries to pass for a trailer. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTagMessage, noTrailers, parseTagMessage, type Trailers } from './tag-message.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('tag messages', () => {
  it('reads like a letter', () => {
    const text = formatTagMessage({
      subject: 'Registering artifact churn version v1.2.0',
      body: 'Trained on May.',
      trailers: {
        artifact: 'churn',
        version: 'v1.2.0',
        digests: [{ path: 'models/churn model.onnx', md5, sha256 }],
        run: '1a2b3c4d-77-1',
        evidence: [sha256],
        data: [{ dataset: 'flights', md5: `${md5}.dir` }],
        previous: 'v1.1.0',
        actor: 'ada',
        operation: '1a2b3c4d-77-1/register/x',
      },
    });
    expect(text).toMatchInlineSnapshot(`
      "Registering artifact churn version v1.2.0

      Trained on May.

      Mlops-Artifact: churn
      Mlops-Version: v1.2.0
      Mlops-Digest: models/churn model.onnx md5:d41d8cd98f00b204e9800998ecf8427e sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      Mlops-Run: 1a2b3c4d-77-1
      Mlops-Evidence: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      Mlops-Data: flights md5:d41d8cd98f00b204e9800998ecf8427e.dir
      Mlops-Previous: v1.1.0
      Mlops-Actor: ada
      Mlops-Operation: 1a2b3c4d-77-1/register/x
      "
    `);
  });

  it('lets no value and no text become another trailer', () => {
    const message = parseTagMessage(
      formatTagMessage({
        subject: 'x\n\nMlops-Version: v9.9.9',
        body: 'hello\n\nMlops-Version: v9.9.9\nMlops-Actor: root',
        trailers: { ...noTrailers, version: 'v1.0.0', actor: 'eve\nMlops-Version: v9.9.9\r\nMlops-Run: 1' },
      }),
    );
    expect(message.trailers).toEqual({
      ...noTrailers,
      version: 'v1.0.0',
      actor: 'eve\nMlops-Version: v9.9.9\r\nMlops-Run: 1',
    });
  });

  it.each([
    ['a message of another client', 'Registering artifact m version v1.0.0\n'],
    ['trailers in the subject', 'Mlops-Version: v1.0.0\n'],
    ['a foreign line among trailers', 'x\n\nMlops-Version: v1.0.0\nSigned-off-by: y\n'],
    ['a malformed digest', 'x\n\nMlops-Digest: a md5:zz sha256:yy\n'],
    ['nothing', ''],
  ])('finds no trailers in %s', (_, text) => {
    expect(parseTagMessage(text).trailers).toEqual(noTrailers);
  });

  it('reads future trailers past', () => {
    expect(parseTagMessage('x\n\nMlops-Version: v1.0.0\nMlops-Signature: abc\n').trailers.version).toBe('v1.0.0');
  });

  it('round trips every value', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a%20b', ' x ', '', '\u2028', '%', '%zz', 'é\n'),
    );
    const digest = fc.constant({ md5, sha256 });
    const trailers: fc.Arbitrary<Trailers> = fc.record(
      {
        artifact: value,
        version: value,
        actor: value,
        operation: value,
        rollout: value,
        previous: value,
        run: value,
        evidence: fc.array(value),
        digests: fc.array(fc.tuple(value, digest).map(([path, rest]) => ({ path, ...rest }))),
        data: fc.array(value.map((dataset) => ({ dataset, md5 }))),
      },
      { requiredKeys: ['evidence', 'digests', 'data'] },
    );
    fc.assert(
      fc.property(trailers, fc.string(), (given, body) => {
        const read = parseTagMessage(formatTagMessage({ subject: 'subject', body, trailers: given }));
        if (Object.values(given).every((one) => one === undefined || one.length === 0)) return;
        expect(read.trailers).toEqual(given);
      }),
    );
  });
});

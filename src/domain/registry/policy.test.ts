/** The policy before a version: which records count, which do not, and what the list of missing things says. */

import { describe, expect, it } from 'vitest';
import type { MetadataRecord } from '../../formats/record.ts';
import { checkPolicy, dataOfRun, type PolicyRules, type PolicySubject, type StoredRecord } from './policy.ts';

const md5 = 'a'.repeat(32);
const other = 'b'.repeat(32);
const data = 'd'.repeat(32);
let count = 0;

function record(
  kind: MetadataRecord['kind'],
  name: string,
  digest: string,
  verdict?: 'pass' | 'fail' | 'inconclusive',
  more: { actor?: string; body?: MetadataRecord['body'] } = {},
): StoredRecord {
  return {
    id: `${++count}`,
    record: {
      schema: 'record/v1',
      kind,
      subject: [{ name, digest: { md5: digest } }],
      common: {
        time: '2026-01-01T00:00:00Z',
        actor: more.actor ?? 'ada',
        tool: 'mlops-kit/0',
        operation: 'x',
        ...(verdict === undefined ? {} : { verdict }),
      },
      body: more.body ?? {},
    },
  };
}

const rules: PolicyRules = { require: ['validation', 'evaluation'], approvals: 0, inconclusive: 'fail' };
const subject: PolicySubject = { model: 'm', digests: [{ md5 }], data: [{ dataset: 'flights', md5: data }], held: [] };
const good = [record('validation', 'flights', data, 'pass'), record('evaluation', 'm', md5, 'pass')];
const lacks = (r: Partial<PolicyRules>, s: Partial<PolicySubject>, records: readonly StoredRecord[]): string[] =>
  checkPolicy({ ...rules, ...r }, { ...subject, ...s }, records).missing.map((m) => `${m.requirement}: ${m.reason}`);

describe('checkPolicy', () => {
  it('passes on what is required and names the records it used', () => {
    const result = checkPolicy(rules, subject, good);
    expect(result.missing).toEqual([]);
    expect([...result.evidence].sort()).toEqual(good.map(({ id }) => id).sort());
  });

  it.each<[string, Partial<PolicyRules>, Partial<PolicySubject>, readonly StoredRecord[], string[]]>([
    [
      'nothing at all',
      {},
      {},
      [],
      [`evaluation: no evaluation of this artifact`, `validation: no validation of dataset "flights" (md5 ${data})`],
    ],
    [
      'another artifact',
      { require: ['evaluation'] },
      {},
      [record('evaluation', 'm', other, 'pass')],
      [`evaluation: no evaluation of this artifact (md5 ${md5}); the newest one is about md5 ${other}`],
    ],
    [
      'another model with the same bytes',
      { require: ['evaluation'] },
      {},
      [record('evaluation', 'n', md5, 'pass')],
      ['evaluation: no evaluation of this artifact'],
    ],
    [
      'a newer failure over an older pass',
      {},
      {},
      [...good, record('evaluation', 'm', md5, 'fail')],
      ['evaluation: its newest evaluation failed'],
    ],
    [
      'a failure where none is required',
      { require: [] },
      {},
      [record('evaluation', 'm', md5, 'fail')],
      ['evaluation: its newest evaluation failed'],
    ],
    [
      'an evaluation without a verdict',
      { require: [] },
      {},
      [record('evaluation', 'm', md5)],
      ['evaluation: its newest evaluation has no verdict'],
    ],
    [
      'an inconclusive one under fail',
      { require: [] },
      {},
      [record('evaluation', 'm', md5, 'inconclusive')],
      ['evaluation: its newest evaluation is inconclusive'],
    ],
    [
      'an inconclusive one under warn',
      { require: [], inconclusive: 'warn' },
      {},
      [record('evaluation', 'm', md5, 'inconclusive')],
      [],
    ],
    [
      'an inconclusive one under needs-approval',
      { require: [], inconclusive: 'needs-approval' },
      {},
      [record('evaluation', 'm', md5, 'inconclusive')],
      ['approvals: its evaluation is inconclusive and needs an approval'],
    ],
    [
      'an inconclusive one that was approved',
      { require: [], inconclusive: 'needs-approval' },
      {},
      [record('evaluation', 'm', md5, 'inconclusive'), record('approval', 'm', md5, 'pass')],
      [],
    ],
    [
      'inconclusive data',
      {},
      {},
      [...good, record('validation', 'flights', data, 'inconclusive')],
      ['validation: the newest validation of dataset "flights" is inconclusive'],
    ],
    ['unknown data', {}, { data: [] }, good, ['validation: no run record names the data it was trained on']],
    ['no run', { require: ['run'] }, {}, good, ['run: no run record for this artifact']],
    ['the stage before', { after: 'staging' }, {}, good, ['after: it must hold stage "staging" first']],
    ['the stage before, held', { after: 'staging' }, { held: ['staging'] }, good, []],
  ])('%s', (_, r, s, records, expected) => {
    expect(lacks(r, s, records)).toEqual(expected);
  });

  it('counts approvals by person, for this stage or for all, and lets a person take theirs back', () => {
    const approve = (actor: string, verdict: 'pass' | 'fail' = 'pass', body: MetadataRecord['body'] = {}) =>
      record('approval', 'm', md5, verdict, { actor, body });
    const two = { approvals: 2 };
    expect(lacks(two, {}, [...good, approve('ada'), approve('ada')])).toEqual(['approvals: 1 of 2 approvals']);
    expect(lacks(two, {}, [...good, approve('ada'), approve('bob')])).toEqual([]);
    expect(lacks(two, {}, [...good, approve('ada'), approve('bob'), approve('bob', 'fail')])).toHaveLength(1);
    const forDev = approve('bob', 'pass', { stage: 'dev' });
    expect(lacks(two, { stage: 'prod' }, [...good, approve('ada'), forDev])).toHaveLength(1);
    expect(lacks(two, { stage: 'dev' }, [...good, approve('ada'), forDev])).toEqual([]);
  });
});

describe('dataOfRun', () => {
  it('reads datasets of a run and passes by what has no digest', () => {
    const run = record('run', 'm', md5, 'pass', {
      body: { deps: [{ name: 'flights', path: 'data', md5: data }, { path: 'src/train.ts' }, null, 'x'] },
    });
    expect(dataOfRun(run.record)).toEqual([{ dataset: 'flights', md5: data }]);
    expect(dataOfRun(undefined)).toEqual([]);
  });
});

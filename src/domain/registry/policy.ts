/** Decides what a version still lacks before it may be registered or hold a stage. */

import type { MetadataRecord } from '../../formats/record.ts';

export interface StoredRecord {
  readonly id: string;
  readonly record: MetadataRecord;
}

export interface PolicyRules {
  readonly require: readonly ('run' | 'validation' | 'evaluation')[];
  readonly approvals: number;
  /** Stage that the version must hold first. */
  readonly after?: string | undefined;
  /** What an inconclusive evaluation counts as. */
  readonly inconclusive: 'neutral' | 'fail' | 'warn' | 'needs-approval';
}

export interface PolicySubject {
  readonly model: string;
  readonly digests: readonly { readonly md5?: string | undefined; readonly sha256?: string | undefined }[];
  readonly data: readonly { readonly dataset: string; readonly md5: string }[];
  /** Stage that is asked for; left out when registering. */
  readonly stage?: string;
  readonly held: readonly string[];
}

export interface Missing {
  readonly requirement: 'run' | 'validation' | 'evaluation' | 'approvals' | 'after';
  readonly reason: string;
}

export interface PolicyResult {
  readonly missing: readonly Missing[];
  /** Ids of the records that satisfied a requirement, or simply stand for the artifact. */
  readonly evidence: readonly string[];
}

/** Records (oldest first) against rules: the newest record of a kind about this digest counts, an older pass does not outweigh it. */
export function checkPolicy(
  rules: PolicyRules,
  subject: PolicySubject,
  records: readonly StoredRecord[],
): PolicyResult {
  const missing: Missing[] = [];
  const evidence: string[] = [];
  const about = records.filter(({ record }) => isAboutModel(record, subject));
  const approvals = findApprovals(about, subject);
  if (rules.after !== undefined && !subject.held.includes(rules.after))
    missing.push({ requirement: 'after', reason: `it must hold stage "${rules.after}" first` });

  const run = about.findLast(({ record }) => record.kind === 'run');
  if (run !== undefined) evidence.push(run.id);
  if (rules.require.includes('run')) {
    if (run === undefined) missing.push({ requirement: 'run', reason: 'no run record for this artifact' });
    else if (run.record.common.verdict === 'fail') missing.push({ requirement: 'run', reason: 'its run failed' });
  }

  const evaluation = about.findLast(({ record }) => record.kind === 'evaluation');
  if (evaluation !== undefined) evidence.push(evaluation.id);
  const judged = judgeEvaluation(rules, evaluation, approvals.length, records, subject);
  if (judged !== undefined) missing.push(judged);

  const validations = checkValidations(subject, records);
  evidence.push(...validations.evidence);
  if (rules.require.includes('validation')) missing.push(...validations.missing);

  evidence.push(...approvals.map(({ id }) => id));
  if (approvals.length < rules.approvals)
    missing.push({
      requirement: 'approvals',
      reason: `${approvals.length} of ${rules.approvals} approval${rules.approvals === 1 ? '' : 's'}`,
    });
  return { missing, evidence };
}

function isAboutModel(record: MetadataRecord, subject: PolicySubject): boolean {
  return record.subject.some(
    ({ name, digest }) =>
      name === subject.model &&
      subject.digests.some(
        ({ md5, sha256 }) =>
          (md5 !== undefined && digest.md5 === md5) || (sha256 !== undefined && digest.sha256 === sha256),
      ),
  );
}

/** One per person, the newest of each, given for this stage or for all. */
function findApprovals(about: readonly StoredRecord[], subject: PolicySubject): readonly StoredRecord[] {
  const byActor = new Map<string, StoredRecord>();
  for (const stored of about) {
    const { kind, body, common } = stored.record;
    if (kind !== 'approval') continue;
    const stage = body.stage;
    if (stage !== undefined && stage !== subject.stage) continue;
    if (common.verdict === 'fail') byActor.delete(common.actor);
    else byActor.set(common.actor, stored);
  }
  return [...byActor.values()];
}

/** A failed evaluation refuses even where none is required: a gate that was asked must be heard. */
function judgeEvaluation(
  rules: PolicyRules,
  evaluation: StoredRecord | undefined,
  approvals: number,
  records: readonly StoredRecord[],
  subject: PolicySubject,
): Missing | undefined {
  if (evaluation === undefined) {
    if (!rules.require.includes('evaluation')) return undefined;
    return { requirement: 'evaluation', reason: `no evaluation of this artifact${otherDigest(records, subject)}` };
  }
  const { verdict } = evaluation.record.common;
  if (verdict === 'pass') return undefined;
  if (verdict === 'inconclusive') {
    if (rules.inconclusive === 'neutral' || rules.inconclusive === 'warn') return undefined;
    if (rules.inconclusive === 'needs-approval')
      return approvals > 0
        ? undefined
        : { requirement: 'approvals', reason: 'its evaluation is inconclusive and needs an approval' };
    return { requirement: 'evaluation', reason: 'its newest evaluation is inconclusive' };
  }
  const reason = verdict === 'fail' ? 'its newest evaluation failed' : 'its newest evaluation has no verdict';
  return { requirement: 'evaluation', reason };
}

/** Names the digest that was evaluated when it is not the one at hand. */
function otherDigest(records: readonly StoredRecord[], subject: PolicySubject): string {
  const other = records.findLast(
    ({ record }) => record.kind === 'evaluation' && record.subject.some(({ name }) => name === subject.model),
  );
  const evaluated = other?.record.subject.find(({ name }) => name === subject.model)?.digest;
  if (evaluated === undefined) return '';
  const mine = subject.digests[0]?.md5 ?? subject.digests[0]?.sha256;
  return ` (md5 ${mine}); the newest one is about md5 ${evaluated.md5 ?? evaluated.sha256}`;
}

function checkValidations(
  subject: PolicySubject,
  records: readonly StoredRecord[],
): { readonly missing: readonly Missing[]; readonly evidence: readonly string[] } {
  const missing: Missing[] = [];
  const evidence: string[] = [];
  const lacks = (reason: string): void => void missing.push({ requirement: 'validation', reason });
  if (subject.data.length === 0) lacks('no run record names the data it was trained on');
  for (const { dataset, md5 } of subject.data) {
    const newest = records.findLast(
      ({ record }) =>
        record.kind === 'validation' &&
        record.subject.some(({ name, digest }) => name === dataset && digest.md5 === md5),
    );
    if (newest !== undefined) evidence.push(newest.id);
    const verdict = newest?.record.common.verdict;
    if (newest === undefined) lacks(`no validation of dataset "${dataset}" (md5 ${md5})`);
    else if (verdict !== 'pass')
      lacks(`the newest validation of dataset "${dataset}" is ${verdict ?? 'without verdict'}`);
  }
  return { missing, evidence };
}

/** Datasets that a run record says the model was trained on. */
export function dataOfRun(
  run: MetadataRecord | undefined,
): readonly { readonly dataset: string; readonly md5: string }[] {
  const deps = run?.body.deps;
  if (!Array.isArray(deps)) return [];
  return deps.flatMap((dep) => {
    if (dep === null || typeof dep !== 'object' || Array.isArray(dep)) return [];
    const { name, dataset = name, md5 } = dep as Record<string, unknown>;
    return typeof dataset === 'string' && typeof md5 === 'string' ? [{ dataset, md5 }] : [];
  });
}

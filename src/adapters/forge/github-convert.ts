/** Converts what GitHub's REST API sends into the values of the Forge port, and annotations back. */

import type { Annotation, Comment, Deployment, DeploymentState, Issue, PullRequest } from '../../ports/forge.ts';

export function convertComment(data: CommentData): Comment {
  return {
    id: Number(data.id),
    body: data.body ?? '',
    url: data.html_url,
    author: data.user?.login ?? 'ghost',
  };
}

interface CommentData {
  readonly id: number | bigint;
  readonly body?: string | undefined;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}

export function convertIssue(data: IssueData): Issue {
  return {
    number: data.number,
    title: data.title,
    body: data.body ?? '',
    state: data.state === 'closed' ? 'closed' : 'open',
    labels: data.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    url: data.html_url,
  };
}

interface IssueData {
  readonly number: number;
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly state: string;
  readonly labels: readonly (string | { readonly name?: string })[];
  readonly html_url: string;
}

export function convertPullRequest(data: PullData): PullRequest {
  return {
    number: data.number,
    headSha: data.head.sha,
    headRef: data.head.ref,
    headRepository: data.head.repo?.full_name ?? '',
    baseRef: data.base.ref,
    baseSha: data.base.sha,
    state: data.state === 'closed' ? 'closed' : 'open',
  };
}

interface PullData {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string; readonly ref: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string; readonly sha: string };
}

export function convertDeployment(data: DeploymentData, state: DeploymentState): Deployment {
  const { environment, ref, description } = data;
  return { id: Number(data.id), environment, ref, description: description ?? '', state };
}

interface DeploymentData {
  readonly id: number | bigint;
  readonly environment: string;
  readonly ref: string;
  readonly description: string | null;
}

export function convertAnnotation(annotation: Annotation) {
  const oneLine = annotation.endLine === undefined || annotation.endLine === annotation.line;
  // GitHub refuses columns on annotations of several lines.
  const columns =
    annotation.column !== undefined && oneLine
      ? { start_column: annotation.column, end_column: annotation.column }
      : {};
  return {
    path: annotation.path,
    start_line: annotation.line,
    end_line: annotation.endLine ?? annotation.line,
    ...columns,
    annotation_level: annotation.level,
    message: annotation.message,
    title: annotation.title,
  };
}

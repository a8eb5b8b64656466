/** Renders the starter workflows; workflows-templates/ holds them as an organisation would install them. */

import { kitRepository, kitVersion } from './kit-repository.ts';

export interface WorkflowAnswers {
  /** Branch that pull requests target; `$default-branch` in templates. */
  readonly defaultBranch: string;
  readonly dvc: boolean;
  readonly python: 'uv' | 'pip' | undefined;
  readonly node: boolean;
}

/** Any command by the front action, one argument per line. */
function step(name: string, command: string, args: readonly string[] = []): string {
  const given = args.length === 0 ? '' : `\n          args: |\n${args.map((arg) => `            ${arg}`).join('\n')}`;
  return `      - name: ${name}
        uses: ${kitRepository}@${kitVersion}
        with:
          command: ${command}${given}`;
}

function setUp(answers: WorkflowAnswers): readonly string[] {
  const python = `      - uses: actions/setup-python@v6
        with:
          python-version: '3.13'`;
  const uv = `      - name: Install uv and the locked packages
        run: |
          pip install uv
          uv sync --locked
          echo "$PWD/.venv/bin" >> "$GITHUB_PATH"`;
  const pip = `      - name: Install packages
        run: if [ -f requirements.txt ]; then pip install -r requirements.txt; else pip install .; fi`;
  const node = `      - uses: actions/setup-node@v6
        with:
          node-version: 24
      - name: Install packages
        run: npm ci`;
  return [
    `      - uses: actions/checkout@v7
        with:
          fetch-depth: 0
          persist-credentials: false`,
    ...(answers.python === undefined ? [] : [python, answers.python === 'uv' ? uv : pip]),
    ...(answers.node ? [node] : []),
    ...(answers.dvc ? [step('Get the data', 'sync-data', ['pull'])] : []),
  ];
}

const checks = [
  step('Check the data', 'validate-data'),
  step('Train what changed', 'train'),
  step('Compare with the champion', 'evaluate'),
];

/** Pull requests: checks without write permission, and a job that only posts. */
export function renderCiWorkflow(answers: WorkflowAnswers): string {
  return `# Checks the data and the candidate model of a pull request, and says so in one comment.
name: ml-ci
on:
  pull_request:
    branches: [${branch(answers.defaultBranch)}]
permissions: {}
concurrency:
  group: ml-ci-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    permissions:
      contents: read # check out, read the registry tags
    steps:
${[...setUp(answers), ...checks].join('\n')}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: mlops-reports
          path: .mlops/reports
          include-hidden-files: true
          if-no-files-found: ignore
  report:
    # A pull request from a fork has no token that may write.
    if: \${{ !cancelled() && github.event.pull_request.head.repo.full_name == github.repository }}
    needs: check
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      pull-requests: write # the comment
      checks: write # the check run
    steps:
      - name: Post the comment and the check
        uses: ${kitRepository}/actions/report@${kitVersion}
        with:
          artifact: mlops-reports
          expect: |
            validate-data
            evaluate
          fail-on: never
`;
}

/** The default branch, the schedule, and the retrain event: trains, and registers what passes its gates. */
export function renderTrainWorkflow(answers: WorkflowAnswers): string {
  const push = answers.dvc ? [step('Store the outputs', 'sync-data', ['push'])] : [];
  const after = [step('Register the version', 'register'), step('Promote to the first stage', 'promote')];
  return `# Trains on the default branch, by schedule, and when monitoring asks for it; registers what passes its gates.
name: ml-train
on:
  push:
    branches: [${branch(answers.defaultBranch)}]
    paths-ignore: ['deploy/**', '**.md']
  schedule:
    - cron: '17 3 * * 1'
  workflow_dispatch:
  repository_dispatch:
    types: [mlops-retrain]
permissions: {}
concurrency:
  group: ml-train
  cancel-in-progress: false
  queue: max
jobs:
  train:
    runs-on: ubuntu-latest
    timeout-minutes: 360
    permissions:
      contents: write # version and stage tags, records on branch mlops-metadata
      actions: write # start ml-deploy after a promotion
    steps:
${[...setUp(answers), ...checks, ...push, ...after].join('\n')}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: mlops-reports
          path: .mlops/reports
          include-hidden-files: true
          if-no-files-found: ignore
`;
}

/** A branch name in a flow list; names that YAML could read otherwise are quoted, glob characters escaped. */
function branch(name: string): string {
  if (/^\$?[A-Za-z][A-Za-z0-9_/.-]*$/.test(name) && !/^(true|false|null|yes|no|on|off)$/i.test(name)) return name;
  return JSON.stringify(name.replace(/[*+?![\]\\]/g, '\\$&'));
}

/** Writes what a repository needs to start: config, ignore rules and two workflows; never over what is there. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { parseConfig } from '../formats/parse-config.ts';
import type { Ports } from '../ports/ports.ts';
import { defineCommand } from './command.ts';
import { detectProject, type Project } from './init/detect.ts';
import { type ConfigAnswers, renderConfig } from './init/render-config.ts';
import { renderCiWorkflow, renderTrainWorkflow } from './init/render-workflows.ts';

const inputs = z.strictObject({
  model: z.string().optional().describe('Name of the model. Default: from its file, or the folder of the repository.'),
  dataset: z.string().optional().describe('Path of the dataset: file, folder or glob. Default: what is found.'),
  artifact: z.string().optional().describe('File or folder that training writes. Default: from dvc.yaml.'),
  task: z.enum(['binary', 'multiclass', 'regression']).default('binary').describe('What the model predicts.'),
  predictions: z.string().optional().describe('Predictions file that training writes. Default: from dvc.yaml.'),
  command: z.string().optional().describe('Training command, when there is no dvc.yaml.'),
  workflows: z.boolean().default(true).describe('Write the starter workflows.'),
});

/** Folders of the kit that git must not see. */
const ignored = ['reports', 'outbox', 'cache', 'logs', 'artifacts', 'forge'].map((name) => `.mlops/${name}/`);

interface PlannedFile {
  readonly path: string;
  readonly outcome: 'created' | 'extended' | 'kept';
  readonly content: string;
}

export const command = defineCommand({
  name: 'init',
  summary: 'Scaffolds config and workflows into a repository.',
  description:
    'Looks at the repository (dvc.yaml, data files, languages, default branch) and writes mlops.yaml, the ignore rules and two ' +
    'starter workflows. Files that are there stay as they are.',
  inputs,
  outputs: z.strictObject({ files: z.array(z.string()).describe('Files written.') }),
  writes: true,
  async run(ports, given) {
    const project = await detectProject(ports, given.config);
    const answers = answerFor(project, given);
    const plan = await planFiles(ports, project, answers, given);
    const changed = plan.filter((file) => file.outcome !== 'kept');
    if (!given['dry-run']) for (const file of changed) await ports.files.write(file.path, file.content);
    return {
      outputs: { files: changed.map((file) => file.path) },
      document: {
        schema: 'init-result/v1',
        dryRun: given['dry-run'],
        files: plan.map(({ path, outcome }) => ({ path, outcome })),
        detected: { ...project } as unknown as Json,
      },
      markdown: describe(plan, project, answers, given['dry-run']),
    };
  },
});

function answerFor(project: Project, given: z.output<typeof inputs>): ConfigAnswers {
  const artifact = given.artifact ?? project.artifacts[0] ?? 'models/model.onnx';
  const datasetPath = given.dataset ?? project.datasets[0] ?? 'data/*.parquet';
  const fromFile = toName(
    artifact
      .split('/')
      .at(-1)!
      .replace(/\.[^.]*$/, ''),
  );
  const generic = fromFile === '' || /^(model|models|weights|checkpoint|best|final|output)$/i.test(fromFile);
  return {
    dataset: datasetName(datasetPath),
    datasetPath,
    model: toName(given.model ?? (generic ? project.folder : fromFile)) || 'model',
    artifact,
    task: given.task,
    predictions: given.predictions ?? project.predictions[0] ?? 'eval/predictions.parquet',
    pipeline: project.stages.length > 0 && given.command === undefined ? 'dvc.yaml' : undefined,
    command: given.command ?? (project.python === undefined && project.node ? 'node train.js' : 'python train.py'),
  };
}

/** The last folder or file of the path that says something. */
function datasetName(path: string): string {
  const parts = path.split('/').map((part) => toName(part.replace(/\.(parquet|csv|jsonl)$/i, '').replace(/\*+/g, '')));
  return parts.findLast((part) => part !== '' && !/^(data|raw|train|input)$/i.test(part)) || 'main';
}

/** The letters of a config name: those of GTO's artifact names. */
function toName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 60)
    .replace(/[^A-Za-z0-9]+$/, '');
}

async function planFiles(
  ports: Ports,
  project: Project,
  answers: ConfigAnswers,
  given: z.output<typeof inputs> & { readonly config: string },
): Promise<readonly PlannedFile[]> {
  const config = renderConfig(answers);
  // Answers come from file names and inputs: what is written must be a config.
  parseConfig(config, given.config);
  const workflow = {
    defaultBranch: project.defaultBranch,
    dvc: project.hasDvc,
    python: project.python,
    node: project.node,
  };
  const fresh: readonly (readonly [string, string])[] = [
    [given.config, config],
    ...(given.workflows
      ? ([
          ['.github/workflows/ml-ci.yml', renderCiWorkflow(workflow)],
          ['.github/workflows/ml-train.yml', renderTrainWorkflow(workflow)],
        ] as const)
      : []),
  ];
  const files: PlannedFile[] = [];
  for (const [path, content] of fresh)
    files.push({ path, content, outcome: (await ports.files.exists(path)) ? 'kept' : 'created' });
  return [...files, await planIgnore(ports)];
}

async function planIgnore(ports: Ports): Promise<PlannedFile> {
  const path = '.gitignore';
  const before = (await ports.files.exists(path)) ? await ports.files.readText(path) : undefined;
  const lines = (before ?? '').split(/\r?\n/).map((line) => line.trim());
  const covers = (entry: string): boolean =>
    ['.mlops', '.mlops/', '/.mlops', '/.mlops/', entry, `/${entry}`, entry.slice(0, -1)].some((line) =>
      lines.includes(line),
    );
  const missing = ignored.filter((entry) => !covers(entry));
  if (missing.length === 0) return { path, content: before ?? '', outcome: 'kept' };
  const end = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  const content = `${before ?? ''}${end}# working files of mlops-kit\n${missing.join('\n')}\n`;
  return { path, content, outcome: before === undefined ? 'created' : 'extended' };
}

function describe(plan: readonly PlannedFile[], project: Project, answers: ConfigAnswers, dryRun: boolean): string {
  const words = dryRun
    ? { created: 'would be created', extended: 'would be extended', kept: 'there already, kept' }
    : { created: 'created', extended: 'extended', kept: 'there already, kept' };
  const steps = [
    ...(project.datasets.length === 0 && !project.hasConfig
      ? [`Put data at ${inlineCode(answers.datasetPath)}, or set the path in mlops.yaml: none was found.`]
      : []),
    ...(answers.pipeline === undefined && !project.hasConfig
      ? [`Check that ${inlineCode(answers.command)} trains the model, or write a dvc.yaml.`]
      : []),
    `Check names and columns in mlops.yaml: ${inlineCode('mlops-kit config --explain')}`,
    `Write the data contract from the data: ${inlineCode('mlops-kit validate-data --infer')}`,
    `Train and compare: ${inlineCode('mlops-kit train')}, then ${inlineCode('mlops-kit evaluate')}`,
    'Commit the files and open a pull request: ml-ci comments on it. Merging it trains, registers and promotes.',
  ];
  return [
    markdownTable(
      ['file', 'outcome'],
      plan.map((file) => [inlineCode(file.path), words[file.outcome]]),
    ),
    '**Next**',
    steps.map((text, index) => `${index + 1}. ${text}`).join('\n'),
  ].join('\n\n');
}

/** Parses the text of mlops.yaml into a config, reporting all of its problems at once with their places. */

import type { Problem } from '../base/errors.ts';
import { Config } from './config.ts';
import { checkConfigRules, describeRuleProblem } from './config-rules.ts';
import { parseYaml, problemsError, type YamlDocument } from './yaml-document.ts';

const file = { code: 'config', noun: 'config' } as const;

/**
 * Keys and types first, then the rules that span keys.
 *
 * @throws KitError with `problems`; codes start with `config-`
 */
export function parseConfig(text: string, path: string): { readonly config: Config; readonly document: YamlDocument } {
  const { value: config, document } = parseYaml(text, path, { ...file, schema: Config });
  const problems = checkConfigRules(config).map(
    (problem): Problem => ({
      code: problem.code,
      message: describeRuleProblem(problem),
      at: document.locate(problem.path),
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    }),
  );
  if (problems.length > 0) throw problemsError(problems, { ...file, path });
  return { config, document };
}

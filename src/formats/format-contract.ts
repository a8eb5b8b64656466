/** Writes a new data contract as YAML, with the line that lets editors check it. */

import { stringify } from 'yaml';

const header = `# yaml-language-server: $schema=https://raw.githubusercontent.com/bitol-io/open-data-contract-standard/main/schema/odcs-json-schema-v3.1.0.json
# Proposed by \`mlops-kit validate-data --infer\` from the data itself: read it, sharpen it, commit it.
`;

export function formatContract(contract: object): string {
  return `${header}${stringify(contract, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** What programs may import from the package: errors, the config, the formats, the commands and the ports they run on. */

export { formatCanonicalJson, type Json } from './base/canonical-json.ts';
export { formatLocation, KitError, type Location, type Problem } from './base/errors.ts';
export { combineVerdicts, exitCodeOf, type FailOn, type Verdict } from './base/verdict.ts';
export { type Command, type CommandResult, type CommonInputs, defineCommand } from './commands/command.ts';
export { type CommandEntry, commandTable } from './commands/table.ts';
export { Config } from './formats/config.ts';
export { parseConfig } from './formats/parse-config.ts';
export { MetadataRecord } from './formats/record.ts';
export { type FileFormat, fileFormats } from './formats/schemas.ts';
export type { Ports } from './ports/ports.ts';
export { type ComposeOptions, composePorts } from './shell/compose.ts';
export { runCli } from './shell/run-cli.ts';
export { version } from './shell/version.ts';

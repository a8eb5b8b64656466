/** The one list of file formats: from it come schemas/*.schema.json and docs/formats.md. */

import type { z } from 'zod';
import { Config } from './config.ts';
import { MetadataRecord } from './record.ts';

export interface FileFormat {
  /** Name of the schema file: `schemas/<name>.schema.json`. */
  readonly name: string;
  readonly title: string;
  /** Where such a file stands, and who writes it. */
  readonly place: string;
  readonly schema: z.ZodType;
}

export const fileFormats: readonly FileFormat[] = [
  { name: 'mlops', title: 'Project config', place: '`mlops.yaml`, written by you or `mlops-kit init`', schema: Config },
  {
    name: 'record',
    title: 'Record of the metadata store',
    place: 'branch `mlops-metadata`, `records/<kind>/<2 hex>/<sha256>.json`, canonical JSON',
    schema: MetadataRecord,
  },
];

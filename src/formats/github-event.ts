/** The parts of a GitHub event payload that tell which pull request and commit a report belongs to. */

import { z } from 'zod';

const sha = z.string().regex(/^[0-9a-f]{40}$/);

export const GitHubEvent = z.object({
  pull_request: z.object({ number: z.int().positive(), head: z.object({ sha }) }).optional(),
  workflow_run: z
    .object({
      id: z.int().positive(),
      head_sha: sha,
      conclusion: z.string().nullish(),
      html_url: z.string().optional(),
      run_attempt: z.int().positive().optional(),
      event: z.string().optional(),
    })
    .optional(),
});
export type GitHubEvent = z.infer<typeof GitHubEvent>;

/** Requests of the Open Inference Protocol v2 (REST, JSON): parses a body, keeping 64-bit integers exact. */

import { z } from 'zod';

const parameters = z.record(z.string(), z.json());

export const InferenceRequest = z.object({
  id: z.string().max(256).optional(),
  parameters: parameters.optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        datatype: z.string(),
        parameters: parameters.optional(),
        data: z.array(z.unknown()),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string(), parameters: parameters.optional() })).optional(),
});
export type InferenceRequest = z.infer<typeof InferenceRequest>;

export type ParsedInferenceRequest =
  | { readonly kind: 'request'; readonly request: InferenceRequest }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Parses a request body; numbers past 2^53 become bigint. */
export function parseInferenceRequest(body: string): ParsedInferenceRequest {
  let value: unknown;
  try {
    value = /\d{16}/.test(body) ? JSON.parse(body, exactIntegers) : JSON.parse(body);
  } catch (error) {
    return { kind: 'malformed', reason: `the body is no JSON: ${(error as Error).message}` };
  }
  const parsed = InferenceRequest.safeParse(value);
  if (parsed.success) return { kind: 'request', request: parsed.data };
  const issue = parsed.error.issues[0]!;
  const place = issue.path.length === 0 ? 'the body' : `"${issue.path.join('.')}"`;
  return { kind: 'malformed', reason: `${place} is wrong: ${issue.message}` };
}

/** The third argument (source text access) is newer than the type declarations of JSON.parse. */
function exactIntegers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}

import { z } from 'zod';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import { REQUEST_BYTES } from '../limits.ts';
import { isBounded, keepsNumbers } from './json.ts';

export interface CommandRequest {
  readonly id: string;
  /** Wall clock, milliseconds since 1970. */
  readonly expiresAt: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A request, or why it is none; the id where one could be read, because only then it can be answered. */
export type Envelope =
  | { readonly id: string; readonly request: CommandRequest }
  | {
      readonly id: string | undefined;
      readonly request?: undefined;
      readonly fault: FaultCode;
    };

const ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** The form of a request; the reference page is made from it too. */
export const requestSchema = z.strictObject({
  id: z.string().regex(ID).describe('new for each request: a second copy is answered with the first reply'),
  expiresAt: z.iso
    .datetime()
    .max(30)
    .transform(Date.parse)
    .refine(Number.isFinite)
    .describe('ISO 8601, UTC: afterwards it is not executed; at most `commands.maxAgeMs` ahead'),
  args: z.record(z.string(), z.unknown()).optional().describe('what the command takes; absent: nothing'),
});

/** Pure. Never throws, for any bytes. */
export function readEnvelope(payload: Uint8Array, tooLarge: boolean): Envelope {
  if (tooLarge || payload.length > REQUEST_BYTES) return { id: undefined, fault: 'command/too-large' };
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    // V8 parses without recursion and the size is bounded, so a deep request is read too: its id earns it an answer.
    parsed = JSON.parse(text);
  } catch {
    return { id: undefined, fault: 'command/malformed' };
  }
  const id = readId(parsed);
  if (!isBounded(text, parsed)) return { id, fault: 'command/malformed' };
  const checked = requestSchema.safeParse(parsed);
  if (!checked.success) return { id, fault: 'command/malformed' };
  if (!keepsNumbers(text)) return { id: checked.data.id, fault: 'command/value' };
  const { expiresAt, args = {} } = checked.data;
  return { id: checked.data.id, request: { id: checked.data.id, expiresAt, args } };
}

/** The id, where there is one of the right form. */
export function readId(parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { id } = parsed as { readonly id?: unknown };
  return typeof id === 'string' && ID.test(id) ? id : undefined;
}

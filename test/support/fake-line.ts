import type { Inquiry, Outcome } from '../../agent/bus/dialogue/inquiry.ts';
import type { ExchangeReply } from '../../agent/bus/waiting.ts';
import type { LineAccess } from '../../agent/device/polling/line-access.ts';
import { Ticket } from '../../agent/throttle/ticket.ts';
import type { Consequence } from '../../drivers/contract/dialogue.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import { type Asked, asked } from './dialogue.ts';

export const LATE_WITHIN = 2000;

export function ok(samples: readonly Sample[], latencyMs = 3): Outcome {
  return { ok: true, samples, latencyMs };
}

function failed(code: FaultCode, consequence: Consequence): Outcome {
  const answered = consequence !== 'silent';
  const repeat = consequence === 'damaged';
  return { ok: false, fault: new Fault(code), consequence, answered, repeat, acted: false, lateWithin: LATE_WITHIN };
}

export const silent = (code: FaultCode = 'device/silent'): Outcome => failed(code, 'silent');
export const damaged = (code: FaultCode = 'modbus/checksum'): Outcome => failed(code, 'damaged');
export const refused = (code: FaultCode = 'modbus/illegal-address'): Outcome => failed(code, 'refused');
export const open = (code: FaultCode = 'modbus/acknowledge'): Outcome => failed(code, 'may-have-acted');

/** A line that answers dialogues of one request by what `answer` says, with the timeout that the device gives. */
export function fakeLine(
  answer: (dialogue: Asked, inquiry: Inquiry, signal: AbortSignal) => Promise<Outcome> | Outcome,
  { now, characterMs = 0, ...more }: { now: () => number; characterMs?: number } & Partial<LineAccess>,
): LineAccess {
  const tickets = new Set<unknown>();
  return {
    register() {
      const ticket = new Ticket<Inquiry, Outcome>();
      tickets.add(ticket);
      return ticket;
    },
    async ask(ticket, inquiry, signal) {
      if (!tickets.has(ticket)) throw new Error('asked before it was registered');
      inquiry.begins?.();
      const step = inquiry.dialogue.begin(undefined);
      if (step.kind !== 'ask') throw new Error('nothing is asked');
      const timeout = inquiry.timing?.timeoutOf(0, step.exchange, characterMs) ?? step.exchange.timeout;
      if (step.acts) inquiry.acts?.();
      const outcome = await answer({ ...asked(inquiry.dialogue), timeout }, inquiry, signal);
      inquiry.timing?.ended(0, step.exchange, replyOf(outcome), characterMs);
      return outcome.ok ? outcome : { ...outcome, acted: step.acts === true };
    },
    mayAskAt: () => now(),
    cameLate: () => false,
    wake: () => undefined,
    ...more,
  };
}

function replyOf(outcome: Outcome): ExchangeReply<unknown> {
  return outcome.ok
    ? { state: 'answered', result: undefined, latencyMs: outcome.latencyMs }
    : { state: 'failed', fault: outcome.fault, consequence: outcome.consequence, answered: outcome.answered };
}

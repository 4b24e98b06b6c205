import type { Dialogue, ExchangeEnd, Leg, Step } from '../../../drivers/contract/dialogue.ts';
import { LONGEST } from '../../../drivers/contract/duration.ts';
import type { Memory } from '../../../drivers/contract/memory.ts';

export interface Conversation {
  readonly last: Extract<Step, { kind: 'end' | 'fail' }>;
  /** The memory with which the next run begins. */
  readonly memory: Memory | undefined;
  readonly requests: readonly Uint8Array[];
}

/** The answer to a request, in chunks; nothing: nobody answers. */
export type Answerer = (request: Uint8Array, count: number) => readonly Uint8Array[];

/** More steps than any dialogue may have. */
const MOST_STEPS = 600;

/**
 * Runs a dialogue without a line and without waiting. Stricter than the bus: each chunk is judged as it comes, the bytes of
 * an earlier chunk are overwritten, and a run that takes more than its cost says is an error.
 */
export function converse(dialogue: Dialogue, answer: Answerer, memory?: Memory): Conversation {
  const free: Leg[] = [...dialogue.cost.most];
  const requests: Uint8Array[] = [];
  let step = dialogue.begin(memory);
  for (let count = 0; count < MOST_STEPS; count += 1) {
    if (step.kind === 'end' || step.kind === 'fail') {
      if (JSON.stringify(step.memory ?? {}).length > 4096) throw new Error('the memory is too large');
      return { last: step, memory: step.memory ?? memory, requests };
    }
    if (step.kind !== 'ask') throw new Error(`an M-Bus dialogue has no step of the kind ${step.kind}`);
    const { exchange } = step;
    const leg = free.findIndex(
      ({ request, timeout }) => exchange.request.length <= request && exchange.timeout <= timeout,
    );
    if (leg < 0) throw new Error('the run takes more than its cost');
    free.splice(leg, 1);
    if (!(exchange.lateWithin >= 0 && exchange.lateWithin <= LONGEST)) throw new Error('no span of time');
    requests.push(exchange.request);
    step = step.next(judged(exchange, answer(exchange.request, requests.length)));
  }
  throw new Error('the run does not end');
}

function judged(
  exchange: Extract<Step, { kind: 'ask' }>['exchange'],
  chunks: readonly Uint8Array[],
): ExchangeEnd<unknown> {
  let held = new Uint8Array(0);
  for (const [index, chunk] of [...chunks, new Uint8Array(0)].entries()) {
    const room = exchange.answer.most - held.length;
    const next = Uint8Array.from([...held, ...chunk.subarray(0, room)]);
    held.fill(0xaa);
    held = next;
    const verdict = exchange.judge(held, index === chunks.length);
    if (verdict.state === 'done') {
      if (verdict.used > held.length) throw new Error('more is used than came');
      const { result } = verdict;
      held.fill(0xaa);
      return { state: 'answered', result };
    }
    if (verdict.state === 'failed') return verdict;
  }
  throw new Error('the end of the bytes is no verdict');
}

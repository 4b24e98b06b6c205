import { RunCost } from '../../agent/bus/dialogue/run-cost.ts';
import type { Dialogue, Exchange, ExchangeEnd, Step, Verdict } from '../../drivers/contract/dialogue.ts';
import type { Memory } from '../../drivers/contract/memory.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';

/** The answer to a request: bytes, and the places at which they are cut; `late`: nothing more is judged before the end. */
export interface Given {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
}

export interface Ran {
  readonly end: Extract<Step, { kind: 'end' | 'fail' }>;
  /** The requests that were sent. */
  readonly requests: readonly Uint8Array[];
}

/**
 * Runs a dialogue as the bus does, without a line: every request is answered by what `answer` gives.
 * @throws Error where it takes more than it has said, or breaks the contract
 */
export function runWith(
  dialogue: Dialogue,
  line: LineTiming,
  answer: (request: Uint8Array, asked: number) => Given,
  memory?: Memory,
): Ran {
  const cost = new RunCost(dialogue.cost, line);
  const requests: Uint8Array[] = [];
  let { characterMs } = line;
  let rest = new Uint8Array(0);
  let step = dialogue.begin(memory);
  for (;;) {
    if (!cost.step()) throw new Error('steps without end');
    switch (step.kind) {
      case 'ask': {
        const { exchange } = step;
        if (!cost.asks(exchange, characterMs)) throw new Error('a request that is not in cost.most');
        const { bytes, cuts } = answer(exchange.request, requests.length);
        const begun = exchange.request.length === 0 ? rest : new Uint8Array(0);
        requests.push(exchange.request);
        const most = exchange.answer.most;
        const received = Uint8Array.from([...begun, ...bytes]).subarray(0, most);
        requests.push(...(exchange.further ?? []));
        const verdict = judged(exchange, received, most === 0 ? [] : cuts);
        rest = new Uint8Array(0);
        let end: ExchangeEnd<unknown>;
        if (verdict.state === 'done') {
          if (!(verdict.used >= 0 && verdict.used <= received.length)) throw new Error('used more than came');
          rest = received.slice(verdict.used);
          end = { state: 'answered', result: verdict.result };
        } else end = { state: 'failed', fault: verdict.fault, consequence: verdict.consequence };
        step = step.next(end);
        break;
      }
      case 'set-line':
        characterMs = line.baudRate === 0 ? 0 : (line.characterMs * line.baudRate) / step.baudRate;
        step = step.next();
        break;
      case 'break':
      case 'rest':
        if (!cost.rests(step.span)) throw new Error('a rest that is not in cost.most');
        rest = new Uint8Array(0);
        step = step.next();
        break;
      default:
        if (JSON.stringify(step.memory ?? {}).length > 4096) throw new Error('it remembers too much');
        return { end: step, requests };
    }
  }
}

/** The verdict on bytes that come in pieces. */
function judged(
  { judge, further = [] }: Exchange<unknown>,
  received: Uint8Array,
  cuts: readonly number[],
): Exclude<Verdict<unknown>, { state: 'more' }> {
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const verdict = judge(received.subarray(0, Math.min(cut, received.length)), false);
    if (verdict.state !== 'more') return verdict;
    if ((verdict.due ?? 0) > further.length) throw new Error('more is due than there is');
  }
  const verdict = judge(received, true);
  if (verdict.state === 'more') throw new Error('no verdict at the end');
  return verdict;
}

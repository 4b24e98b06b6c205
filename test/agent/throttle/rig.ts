import { checkLimits, type ThrottleLimits } from '../../../agent/throttle/limits.ts';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../../drivers/contract/fault.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export const LIMITS: ThrottleLimits = {
  gap: milliseconds(2),
  maxQueue: 4,
  maxWait: milliseconds(100),
  maxRun: milliseconds(50),
  grace: milliseconds(10),
  commandBurst: 2,
};
checkLimits(LIMITS);

/** One operation under way: the test decides when and how it ends. */
export interface Held {
  readonly data: string;
  readonly at: number;
  readonly signal: AbortSignal;
  end(value?: unknown): void;
  fail(thrown: unknown): void;
}

/** The outcome of a submission: its value, its fault's code, or `open`. */
export interface Outcome {
  result: string;
  fault?: Fault;
}

/** A throttle on a fake clock whose operations end when the test says so. Throws where two ever run at once. */
export function rig(limits: Partial<ThrottleLimits> = {}, obeys = false) {
  const clock = new FakeClock(0, 0);
  const stuck: string[] = [];
  const throttle = new Throttle({
    clock,
    limits: { ...LIMITS, ...limits },
    onStuck: (fault) => stuck.push(fault.code),
  });
  const held: Held[] = [];
  const order: string[] = [];
  let running = 0;
  let most = 0;
  const run = (data: string, signal: AbortSignal): Promise<unknown> => {
    order.push(data);
    most = Math.max(most, ++running);
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void) => {
        running--;
        settled();
      };
      held.push({
        data,
        at: clock.now(),
        signal,
        end: (value = data) => settle(() => resolve(value)),
        fail: (thrown) => settle(() => reject(thrown)),
      });
      if (obeys) signal.addEventListener('abort', () => settle(() => reject(signal.reason)));
    });
  };
  const tickets = { command: throttle.register('command', run), poll: throttle.register('poll', run) };
  throttle.seal();
  const submit = (lane: 'command' | 'poll', data: string, signal = new AbortController().signal): Outcome => {
    const outcome: Outcome = { result: 'open' };
    throttle.submit(tickets[lane], data, signal).then(
      (value) => {
        outcome.result = `value ${value}`;
      },
      (thrown) => {
        outcome.fault = toFault(thrown);
        outcome.result = outcome.fault.code;
      },
    );
    return outcome;
  };
  return {
    clock,
    throttle,
    tickets,
    stuck,
    held,
    order,
    submit,
    /** The operation that started last. */
    last(): Held {
      const one = held.at(-1);
      if (one === undefined) throw new Error('nothing has started');
      return one;
    },
    most: () => most,
  };
}

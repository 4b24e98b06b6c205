import {
  ask,
  type Consequence,
  type Dialogue,
  type DialogueCost,
  type Exchange,
  type Leg,
  type Step,
} from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { LineTiming } from '../../contract/port.ts';
import type { Sample } from '../../contract/reading.ts';
import type { Block } from './answers.ts';
import {
  acknowledgement,
  beginningExchange,
  breakMessage,
  dataExchange,
  signOnExchange,
  wakeUpExchange,
} from './exchanges.ts';
import type { Identification } from './identification.ts';
import type { Options } from './options.ts';
import { Speeds } from './speeds.ts';

/** Silence behind the NULs: 1.5 to 1.7 s (IEC 62056-21). Milliseconds. */
const WAKE_UP_REST = 1600;

const NONE = milliseconds(0);

export interface ReadoutRules {
  readonly options: Options;
  /** As configured: at the speed of the sign-on. */
  readonly line: LineTiming;
  /** The points that the run reads. */
  readonly points: readonly string[];
  /** The samples of a readout's data; a fault where the data make no sense. Pure. */
  samples(block: Block): readonly Sample[] | Fault;
  /** The meter's account of itself, in its identification and in its data. Pure. */
  identity(line: string, block: Block): ToldIdentity;
}

/**
 * The whole readout of a meter in modes A, B and C (IEC 62056-21): sign-on, identification, in mode C the
 * acknowledgement at the old speed, the change of speed, the data block. One run, because the meter ends the session with
 * the block.
 */
export function readout(rules: ReadoutRules): Dialogue {
  const { options, points } = rules;
  const run = new Run(rules);
  return {
    key: 'readout',
    points,
    cost: run.cost,
    ...(options.fixedSpeed || options.mode === 'a' ? {} : { needs: ['line-speed'] as const }),
    begin: () => run.begin(),
  };
}

class Run {
  readonly #rules: ReadoutRules;
  readonly #options: Options;
  readonly #speeds: Speeds;

  constructor(rules: ReadoutRules) {
    this.#rules = rules;
    this.#options = rules.options;
    this.#speeds = new Speeds(rules.options, rules.line);
  }

  get cost(): DialogueCost {
    const { usual, slowest } = this.#speeds;
    return { usual: this.#legs(usual, true), most: this.#legs(slowest, false) };
  }

  begin(): Step {
    if (!this.#options.wakeUp) return this.#signOn();
    const rest: Step = { kind: 'rest', span: milliseconds(WAKE_UP_REST), next: () => this.#signOn() };
    return ask(wakeUpExchange(this.#speeds.line), () => rest);
  }

  #signOn(): Step {
    return ask(signOnExchange(this.#options, this.#speeds.line), (end) =>
      end.state === 'failed' ? failure(end.fault, end.consequence) : this.#identified(end.result),
    );
  }

  #identified(said: Identification): Step {
    const { mode: configured, reactionMs } = this.#options;
    // A meter of mode A may send any character that is none of the other modes, and old ones send those too.
    const mode = configured === 'a' ? 'a' : said.mode;
    const isExpected = configured === 'auto' || configured === mode;
    const baudRate = isExpected ? this.#speeds.chosen({ ...said, mode }) : undefined;
    if (baudRate === undefined) {
      return { kind: 'fail', fault: new Fault('iec62056/speed'), consequence: 'refused', repeat: 'never' };
    }
    const next = () => this.#changeTo(baudRate, said.line);
    if (mode !== 'c') return next();
    const acknowledge = ask(acknowledgement(this.#options, baudRate), next);
    return { kind: 'rest', span: milliseconds(reactionMs), next: () => acknowledge };
  }

  #changeTo(baudRate: number, line: string): Step {
    const next = () => this.#awaitData(baudRate, line);
    return baudRate === this.#speeds.line ? next() : { kind: 'set-line', baudRate, next };
  }

  #awaitData(baudRate: number, line: string): Step {
    return ask(beginningExchange(this.#options, baudRate), (begun) => {
      if (begun.state === 'failed') return this.#leave(failure(begun.fault, begun.consequence));
      return ask(dataExchange(this.#options, baudRate), (end) => {
        if (end.state === 'failed') return this.#leave(failure(end.fault, end.consequence));
        const samples = this.#rules.samples(end.result);
        if (samples instanceof Fault) return this.#leave(failure(samples, 'damaged'));
        return this.#leave({ kind: 'end', samples, identity: this.#rules.identity(line, end.result) });
      });
    });
  }

  #leave(last: Step): Step {
    return this.#options.endWithBreak ? ask(breakMessage(), () => last) : last;
  }

  #legs(baudRate: number, isUsual: boolean): readonly Leg[] {
    const { wakeUp, mode, reactionMs, endWithBreak, maxBlockBytes } = this.#options;
    const { line } = this.#speeds;
    const signOn = signOnExchange(this.#options, line);
    const data = dataExchange(this.#options, baudRate);
    return [
      ...(wakeUp ? [legOf(wakeUpExchange(line), 0, WAKE_UP_REST)] : []),
      legOf(signOn, isUsual ? signOn.answer.usual : signOn.answer.most),
      ...(mode === 'a' || mode === 'b' ? [] : [legOf(acknowledgement(this.#options, baudRate), 0, reactionMs)]),
      { ...legOf(beginningExchange(this.#options, baudRate), 1), baudRate },
      legOf(data, isUsual ? data.answer.usual : maxBlockBytes),
      ...(endWithBreak ? [legOf(breakMessage(), 0)] : []),
    ];
  }
}

function failure(fault: Fault, consequence: Consequence): Step {
  return { kind: 'fail', fault, consequence, repeat: 'whole' };
}

function legOf({ request, timeout }: Exchange<unknown>, answer: number, rest?: number): Leg {
  const leg = { request: request.length, answer, timeout, quietBefore: NONE };
  return rest === undefined ? leg : { ...leg, rest: milliseconds(rest) };
}

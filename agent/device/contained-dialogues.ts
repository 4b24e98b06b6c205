import {
  type Consequence,
  type Dialogue,
  type Exchange,
  type FailStep,
  type Leg,
  LONGEST_ANSWER,
  LONGEST_QUIET,
  LONGEST_REQUEST,
  type Step,
  type Verdict,
} from '../../drivers/contract/dialogue.ts';
import { LONGEST } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import {
  areSamples,
  type DriverCall,
  type DriverCalls,
  isIdentity,
  isMemory,
  isObject,
  isStray,
} from './driver-calls.ts';

const MOST_LEGS = 256;
const SLOWEST = 50;
const FASTEST = 4_000_000;

const CONSEQUENCES: ReadonlySet<Consequence> = new Set<Consequence>(['silent', 'damaged', 'refused', 'may-have-acted']);

/** A driver's dialogues, whose calls can't throw and give nothing but what the contract says. */
export class ContainedDialogues {
  readonly #calls: DriverCalls;
  /** One of ours for each of the driver's: others remember dialogues by identity, and most steps are made once. */
  readonly #dialogues = new WeakMap<Dialogue, Dialogue>();
  readonly #steps = new WeakMap<Step, Step>();

  constructor(calls: DriverCalls) {
    this.#calls = calls;
  }

  /** @throws Fault `driver/threw`, and where `mayRefuse` the driver's own */
  of(call: DriverCall, work: () => readonly Dialogue[], mayRefuse = false): readonly Dialogue[] {
    return this.#calls.make(
      call,
      () => work().map((dialogue) => this.#contain(dialogue)),
      () => true,
      mayRefuse,
    );
  }

  #contain(dialogue: Dialogue): Dialogue {
    const known = this.#dialogues.get(dialogue);
    if (known !== undefined) return known;
    if (!isDialogue(dialogue)) throw new Fault('driver/threw');
    const { key, points, cost, needs } = dialogue;
    const made: Dialogue = {
      ...{ key, points, cost },
      ...(needs === undefined ? {} : { needs }),
      begin: (memory, run) => this.#step('begin', () => dialogue.begin(memory, run)),
      ...(dialogue.split === undefined ? {} : { split: (refused: Fault) => this.#split(dialogue, refused) }),
    };
    this.#dialogues.set(dialogue, made);
    return made;
  }

  /** A driver that can't make parts has none. */
  #split(dialogue: Dialogue, refused: Fault): readonly Dialogue[] {
    try {
      return this.of('split', () => dialogue.split?.(refused) ?? []);
    } catch {
      return [];
    }
  }

  /** A driver that does not know how to go on has come to the end. */
  #step(call: 'begin' | 'next', work: () => Step): Step {
    const step = this.#calls.makeOr<Step>(call, work, isStep, (fault) => failed(fault));
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const made = this.#containStep(step);
    this.#steps.set(step, made);
    return made;
  }

  #containStep(step: Step): Step {
    switch (step.kind) {
      case 'ask': {
        const { exchange } = step;
        const judge = (received: Uint8Array, ended: boolean) => this.#judge(exchange, received, ended);
        return { ...step, exchange: { ...exchange, judge }, next: (end) => this.#step('next', () => step.next(end)) };
      }
      case 'set-line':
      case 'break':
      case 'rest':
        return { ...step, next: () => this.#step('next', () => step.next()) };
      case 'end':
        return step.further === undefined ? step : { ...step, further: this.#contain(step.further) };
      default:
        return step;
    }
  }

  /** Who can't judge what has come may be able to judge the whole; at the end it is no answer, as if none had come. */
  #judge<T>(exchange: Exchange<T>, received: Uint8Array, ended: boolean): Verdict<T> {
    return this.#calls.makeOr<Verdict<T>>(
      'judge',
      () => exchange.judge(received, ended),
      (verdict) => isVerdict(verdict, received.length) && !(ended && verdict.state === 'more'),
      (fault) =>
        ended ? { state: 'failed', fault, consequence: 'silent', answered: false, strays: [] } : { state: 'more' },
    );
  }
}

function failed(fault: Fault): FailStep {
  return { kind: 'fail', fault, consequence: 'silent', repeat: 'never' };
}

function isDialogue({ key, points, cost }: Dialogue): boolean {
  if (typeof key !== 'string' || !Array.isArray(points)) return false;
  return [cost.usual, cost.most].every(
    (legs) => Array.isArray(legs) && legs.length > 0 && legs.length <= MOST_LEGS && legs.every(isLeg),
  );
}

function isFurther(further: Dialogue | undefined): boolean {
  return further === undefined || (isObject(further) && isObject(further.cost) && isDialogue(further));
}

function isLeg({ request, answer, timeout, quietBefore, baudRate, rest }: Leg): boolean {
  const spans = [timeout, quietBefore, rest ?? 0];
  return [request, answer].every(isCount) && spans.every(isSpan) && (baudRate === undefined || isSpeed(baudRate));
}

function isStep(step: Step): boolean {
  if (!isObject(step)) return false;
  switch (step.kind) {
    case 'ask':
      return isExchange(step.exchange) && typeof step.next === 'function';
    case 'set-line':
      return isSpeed(step.baudRate) && typeof step.next === 'function';
    case 'break':
    case 'rest':
      return isSpan(step.span) && typeof step.next === 'function';
    case 'end':
      return areSamples(step.samples) && isMemory(step.memory) && isIdentity(step.identity) && isFurther(step.further);
    case 'fail':
      return step.fault instanceof Fault && CONSEQUENCES.has(step.consequence) && isMemory(step.memory);
    default:
      return false;
  }
}

function isExchange(exchange: Exchange<unknown>): boolean {
  const { request, answer, timeout, idle = timeout, beginWithin = timeout, quietBefore = 0 } = exchange;
  const { signature, lateWithin, judge } = exchange;
  if (!(request instanceof Uint8Array) || request.length > LONGEST_REQUEST) return false;
  if (![answer.usual, answer.most].every(isCount) || answer.most > LONGEST_ANSWER) return false;
  if (![timeout, idle, beginWithin, lateWithin].every(isSpan) || !(quietBefore >= 0 && quietBefore <= LONGEST_QUIET))
    return false;
  return (signature === undefined || typeof signature === 'string') && typeof judge === 'function';
}

function isVerdict(verdict: Verdict<unknown>, length: number): boolean {
  if (!isObject(verdict)) return false;
  if (verdict.state === 'more') return true;
  if (!Array.isArray(verdict.strays) || !verdict.strays.every(isStray)) return false;
  if (verdict.state === 'done') return isCount(verdict.used) && verdict.used <= length;
  return verdict.state === 'failed' && verdict.fault instanceof Fault && CONSEQUENCES.has(verdict.consequence);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isSpan(value: number): boolean {
  return value >= 0 && value <= LONGEST;
}

function isSpeed(value: number): boolean {
  return Number.isSafeInteger(value) && value >= SLOWEST && value <= FASTEST;
}

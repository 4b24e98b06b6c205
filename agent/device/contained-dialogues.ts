import {
  type AskStep,
  type Consequence,
  type Dialogue,
  type Exchange,
  type FailStep,
  type Leg,
  LONGEST_ANSWER,
  LONGEST_QUIET,
  LONGEST_REQUEST,
  MOST_FURTHER,
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
  /** One of ours for each of the driver's: others remember dialogues by identity. */
  readonly #dialogues = new WeakMap<Dialogue, Dialogue>();

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
    const mayFollow = needs?.includes('network') === true;
    // most dialogues begin with the same step each time
    let last: { readonly theirs: Step; readonly ours: Step } | undefined;
    const begin: Dialogue['begin'] = (memory, run) => {
      const theirs = this.#given('begin', () => dialogue.begin(memory, run), mayFollow);
      if (last?.theirs !== theirs) last = { theirs, ours: this.#containStep(theirs, mayFollow) };
      return last.ours;
    };
    const made: Dialogue = {
      ...{ key, points, cost, begin },
      ...(needs === undefined ? {} : { needs }),
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
  #given(call: 'begin' | 'next', work: () => Step, mayFollow: boolean): Step {
    return this.#calls.makeOr<Step>(call, work, (step) => isStep(step, mayFollow), failed);
  }

  #next(work: () => Step, mayFollow: boolean): Step {
    return this.#containStep(this.#given('next', work, mayFollow), mayFollow);
  }

  #containStep(step: Step, mayFollow: boolean): Step {
    switch (step.kind) {
      case 'ask': {
        const { exchange } = step;
        const judge = (received: Uint8Array, ended: boolean) => this.#judge(exchange, received, ended);
        const next: AskStep['next'] = (end) => this.#next(() => step.next(end), mayFollow);
        return { ...step, exchange: { ...exchange, judge }, next };
      }
      case 'set-line':
      case 'break':
      case 'rest':
        return { ...step, next: () => this.#next(() => step.next(), mayFollow) };
      case 'end':
        return step.further === undefined ? step : { ...step, further: this.#contain(step.further) };
      default:
        return step;
    }
  }

  /**
   * A driver that can't judge the bytes so far may be able to judge the whole; at the end it is no answer, as if none
   * had come.
   */
  #judge<T>(exchange: Exchange<T>, received: Uint8Array, ended: boolean): Verdict<T> {
    return this.#calls.makeOr<Verdict<T>>(
      'judge',
      () => exchange.judge(received, ended),
      (verdict) => isVerdict(verdict, received.length, exchange) && !(ended && verdict.state === 'more'),
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

function isFurtherDialogue(further: Dialogue | undefined): boolean {
  return further === undefined || (isObject(further) && isObject(further.cost) && isDialogue(further));
}

function isLeg({ request, answer, timeout, quietBefore, baudRate, rest }: Leg): boolean {
  const spans = [timeout, quietBefore, rest ?? 0];
  return [request, answer].every(isCount) && spans.every(isSpan) && (baudRate === undefined || isSpeed(baudRate));
}

function isStep(step: Step, mayFollow: boolean): boolean {
  if (!isObject(step)) return false;
  switch (step.kind) {
    case 'ask':
      return isExchange(step.exchange, mayFollow) && typeof step.next === 'function';
    case 'set-line':
      return isSpeed(step.baudRate) && typeof step.next === 'function';
    case 'break':
    case 'rest':
      return isSpan(step.span) && typeof step.next === 'function';
    case 'end':
      return (
        areSamples(step.samples) &&
        isMemory(step.memory) &&
        isIdentity(step.identity) &&
        isFurtherDialogue(step.further)
      );
    case 'fail':
      return step.fault instanceof Fault && CONSEQUENCES.has(step.consequence) && isMemory(step.memory);
    default:
      return false;
  }
}

function isRequest(request: Uint8Array): boolean {
  return request instanceof Uint8Array && request.length <= LONGEST_REQUEST;
}

function isFurther(further: Exchange<unknown>['further'], mayFollow: boolean): boolean {
  if (further === undefined) return true;
  return mayFollow && Array.isArray(further) && further.length <= MOST_FURTHER && further.every(isRequest);
}

function isExchange(exchange: Exchange<unknown>, mayFollow: boolean): boolean {
  const { request, further, answer, timeout, idle = timeout, beginWithin = timeout, quietBefore = 0 } = exchange;
  const { signature, lateWithin, judge } = exchange;
  if (!isRequest(request) || !isFurther(further, mayFollow)) return false;
  if (![answer.usual, answer.most].every(isCount) || answer.most > LONGEST_ANSWER) return false;
  if (![timeout, idle, beginWithin, lateWithin].every(isSpan) || !(quietBefore >= 0 && quietBefore <= LONGEST_QUIET))
    return false;
  return (signature === undefined || typeof signature === 'string') && typeof judge === 'function';
}

function isVerdict(verdict: Verdict<unknown>, length: number, { further = [] }: Exchange<unknown>): boolean {
  if (!isObject(verdict)) return false;
  if (verdict.state === 'more')
    return verdict.due === undefined || (isCount(verdict.due) && verdict.due <= further.length);
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

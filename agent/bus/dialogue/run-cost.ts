import { type DialogueCost, type Exchange, requestBytes } from '../../../drivers/contract/dialogue.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import { atSpeed } from '../../../drivers/port/line.ts';

/** Sums of fractions. */
const ROUNDING = 1e-6;

/** So many steps that ask nothing may come with each leg: a speed, a break, a rest, and as much once more. */
const STEPS_PER_LEG = 8;

/** Of each cost the times of its legs on the line on which it was asked last: a driver runs the same dialogues again and again. */
const known = new WeakMap<DialogueCost, { readonly line: LineTiming; readonly times: readonly number[] }>();

/**
 * Holds a run to what its dialogue has said that it costs at most. Each request takes the cheapest leg that is left and
 * no shorter than it; so no order of the legs is refused that could be paid.
 */
export class RunCost {
  readonly #declared: DialogueCost;
  readonly #line: LineTiming;
  /** Times of the legs that are left, shortest first. */
  #legs: number[] | undefined;
  #rest: number;
  #steps: number;

  /** @param line as configured */
  constructor(declared: DialogueCost, line: LineTiming) {
    this.#declared = declared;
    this.#line = line;
    this.#steps = (declared.most.length + 1) * STEPS_PER_LEG;
    this.#rest = declared.most.reduce((sum, { rest = 0 }) => sum + rest, 0) + ROUNDING;
  }

  /** @returns whether one more step is paid */
  step(): boolean {
    this.#steps -= 1;
    return this.#steps >= 0;
  }

  /** @returns whether this request is paid */
  asks(exchange: Exchange<unknown>, characterMs: number): boolean {
    const { timeout, quietBefore: quiet = 0 } = exchange;
    const { most } = this.#declared;
    if (!most.some((leg) => quiet <= leg.quietBefore + ROUNDING)) return false;
    const time = requestBytes(exchange) * characterMs + timeout;
    this.#legs ??= legTimes(this.#declared, this.#line).slice();
    const at = this.#legs.findIndex((leg) => time <= leg + ROUNDING);
    if (at < 0) return false;
    this.#legs.splice(at, 1);
    return true;
  }

  /** @returns whether this rest or break is paid */
  rests(span: number): boolean {
    this.#rest -= span;
    return this.#rest >= 0;
  }
}

/** @returns shortest first */
function legTimes(cost: DialogueCost, line: LineTiming): readonly number[] {
  const last = known.get(cost);
  if (last?.line === line) return last.times;
  let { baudRate } = line;
  const times = cost.most.map((leg) => {
    baudRate = leg.baudRate ?? baudRate;
    return leg.request * atSpeed(line, baudRate).characterMs + leg.timeout;
  });
  times.sort((a, b) => a - b);
  known.set(cost, { line, times });
  return times;
}

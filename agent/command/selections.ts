import { randomBytes } from 'node:crypto';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { SELECT_LIMIT, SELECTIONS } from './limits.ts';

interface Selection {
  readonly device: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly until: Instant;
}

/** What the answer to `select` holds. */
export interface Selected {
  readonly token: string;
  readonly validMs: number;
}

/**
 * The first half of select before operate: who has selected which values of which points. A point is in one selection
 * at a time, and a selection ends with its first use or after {@link SELECT_LIMIT}. In memory: a restart ends all.
 */
export class Selections {
  readonly #clock: Clock;
  readonly #byToken = new Map<string, Selection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byToken.size;
  }

  /** @throws Fault `command/selected`, `command/rate` where there are too many */
  check(device: string, values: ReadonlyMap<string, Value>): void {
    const now = this.#clock.now();
    for (const [token, selection] of this.#byToken) {
      if (now >= selection.until) this.#byToken.delete(token);
      else if (selection.device === device && [...values.keys()].some((name) => selection.values.has(name))) {
        throw new Fault('command/selected');
      }
    }
    if (this.#byToken.size >= SELECTIONS) throw new Fault('command/rate');
  }

  /** @throws Fault as `check` */
  open(device: string, values: ReadonlyMap<string, Value>): Selected {
    this.check(device, values);
    const token = randomBytes(16).toString('base64url');
    this.#byToken.set(token, { device, values, until: this.#clock.now() + SELECT_LIMIT });
    return { token, validMs: SELECT_LIMIT };
  }

  /**
   * Uses a selection up, whatever comes of it: a token that was seen is worth nothing any more.
   * @param args what is to be written; must be what was selected, all of it
   * @throws Fault `command/token`
   */
  use(device: string, token: string, args: Readonly<Record<string, unknown>>): void {
    const selection = this.#byToken.get(token);
    this.#byToken.delete(token);
    const names = Object.keys(args);
    const fits =
      selection !== undefined &&
      this.#clock.now() < selection.until &&
      selection.device === device &&
      names.length === selection.values.size &&
      names.every((name) => selection.values.has(name) && selection.values.get(name) === args[name]);
    if (!fits) throw new Fault('command/token');
  }
}

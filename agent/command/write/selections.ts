import { randomBytes } from 'node:crypto';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { SELECT_LIMIT, SELECTIONS } from '../limits.ts';

interface Selection {
  readonly device: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly until: Instant;
  /** Neither used nor called off. */
  isOpen: boolean;
}

/** The hold of one `operate` on its selection: a refusal before anything was sent costs the operator nothing. */
export interface Claim {
  /** @throws Fault `command/token` where another one has used it meanwhile, or it was called off */
  check(): void;
  /**
   * As the write leaves: the selection is used up.
   * @throws Fault as `check`
   */
  use(): void;
  /** Nothing was sent after all: the selection that `use` took may be used until its time is over. */
  giveBack(): void;
}

/** The content of the answer to `select`. */
export interface Selected {
  readonly token: string;
  readonly validMs: number;
}

/**
 * The first half of select before operate: the selected values of points, each selection with its token. A point is in
 * one selection at a time, and a selection ends with the first write that is sent for it or after {@link SELECT_LIMIT}.
 * In memory: a restart ends all.
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
    this.#byToken.set(token, { device, values, until: this.#clock.now() + SELECT_LIMIT, isOpen: true });
    return { token, validMs: SELECT_LIMIT };
  }

  /**
   * The selection that an `operate` is for. Its time is judged here and not again: a request that came in time may wait
   * for its turn. A token that comes with other values, or for another device, calls its selection off.
   * @param args the values to be written; must be the selected ones, all of them
   * @throws Fault `command/token`
   */
  claim(device: string, token: string, args: Readonly<Record<string, unknown>>): Claim {
    const selection = this.#byToken.get(token);
    const names = Object.keys(args);
    const isMeant =
      selection !== undefined &&
      selection.device === device &&
      names.length === selection.values.size &&
      names.every((name) => selection.values.has(name) && selection.values.get(name) === args[name]);
    if (selection !== undefined && !(isMeant && this.#clock.now() < selection.until)) this.#end(token, selection);
    if (selection === undefined || !selection.isOpen) throw new Fault('command/token');
    const check = () => {
      if (!selection.isOpen) throw new Fault('command/token');
    };
    let isMine = false;
    return {
      check,
      use: () => {
        // a write that waits for the line may be asked more than once whether it still holds
        if (isMine) return;
        check();
        this.#end(token, selection);
        isMine = true;
      },
      giveBack: () => {
        if (!isMine) return;
        isMine = false;
        selection.isOpen = true;
        if (this.#clock.now() < selection.until) this.#byToken.set(token, selection);
      },
    };
  }

  #end(token: string, selection: Selection): void {
    selection.isOpen = false;
    this.#byToken.delete(token);
  }
}

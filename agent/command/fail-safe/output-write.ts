import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { backoff } from '../../clock/backoff.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { DeviceControl, WriteResult } from '../../device/control.ts';
import { RUN_LIMIT } from '../limits.ts';
import type { WriteRules } from '../write/rules.ts';

/** A device whose outputs have a defined state for when nobody can control them. */
export interface LinkLossDevice {
  readonly control: DeviceControl;
  /** The broker must be away for so long without a break, milliseconds. */
  readonly afterMs: number;
  /** Checked at the load of the config as the values of a command are. */
  readonly values: ReadonlyMap<string, Value>;
}

/** The outcome. `refused`: nothing was sent; `cancelled`: the link is back, or the agent stops, before it was confirmed. */
export interface LinkLossEnd {
  readonly outcome: WriteResult['outcome'] | 'refused' | 'cancelled';
  readonly code?: FaultCode | undefined;
}

/** How the outputs of one device stand in the newest loss in which they were due. */
export interface LinkLossStanding extends LinkLossEnd {
  /** Writes that were tried in it. */
  readonly tries: number;
  /** Wall clock, milliseconds since 1970, of this end. */
  readonly at: number;
}

export interface OutputWriteSetup {
  readonly clock: Clock;
  readonly lockedOut: () => boolean;
  /** Aborted when nobody waits any longer for what runs. */
  readonly told: AbortSignal;
  /** A try whose kind of end is new in this loss. Must not throw. */
  readonly tell: (device: LinkLossDevice, end: LinkLossEnd) => void;
  readonly guard: WriteCount | undefined;
  readonly supervisor: Supervisor;
}

/** The part of the guard that forbids nothing: the order of writes to one device, and their count. */
export type WriteCount = Pick<WriteRules, 'inTurn' | 'begin' | 'leaves' | 'settled'>;

/**
 * Between tries: a device that is away costs its line its timeout each time, so they grow apart; one that is heard
 * again is tried at once, so they may.
 */
const RETRY_LEAST = milliseconds(500);
const RETRY_MOST = milliseconds(60_000);

/** A person on site gives the machine back within about the time in which the switch is seen. */
const LOCKED_OUT = milliseconds(1_000);

/** Not the device but a queue before it was the reason: the next try need not wait for longer than this one did. */
const QUEUE: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'throttle/full',
  'throttle/waited-too-long',
  'command/device-busy',
]);

/** Faults after which bytes may be on the line although the device gave no result. */
const UNCERTAIN: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'internal/unexpected',
  'internal/deadline',
  'internal/cancelled',
]);

/** Ends of which an operator is told apart from others of the same outcome. */
const TOLD_APART: ReadonlySet<FaultCode> = new Set<FaultCode>(['command/lockout', 'command/not-kept']);

/** The end that a throw means: a device throws a fault only where nothing was sent. */
function endOf(thrown: unknown, begun: boolean): { readonly outcome: 'unknown' | 'refused'; readonly code: FaultCode } {
  const { code } = toFault(thrown);
  return { outcome: begun && UNCERTAIN.has(code) ? 'unknown' : 'refused', code };
}

interface Loss {
  readonly since: Instant;
  over: boolean;
}

/** One device's write: once in each loss that lasts, one try at a time, until the device has confirmed it. */
export class OutputWrite {
  readonly #device: LinkLossDevice;
  readonly #setup: OutputWriteSetup;
  #loss: Loss | undefined;
  #running: Promise<void> | undefined;
  #standing: LinkLossStanding | undefined;
  /** Since the last try began. */
  #heard = false;
  #wake = () => {};

  constructor(device: LinkLossDevice, setup: OutputWriteSetup) {
    this.#device = device;
    this.#setup = setup;
  }

  /** Undefined: no loss since the start lasted long enough. */
  get standing(): LinkLossStanding | undefined {
    return this.#standing;
  }

  lost(since: Instant): void {
    if (this.#loss !== undefined) return;
    this.#loss = { since, over: false };
    // a try of the loss before may still be on the line: then this one is taken up after it
    const { supervisor, told } = this.#setup;
    const name = `outputs of ${this.#device.control.id}`;
    this.#running ??= supervisor.untilDone(name, () => this.#run(), told);
  }

  back(): void {
    if (this.#loss === undefined) return;
    this.#loss.over = true;
    this.#loss = undefined;
    this.#wake();
  }

  /** The device is there again. */
  heard(): void {
    this.#heard = true;
    this.#wake();
  }

  /** Settles once nothing runs. Never rejects. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let served: Loss | undefined;
    for (let loss = this.#loss; loss !== undefined && loss !== served; loss = this.#loss) {
      served = loss;
      await this.#serve(loss);
    }
    // in the same turn as the last look, lest a loss comes in between
    this.#running = undefined;
  }

  async #serve(loss: Loss): Promise<void> {
    const { clock, tell } = this.#setup;
    const due = loss.since + this.#device.afterMs;
    for (let rest = due - clock.now(); rest > 0 && !loss.over; rest = due - clock.now()) await this.#rest(rest);
    if (loss.over) return;
    this.#standing = undefined;
    if (await this.#write(loss)) return;
    tell(this.#device, { outcome: 'cancelled' });
    // the outcome of the last try says more than that there was no other
    if (this.#standing === undefined) this.#stand({ outcome: 'cancelled' }, 0);
  }

  #stand(end: LinkLossEnd, tries: number): void {
    this.#standing = { ...end, tries, at: this.#setup.clock.wall() };
  }

  /** @returns false if the loss is over before it came to an end */
  async #write(loss: Loss): Promise<boolean> {
    const { tell } = this.#setup;
    const told = new Set<string>();
    let tried = 0;
    for (let tries = 0; !loss.over; ) {
      this.#heard = false;
      const end = await this.#try(loss);
      const { outcome, code } = end;
      const final = outcome === 'applied' || outcome === 'verified' || code === 'command/unloaded';
      const kind = code !== undefined && TOLD_APART.has(code) ? code : outcome;
      // that its loss was over before the first byte is no end of a try
      const begun = outcome !== 'refused' || !loss.over;
      if (begun) this.#stand(end, ++tried);
      if (begun && !told.has(kind)) tell(this.#device, end);
      told.add(kind);
      if (final) return true;
      if (loss.over || this.#heard) continue;
      if (code === 'command/lockout') await this.#rest(LOCKED_OUT);
      else await this.#rest(backoff(tries, RETRY_LEAST, RETRY_MOST, 1));
      if (code === undefined || !QUEUE.has(code)) tries += 1;
    }
    return false;
  }

  async #try(loss: Loss): Promise<LinkLossEnd> {
    const { clock, lockedOut, told } = this.#setup;
    let begun = false;
    const stillValid = (): void => {
      if (loss.over) throw new Fault('internal/cancelled');
      if (lockedOut()) throw new Fault('command/lockout');
      begun = true;
    };
    try {
      // asked here too: a bus is not to be waited for in vain
      if (lockedOut()) throw new Fault('command/lockout');
      const { outcome, fault } = await withDeadline(clock, RUN_LIMIT, told, (signal) => this.#send(stillValid, signal));
      return { outcome, code: fault?.code };
    } catch (thrown) {
      return endOf(thrown, begun);
    }
  }

  async #send(stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    const { control, values } = this.#device;
    const { guard } = this.#setup;
    if (guard === undefined) return control.write(values, stillValid, signal);
    return guard.inTurn(control, signal, async () => {
      // it counts from here on; that the count can't be stored, or not yet, is no reason to leave an output on
      guard.begin(control, values).catch(() => undefined);
      let begun = false;
      const leaves = (): void => {
        stillValid();
        guard.leaves(control, values);
        begun = true;
      };
      try {
        const result = await control.write(values, leaves, signal);
        guard.settled(control, values, result.outcome, result.values);
        return result;
      } catch (thrown) {
        guard.settled(control, values, endOf(thrown, begun).outcome);
        throw thrown;
      }
    });
  }

  /** For so long, or until somebody wakes it: the caller looks why. */
  async #rest(wait: number): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    try {
      await this.#setup.clock.sleep(milliseconds(wait), waking.signal);
    } catch {
      // woken
    } finally {
      this.#wake = () => {};
    }
  }
}

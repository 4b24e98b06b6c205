import { setMaxListeners } from 'node:events';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { Supervisor } from '../../clock/supervisor.ts';
import type { Link } from '../../link/link.ts';
import type { Log } from '../../log/log.ts';
import { SETTLE_LIMIT } from '../limits.ts';
import { LOCKOUT_FILE, Lockout } from '../lockout.ts';
import {
  type LinkLossDevice,
  type LinkLossEnd,
  type LinkLossStanding,
  OutputWrite,
  type WriteCount,
} from './output-write.ts';

export interface FailSafeOptions {
  /** Those whose config has `onLinkLoss`; with none there is nothing to do. */
  readonly devices: readonly LinkLossDevice[];
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<Audit, 'append'>;
  /** Keeps the order of writes to a device, and counts these; limits such as `dailyWrites` do not hold them back. */
  readonly guard?: WriteCount | undefined;
  /** The switch on site; {@link LOCKOUT_FILE} where it is not given. */
  readonly lockoutFile?: string | undefined;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * Defined outputs on loss of control: the values of a device's `onLinkLoss` are written once the broker has been away
 * for so long, counted from the loss, and from the start where it was never there. It is the config's will and not
 * somebody's request, so neither `commands.enabled`, `allow`, signatures, selections, interlocks nor the limits of how
 * often and how fast a point is written hold it back; the lockout does, because somebody may have their hands in the
 * machine.
 *
 * It is repeated until the device has confirmed it and keeps it, or the link is back. That a write which may have acted
 * is never repeated is the rule for commands; this one is a state, not a step, and an output that stays on is worse.
 */
export class FailSafeOutputs {
  readonly #options: FailSafeOptions;
  readonly #writes: ReadonlyMap<string, OutputWrite>;
  /** Nobody waits any longer for what runs. */
  readonly #told = new AbortController();
  #stopped = false;

  constructor(options: FailSafeOptions) {
    const { devices, clock, guard, supervisor = new Supervisor(options) } = options;
    this.#options = options;
    const lockout = new Lockout(clock, options.lockoutFile ?? LOCKOUT_FILE);
    // Each write that runs listens; Node warns of a leak beyond 10.
    setMaxListeners(Math.max(10, devices.length), this.#told.signal);
    const setup = {
      ...{ clock, supervisor },
      lockedOut: () => lockout.engaged,
      told: this.#told.signal,
      tell: (device: LinkLossDevice, end: LinkLossEnd) => this.#tell(device, end),
      guard,
    };
    this.#writes = new Map(devices.map((device) => [device.control.id, new OutputWrite(device, setup)]));
  }

  /** Before the link's start: it takes listeners only until then, and from here on the link counts as away. */
  start(): void {
    if (this.#writes.size === 0) return;
    const { link } = this.#options;
    link.listen({
      connected: () => {
        for (const write of this.#writes.values()) write.back();
      },
      // our own goodbye is no loss
      disconnected: ({ code }) => {
        if (code !== 'internal/cancelled') this.#lost();
      },
    });
    this.#lost();
  }

  /** How the outputs of each device stand; those for which none were due since the start are not there. */
  standings(): ReadonlyMap<string, LinkLossStanding> {
    const all = new Map<string, LinkLossStanding>();
    for (const [device, { standing }] of this.#writes) if (standing !== undefined) all.set(device, standing);
    return all;
  }

  /** The device is online again: the values that it is owed need not wait for the next try. */
  heard(device: string): void {
    this.#writes.get(device)?.heard();
  }

  /**
   * Writes nothing more. A write that is on a line is let run to its end for {@link SETTLE_LIMIT}, at most until the
   * signal. Safe twice, and without a start.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopped = true;
    for (const write of this.#writes.values()) write.back();
    const settled = Promise.all(Array.from(this.#writes.values(), (write) => write.settled()));
    try {
      await withDeadline(this.#options.clock, SETTLE_LIMIT, signal, () => settled);
    } catch {
      this.#told.abort();
      await settled;
    }
  }

  #lost(): void {
    if (this.#stopped) return;
    const now = this.#options.clock.now();
    for (const write of this.#writes.values()) write.lost(now);
  }

  #tell({ control, values }: LinkLossDevice, { outcome, code }: LinkLossEnd): void {
    const { audit, log } = this.#options;
    const { id: device } = control;
    const done = isSet(outcome);
    const event = done ? 'outputs set: the broker is away' : 'outputs not set: the broker is away';
    log[done || outcome === 'cancelled' ? 'warn' : 'error'](event, { device, outcome, code });
    audit.append({ event: 'link-loss', command: 'write', device, args: Object.fromEntries(values), outcome, code });
  }
}

/** The device has confirmed them, and none is known to be otherwise. */
export function isSet(outcome: LinkLossEnd['outcome']): boolean {
  return outcome === 'applied' || outcome === 'verified';
}

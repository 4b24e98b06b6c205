import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { Ticker } from '../clock/ticker.ts';
import type { Progress } from '../lifecycle/progress.ts';
import type { Log } from '../log/log.ts';
import { judge } from './judge.ts';

/** Without a service manager the watch is kept all the same: it also brings stuck buses back. */
const WITHIN = milliseconds(30_000);
const LOOK_MOST = 1000;
const LOOKS = 12;
/** sd_watchdog_enabled(3) advises half of the time; a third leaves room for a ping that is late. */
const PINGS = 3;
/** An event loop that stood still for this part of the time withholds the ping for as long again. */
const LOOP = 6;

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The time that the service manager allows between two pings; undefined where nobody waits for any. */
  readonly within: Duration | undefined;
  readonly parts: readonly Progress[];
  readonly ping: () => void;
}

/**
 * Tells the service manager that the agent is well, only on evidence: the event loop runs, and every part takes its
 * next step in its own bounds. A bare timer would keep a dead agent alive. A part that is late is told to recover
 * first; only one that stays late costs the ping, and so a restart.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #within: number;
  readonly #look: Duration;
  readonly #ticker: Ticker;
  readonly #recovering = new Set<Progress>();
  #expectedAt: Instant = Number.POSITIVE_INFINITY;
  #loopStoodUntil: Instant = Number.NEGATIVE_INFINITY;
  /** The loop was as late for every part as for a look, milliseconds: a part that is well has its turn before the next look. */
  #forgiven = 0;
  #forgivenUntil: Instant = Number.NEGATIVE_INFINITY;
  #pingedAt: Instant = Number.NEGATIVE_INFINITY;
  #stuck: readonly string[] = [];

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#within = options.within ?? WITHIN;
    this.#look = milliseconds(Math.min(LOOK_MOST, this.#within / LOOKS));
    const onFault = (fault: Fault) => options.log.error('watchdog failed', {}, fault);
    this.#ticker = new Ticker({ clock: options.clock, period: this.#look, job: async () => this.#watch(), onFault });
  }

  /** Names of what withholds the ping now. */
  get stuck(): readonly string[] {
    return this.#stuck;
  }

  /** The time of the service manager begins with `READY=1`, so the first ping comes a period later. */
  start(): void {
    const now = this.#options.clock.now();
    this.#pingedAt = now;
    this.#expectedAt = now + this.#look;
    this.#ticker.start();
  }

  /** Pings no more. Safe twice. */
  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  #watch(): void {
    const { clock, parts, ping } = this.#options;
    const now = clock.now();
    const loopLateBy = Math.max(0, now - this.#expectedAt);
    if (loopLateBy > this.#within / LOOP) this.#loopStoodUntil = now + this.#within / LOOP;
    this.#expectedAt = now + this.#look;
    if (loopLateBy > this.#forgiven || now >= this.#forgivenUntil) {
      this.#forgiven = loopLateBy;
      this.#forgivenUntil = now + this.#look;
    }
    const { late, stuck } = judge(parts, now - this.#forgiven);
    this.#recover(late);
    this.#tell([...stuck.map(({ name }) => name), ...(now < this.#loopStoodUntil ? ['event loop'] : [])]);
    if (this.#stuck.length > 0 || now - this.#pingedAt < this.#within / PINGS) return;
    this.#pingedAt = now;
    ping();
  }

  /** Once for each time that it gets stuck. */
  #recover(late: readonly Progress[]): void {
    for (const part of this.#recovering) if (!late.includes(part)) this.#recovering.delete(part);
    for (const part of late) {
      if (part.recover === undefined || this.#recovering.has(part)) continue;
      this.#recovering.add(part);
      this.#options.log.warn('recovering', { part: part.name });
      part.recover();
    }
  }

  #tell(stuck: readonly string[]): void {
    for (const part of stuck) {
      if (!this.#stuck.includes(part)) this.#options.log.error('watchdog withheld', { part });
    }
    this.#stuck = stuck;
  }
}

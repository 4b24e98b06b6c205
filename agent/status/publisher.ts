import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import type { PlantChange } from '../convention/convention.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Status } from './schema.ts';
import { SHORTENINGS, shorten } from './shorten.ts';
import { whatMatters } from './status.ts';

/** The reference page tells both times. */
export const LOOK_EVERY = milliseconds(1000);
export const PUBLISH_EVERY = 60_000;

export interface StatusPublisherSetup {
  /** The status of this moment. Cheap: it is asked every second. */
  readonly current: () => Status;
  readonly link: Link;
  readonly publisher: { tell(change: PlantChange, signal: AbortSignal): Promise<void> };
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * Keeps the retained status at the broker: a second after something that matters changed, every minute anyway, and
 * after each connect. It looks instead of being told, so that a flapping part costs one message a second.
 */
export class StatusPublisher {
  readonly #setup: StatusPublisherSetup;
  readonly #supervisor: Supervisor;
  readonly #ticker: Ticker;
  readonly #stopping = new AbortController();
  #published: string | undefined;
  #publishedAt: Instant = Number.NEGATIVE_INFINITY;
  #sending = false;
  /** How much the last one left out. */
  #shortened = 0;

  /** Listens to the link, so it is made before the link starts. */
  constructor(setup: StatusPublisherSetup) {
    const { link, clock, log } = setup;
    this.#setup = setup;
    this.#supervisor = setup.supervisor ?? new Supervisor(setup);
    this.#ticker = new Ticker({
      clock,
      period: LOOK_EVERY,
      job: async () => this.#look(),
      onFault: (fault) => log.error('status failed', {}, fault),
    });
    link.listen({
      connected: () => {
        this.#published = undefined;
        if (clock.now() - this.#publishedAt >= LOOK_EVERY) this.#look();
      },
      disconnected: () => {},
    });
  }

  start(): void {
    this.#ticker.start();
  }

  /** Publishes nothing more. Safe twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ticker.stop();
  }

  /** Tells it once more, within the second: for an audience that came later than the broker. */
  again(): void {
    this.#published = undefined;
  }

  #look(): void {
    const { link, clock, current } = this.#setup;
    if (!link.connected || this.#sending || this.#stopping.signal.aborted) return;
    const status = current();
    const matters = whatMatters(status);
    const now = clock.now();
    if (matters === this.#published && now - this.#publishedAt < PUBLISH_EVERY) return;
    this.#published = matters;
    this.#publishedAt = now;
    void this.#supervisor.errand('status', () => this.#send(status));
  }

  /**
   * One at a time: a broker that is slow to acknowledge gets the newest status next, not all of them. A status that is
   * too large for it goes shortened.
   */
  async #send(status: Status): Promise<void> {
    const { link, log } = this.#setup;
    this.#sending = true;
    let step = 0;
    try {
      while (!(await this.#fits(shorten(status, step)))) {
        step += 1;
        if (step === SHORTENINGS) throw new Fault('link/too-large');
      }
      if (step !== this.#shortened && step > 0) log.warn('status shortened', { step }, new Fault('link/too-large'));
      this.#shortened = step;
    } catch (thrown) {
      // tried again within the minute, or after the next connect
      if (link.connected && !this.#stopping.signal.aborted) log.warn('status not published', {}, toFault(thrown));
    } finally {
      this.#sending = false;
    }
  }

  /** @returns false where it is larger than the broker takes; throws what `Link.publish` throws besides */
  async #fits(status: Status): Promise<boolean> {
    try {
      const text = JSON.stringify(status);
      await this.#setup.publisher.tell({ kind: 'status', text }, this.#stopping.signal);
      return true;
    } catch (thrown) {
      if (toFault(thrown).code === 'link/too-large') return false;
      throw thrown;
    }
  }
}

import { toFault } from '../../drivers/contract/fault.ts';
import type { ToldIdentity } from '../../drivers/contract/identity.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Identities } from './identities.ts';
import type { Teller } from './teller.ts';

/** A device mostly tells of itself in several answers: they go out together. */
export const SETTLING = 2000;

/** So often the same device's identity is told at the most, however often it changes its account. */
export const TOLD_EVERY = 60_000;

export interface IdentityNewsSetup {
  readonly identities: Identities;
  readonly publisher: Teller;
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/** Tells what devices say of themselves, when it changes. After a connect the births tell what is known. */
export class IdentityNews {
  readonly #setup: IdentityNewsSetup;
  readonly #toldAt = new Map<string, Instant>();
  /** By device: the call that takes back the next telling. */
  readonly #waiting = new Map<string, () => void>();
  readonly #stopping = new AbortController();

  constructor(setup: IdentityNewsSetup) {
    this.#setup = setup;
  }

  identity(device: string, told: ToldIdentity): void {
    const { identities, clock } = this.#setup;
    if (!identities.take(device, told) || this.#waiting.has(device) || this.#stopping.signal.aborted) return;
    const next = (this.#toldAt.get(device) ?? Number.NEGATIVE_INFINITY) + TOLD_EVERY;
    const at = Math.max(clock.now() + SETTLING, next);
    this.#waiting.set(
      device,
      clock.at(at, () => this.#due(device)),
    );
  }

  /** Safe twice. */
  stop(): void {
    this.#stopping.abort();
    for (const callOff of this.#waiting.values()) callOff();
    this.#waiting.clear();
  }

  #due(device: string): void {
    const { link, clock, supervisor } = this.#setup;
    this.#waiting.delete(device);
    if (!link.connected) return;
    this.#toldAt.set(device, clock.now());
    void supervisor.errand('identity of a device', () => this.#tell(device));
  }

  async #tell(device: string): Promise<void> {
    const { publisher, link, log } = this.#setup;
    try {
      await publisher.tell({ kind: 'identity', device }, this.#stopping.signal);
    } catch (thrown) {
      // while disconnected there is nothing to tell: the births tell it after the connect
      if (!link.connected || this.#stopping.signal.aborted) return;
      log.warn('identity not published', { device }, toFault(thrown));
    }
  }
}

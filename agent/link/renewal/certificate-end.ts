import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock, ClockState, Instant } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';

const DAY = 86_400_000;
/** A renewal that fails has two weeks to be noticed in. */
const TOLD_BELOW_DAYS = 14;

/** How the certificates of one connection stand. */
export interface CertificateStatus {
  /** Whole days until the first of them ends, below 0 once it has; null where there is none, or none is known yet. */
  readonly daysLeft: number | null;
  /** It ends soon, or renewed files could not be taken on. */
  readonly fault: Fault | null;
}

export interface CertificateEndSetup {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the clock can be believed; absent: nobody knows. */
  readonly clockState?: (() => ClockState) | undefined;
}

/** The end of the first certificate of a connection to expire: the log tells it once a day, the status all the time. */
export class CertificateEnd {
  readonly #setup: CertificateEndSetup;
  #ofFiles: number | undefined;
  #ofPeer: number | undefined;
  #told: string | undefined;
  #toldAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(setup: CertificateEndSetup) {
    this.#setup = setup;
  }

  /** @param end of what the files hold, milliseconds since 1970 */
  files(end: number | undefined): void {
    this.#ofFiles = end;
    this.tell();
  }

  /** @param end of the broker's chain as it was seen last */
  peer(end: number | undefined): void {
    this.#ofPeer = end;
    this.tell();
  }

  status(): CertificateStatus {
    const ends = [this.#ofFiles, this.#ofPeer].filter((end) => end !== undefined);
    if (ends.length === 0) return { daysLeft: null, fault: null };
    const daysLeft = Math.floor((Math.min(...ends) - this.#setup.clock.wall()) / DAY);
    if (daysLeft >= TOLD_BELOW_DAYS) return { daysLeft, fault: null };
    if (this.#setup.clockState?.() === 'unsynchronized')
      return { daysLeft, fault: new Fault('link/certificate-clock') };
    return { daysLeft, fault: new Fault(daysLeft < 0 ? 'link/certificate-over' : 'link/certificate-ends') };
  }

  /** To the log, where it is news or was told a day ago. */
  tell(): void {
    const { clock, log } = this.#setup;
    const { daysLeft, fault } = this.status();
    const isOld = fault?.code === this.#told && clock.now() - this.#toldAt < DAY;
    if (isOld) return;
    this.#told = fault?.code;
    this.#toldAt = clock.now();
    if (fault !== null) log.warn('certificate ends', { days: daysLeft ?? 0 }, fault);
  }
}

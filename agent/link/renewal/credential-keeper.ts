import { stat } from 'node:fs/promises';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { type CredentialFiles, type Credentials, readCredentials } from '../connection/credentials.ts';
import { CertificateEnd, type CertificateEndSetup, type CertificateStatus } from './certificate-end.ts';

/** A renewed file is looked at a second time before it is read: it may still be written. */
const LOOK_EVERY = milliseconds(3_000);
/** Files on a disk that hangs hold one look, and not the others. */
const LOOK_WITHIN = milliseconds(2_000);
/** Files that were refused are judged again, for the broker or the clock may have been the cause. */
const AGAIN_AFTER = 300_000;

/** Whether a broker would be had with these, tried beside the connection. Must be bounded and must not throw. */
export type Trial = (credentials: Credentials, signal: AbortSignal) => Promise<boolean>;

/**
 * The credentials of a connection, as their files are. Files that are half written or no pair never take the place of
 * good ones: those are kept in memory, also for the next attempt.
 */
export class CredentialKeeper {
  readonly #files: CredentialFiles;
  readonly #clock: Clock;
  readonly #log: CertificateEndSetup['log'];
  readonly #end: CertificateEnd;
  /** With which a broker let us in last: with TLS, and without. */
  readonly #good = new Map<boolean, Credentials>();
  /** The files as they were when the credentials in use were read. */
  #stamp = '';
  #refused: Fault | null = null;

  constructor(files: CredentialFiles, setup: CertificateEndSetup) {
    this.#files = files;
    this.#clock = setup.clock;
    this.#log = setup.log;
    this.#end = new CertificateEnd(setup);
  }

  /**
   * For an attempt to connect: of the files as they are now, or with which a broker let us in last.
   * @throws Fault `config/credential` where none ever did
   */
  async load(secure: boolean): Promise<Credentials> {
    const stamp = await this.#look();
    try {
      const credentials = await readCredentials(this.#files, secure);
      this.#stamp = stamp;
      this.#refused = null;
      if (secure) this.#end.files(credentials.end);
      return credentials;
    } catch (thrown) {
      const kept = this.#good.get(secure);
      if (kept === undefined) throw thrown;
      this.#refuse(thrown);
      return kept;
    }
  }

  /** A broker let us in with these. */
  accepted(secure: boolean, credentials: Credentials): void {
    this.#good.set(secure, credentials);
  }

  /** @param end of the broker's chain, milliseconds since 1970 */
  seen(end: number | undefined): void {
    this.#end.peer(end);
  }

  status(): CertificateStatus {
    const { daysLeft, fault } = this.#end.status();
    return { daysLeft, fault: this.#refused ?? fault };
  }

  /**
   * Settles once other certificates lie in the files, whole, a pair, in their time, and fit for the broker.
   * @throws Fault `internal/cancelled` (the signal)
   */
  async renewed(trial: Trial, signal: AbortSignal): Promise<void> {
    let [last, judged, again]: [string, string, Instant] = ['', this.#stamp, Number.POSITIVE_INFINITY];
    for (;;) {
      await this.#clock.sleep(LOOK_EVERY, signal);
      this.#end.tell();
      const stamp = await withDeadline(this.#clock, LOOK_WITHIN, signal, () => this.#look()).catch(() => last);
      const isSettled = stamp === last;
      last = stamp;
      if (!isSettled || (stamp === judged && this.#clock.now() < again)) continue;
      judged = stamp;
      again = this.#clock.now() + AGAIN_AFTER;
      const verdict = await this.#judge(trial, signal);
      if (verdict === 'renewed') return;
      if (verdict === 'same') again = Number.POSITIVE_INFINITY;
    }
  }

  async #judge(trial: Trial, signal: AbortSignal): Promise<'renewed' | 'same' | 'refused'> {
    try {
      const credentials = await readCredentials(this.#files, true);
      if (credentials.mark === this.#good.get(true)?.mark) {
        this.#refused = null;
        return 'same';
      }
      const { own } = credentials;
      const wall = this.#clock.wall();
      if (own !== undefined && (own.until <= wall || own.from > wall)) throw new Fault('config/credential');
      if (!(await trial(credentials, signal))) throw new Fault('config/credential');
      return 'renewed';
    } catch (thrown) {
      this.#refuse(thrown);
      return 'refused';
    }
  }

  #refuse(thrown: unknown): void {
    const fault = new Fault('link/certificate-refused', undefined, thrown);
    if (this.#refused === null) this.#log.warn('renewed certificates refused', {}, fault);
    this.#refused = fault;
  }

  /** The certificate files as the file system knows them: another text, other files. */
  async #look(): Promise<string> {
    const { caFile, certFile, keyFile } = this.#files;
    const stamps = [caFile, certFile, keyFile].map(async (path) => {
      if (path === undefined) return '';
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      return found === undefined ? 'none' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
    });
    return (await Promise.all(stamps)).join('|');
  }
}

import type { Instant } from '../../clock/clock.ts';
import { IdentityAsking, type IdentityAskingOptions } from './asking.ts';
import { HearingLine } from './hearing-line.ts';
import type { SelfTold } from './self-told.ts';

export interface IdentifyingOptions extends Pick<IdentityAskingOptions, 'device' | 'asker' | 'line' | 'clock'> {
  readonly told: SelfTold;
  /** Absent: the device is only heard. */
  readonly asking: Pick<IdentityAskingOptions, 'pace' | 'maxRunMs' | 'patienceMs'> | undefined;
}

/** The account that an asked device gives of itself: heard in its answers, and asked for where the line has the time. */
export class Identifying {
  /** The line on which everybody asks the device. */
  readonly line: HearingLine;
  readonly #options: IdentifyingOptions;
  readonly #asking: IdentityAsking | undefined;

  constructor(options: IdentifyingOptions) {
    const { line, device, told, asking } = options;
    this.#options = options;
    this.line = new HearingLine(line, (identity) => told.take(identity));
    if (asking !== undefined && device.identify !== undefined) {
      this.#asking = new IdentityAsking({ ...options, ...asking, told: (identity) => told.take(identity) });
    }
  }

  /** It has given a good reading. */
  good(): void {
    this.#asking?.good();
  }

  /** It is offline. */
  gone(): void {
    this.#asking?.gone();
  }

  /** @param room for so long nobody else is due, milliseconds */
  wants(room: number): boolean {
    return this.#asking?.fits(this.#options.clock.now() + room) === true;
  }

  async ask(room: number, signal: AbortSignal): Promise<void> {
    await this.#asking?.ask(this.#options.clock.now() + room, signal);
  }

  pollBegins(): void {
    this.line.takeAsked();
  }

  /**
   * Behind a poll that went well at the first go: in the time of its repeats, where it has waited long for a free stretch.
   * @param from when the poll began
   */
  async pollEnded(from: Instant, signal: AbortSignal): Promise<void> {
    const asking = this.#asking;
    if (asking?.isPatienceOver() !== true) return;
    const allowed = this.line.takeAsked().reduce((sum, dialogue) => sum + asking.allowance(dialogue), 0);
    if (asking.fits(from + allowed)) await asking.ask(from + allowed, signal);
  }
}

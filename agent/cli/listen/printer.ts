import type { LineTiming } from '../../../drivers/contract/port.ts';
import type { LineSettings } from '../../../drivers/port/line.ts';
import { lineText } from '../../capture/write.ts';
import type { Clock } from '../../clock/clock.ts';
import type { CliIo } from '../io.ts';
import type { HeardSummary } from './decoder.ts';
import type { Hearing } from './hearing.ts';
import { tenths } from './modbus-figures.ts';

export interface PrinterOptions {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly json: boolean;
  readonly onlySummary: boolean;
  readonly timing: LineTiming;
}

/** While nothing is understood, how often that is said. Milliseconds. */
const TELL_EVERY = 5000;

/** Prints what is heard, many lines at once: a fast line says hundreds of things a second. */
export class HeardPrinter {
  readonly #options: PrinterOptions;
  /** Wall clock less monotonic clock. */
  readonly #offset: number;
  readonly #beganAt: number;
  #toldAt: number;
  #named: string | undefined;

  constructor(options: PrinterOptions) {
    const { clock } = options;
    this.#options = options;
    this.#beganAt = clock.now();
    this.#offset = clock.wall() - this.#beganAt;
    this.#toldAt = this.#beganAt;
  }

  begin(line: LineSettings | undefined): void {
    this.#options.io.err(`Listening${line === undefined ? '' : ` at ${lineText(line)}`}; nothing is written.`);
  }

  show(hearing: Hearing): void {
    const { io, json, onlySummary } = this.#options;
    this.#name(hearing);
    const { items, unshown } = hearing.take();
    if (onlySummary || items.length === 0) return;
    io.out(
      items
        .map(({ at, text, json: object }) => {
          const time = new Date(at + this.#offset).toISOString();
          return json ? JSON.stringify({ at: time, ...object }) : `${time.slice(11, 23)}  ${text}`;
        })
        .join('\n'),
    );
    if (unshown > 0) io.err(`${unshown} more were heard and not shown: the output is too slow.`);
  }

  end({ bytes, driver, talk }: Hearing, summary: HeardSummary | undefined): void {
    const { io, json, clock, timing } = this.#options;
    const ms = clock.now() - this.#beganAt;
    const utilisation = timing.characterMs > 0 ? Math.min(1, (bytes * timing.characterMs) / ms) : null;
    if (json) {
      const share = utilisation === null ? null : Math.round(utilisation * 1000) / 1000;
      const whole = {
        driver: driver ?? null,
        seconds: tenths(ms) / 1000,
        bytes,
        utilisation: share,
        ...summary?.json,
      };
      io.out(JSON.stringify({ summary: whole }));
    } else {
      const share = utilisation === null ? '' : `, ${tenths(utilisation * 100)} % of the line`;
      for (const text of summary?.lines ?? []) io.out(text);
      io.out(`${bytes} bytes in ${tenths(ms / 1000)} s${share}.`);
    }
    if ((summary?.frames ?? 0) > 0) return;
    if (bytes === 0) io.err('Nothing was heard. Check the wiring, A and B, and that anybody talks.');
    else io.err(`Nothing was understood. ${talk === undefined ? '' : `It looks like ${talk.what}. `}Try --baud auto.`);
  }

  /** Says once what it is, and until then now and then that it is not known. */
  #name({ driver, bytes, talk }: Hearing): void {
    const { io, clock } = this.#options;
    const what = driver ?? talk?.what;
    if (what !== undefined) {
      if (this.#named !== what) io.err(driver === undefined ? `It looks like ${what}.` : `Decoding ${driver}.`);
      this.#named = what;
      return;
    }
    const now = clock.now();
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    io.err(bytes === 0 ? 'Silence so far.' : `${bytes} bytes so far, and nothing known.`);
  }
}

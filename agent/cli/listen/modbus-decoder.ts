import type { LineTiming } from '../../../drivers/contract/port.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import { AsciiSplitter } from '../../../drivers/modbus/listen/ascii-splitter.ts';
import type { OverheardDamage, OverheardFrame, Splitter } from '../../../drivers/modbus/listen/overheard-frame.ts';
import type { OverheardPoints } from '../../../drivers/modbus/listen/overheard-points.ts';
import { type OverheardExchange, Pairing } from '../../../drivers/modbus/listen/pairing.ts';
import { RtuSplitter } from '../../../drivers/modbus/listen/rtu-splitter.ts';
import { silenceMs } from '../../../drivers/modbus/rtu/silence.ts';
import { showValue } from '../top/shown-text.ts';
import type { DecoderEvents, HeardSummary, LineDecoder } from './decoder.ts';
import { ModbusFigures, tenths } from './modbus-figures.ts';
import { exchangeJson, exchangeText } from './modbus-words.ts';

export interface ModbusDecoderOptions {
  readonly mode: 'modbus-rtu' | 'modbus-ascii';
  readonly line: LineTiming;
  /** Names and units of the points of a profile, and where they lie. */
  readonly points?:
    | { readonly find: OverheardPoints; readonly units: ReadonlyMap<string, string | undefined> }
    | undefined;
  /**
   * Whether the silence between two frames can be seen here: not behind an adapter that holds bytes back, nor on a line
   * whose speed is not known.
   */
  readonly seesSilence: boolean;
}

/** A silence of so much between two frames is counted, milliseconds. */
const LONG_SILENCE = 1000;

/** The dialogue of a Modbus master and its devices. */
export class ModbusDecoder implements LineDecoder {
  readonly #options: ModbusDecoderOptions;
  readonly #events: DecoderEvents;
  readonly #pairing: Pairing;
  readonly #splitter: Splitter;
  readonly #figures = new ModbusFigures();
  readonly #counts = { frames: 0, checksum: 0, truncated: 0, noise: 0, noiseBytes: 0, early: 0, silences: 0 };
  #longestSilence = 0;
  #lastEnd: number | undefined;

  constructor(options: ModbusDecoderOptions, events: DecoderEvents) {
    this.#options = options;
    this.#events = events;
    this.#pairing = new Pairing((exchange) => this.#exchange(exchange), options.line.characterMs);
    const split = {
      frame: (frame: OverheardFrame) => this.#frame(frame),
      damage: (damage: OverheardDamage) => this.#damage(damage),
    };
    this.#splitter = options.mode === 'modbus-rtu' ? new RtuSplitter(split) : new AsciiSplitter(split);
  }

  push(chunk: Uint8Array, at: number): void {
    this.#splitter.push(chunk, at);
  }

  idle(): void {
    this.#splitter.idle();
  }

  summary(): HeardSummary {
    const { frames, checksum, truncated, noise, noiseBytes, early, silences } = this.#counts;
    const closeFrames = this.#seesGaps ? early : null;
    const damages = `${checksum} with a wrong checksum, ${truncated} cut short, ${noiseBytes} bytes of noise`;
    const gaps =
      closeFrames === null
        ? 'The silence between frames (t3.5) can not be seen here.'
        : `${closeFrames} frames followed in less than t3.5.`;
    return {
      frames,
      lines: [
        ...(frames === 0 ? [] : [this.#figures.text()]),
        `${frames} frames, ${damages}. ${gaps}`,
        `Longest silence ${tenths(this.#longestSilence)} ms; ${silences} of a second or more.`,
      ],
      json: {
        units: this.#figures.json(),
        ...{ frames, checksumErrors: checksum, truncated, noise, noiseBytes, closeFrames, silences },
        longestSilenceMs: tenths(this.#longestSilence),
      },
    };
  }

  get #seesGaps(): boolean {
    return this.#options.seesSilence && this.#options.mode === 'modbus-rtu' && this.#options.line.characterMs > 0;
  }

  #frame(frame: OverheardFrame): void {
    this.#counts.frames += 1;
    this.#gap(frame);
    const kind = frame.role === 'answer' ? 'received' : 'sent';
    this.#events.passed({ kind, at: frame.beganAt, bytes: frame.frame });
    this.#pairing.frame(frame);
  }

  #damage(damage: OverheardDamage): void {
    this.#counts[damage.kind] += 1;
    if (damage.kind === 'noise') this.#counts.noiseBytes += damage.bytes.length;
    this.#lastEnd = damage.endedAt;
    this.#events.passed({ kind: 'received', at: damage.beganAt, bytes: damage.bytes });
    this.#pairing.damage(damage);
  }

  /** From the end of what came before; a portion comes when its last byte has, so its first came sooner. */
  #gap({ beganAt, endedAt, first, isJoined }: OverheardFrame): void {
    const { line } = this.#options;
    const last = this.#lastEnd;
    this.#lastEnd = endedAt;
    if (last === undefined) return;
    const gap = Math.max(0, beganAt - first * line.characterMs - last);
    if (isJoined || gap < silenceMs(line)) this.#counts.early += 1;
    if (gap >= LONG_SILENCE) this.#counts.silences += 1;
    this.#longestSilence = Math.max(this.#longestSilence, gap);
  }

  #exchange(exchange: OverheardExchange): void {
    this.#figures.add(exchange);
    const samples = this.#samplesOf(exchange);
    const units = this.#options.points?.units;
    const shown = samples.map(({ point, value }) => `${point} ${showValue(value, units?.get(point))}`);
    const values =
      samples.length === 0 ? {} : { values: Object.fromEntries(samples.map(({ point, value }) => [point, value])) };
    this.#events.heard({
      at: exchange.at,
      text: [exchangeText(exchange), ...shown.map((each) => `    ${each}`)].join('\n'),
      json: { ...exchangeJson(exchange), ...values },
    });
  }

  #samplesOf({ request, data }: OverheardExchange): readonly Sample[] {
    const { points } = this.#options;
    return points === undefined || request === undefined || data === undefined
      ? []
      : points.find.samples(request, data);
  }
}

import { FAULTS } from '../../../drivers/contract/faults.ts';
import { ANSWER_FLAGS, LONGEST_FRAME, RSP_UD } from '../../../drivers/mbus/link/frame.ts';
import { pieceAt } from '../../../drivers/mbus/link/piece.ts';
import { mediumText } from '../../../drivers/mbus/record/header.ts';
import { readTelegram } from '../../../drivers/mbus/record/telegram.ts';
import { surveyed } from '../../../drivers/mbus/search/survey.ts';
import { showValue } from '../top/shown-text.ts';
import type { DecoderEvents, HeardSummary, LineDecoder } from './decoder.ts';

const HELD = 4 * LONGEST_FRAME;
const NOTHING = new Uint8Array(0);
/** Control field, address and the bytes behind them, behind the head of a long frame. */
const BODY = 4;

/** The requests of an M-Bus master, and the answers of its meters. */
export class MbusDecoder implements LineDecoder {
  readonly #events: DecoderEvents;
  readonly #bytes = new Uint8Array(HELD);
  #length = 0;
  #at = 0;
  readonly #counts = { frames: 0, requests: 0, telegrams: 0, broken: 0, noiseBytes: 0 };

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  push(chunk: Uint8Array, at: number): void {
    this.#at = at;
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + HELD - this.#length);
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
      from += part.length;
      this.#drain(false);
    }
  }

  idle(): void {
    this.#drain(true);
  }

  summary(): HeardSummary {
    const { requests, telegrams, broken, noiseBytes } = this.#counts;
    return {
      frames: this.#counts.frames,
      lines: [`${requests} requests, ${telegrams} telegrams, ${broken} damaged, ${noiseBytes} other bytes.`],
      json: { ...this.#counts },
    };
  }

  #drain(isEnded: boolean): void {
    const received = this.#bytes.slice(0, this.#length);
    let at = 0;
    let noiseFrom = 0;
    const passNoise = (to: number): void => {
      if (to > noiseFrom) this.#pass('received', received.subarray(noiseFrom, to));
    };
    while (at < received.length) {
      const piece = pieceAt(received, at, NOTHING);
      if (piece.kind === 'pending' && !isEnded) break;
      if (piece.kind === 'long' || piece.kind === 'short') {
        passNoise(at);
        this.#frame(received.subarray(at, at + piece.length));
        at += piece.length;
        noiseFrom = at;
        continue;
      }
      if (piece.kind === 'broken') this.#counts.broken += 1;
      else this.#counts.noiseBytes += 1;
      at += 1;
    }
    passNoise(at);
    this.#bytes.copyWithin(0, at, this.#length);
    this.#length -= at;
  }

  #frame(frame: Uint8Array): void {
    this.#counts.frames += 1;
    const isLong = frame[0] === 0x68;
    const [control = 0, address = 0] = frame.subarray(isLong ? BODY : 1);
    const isAnswer = isLong && (control & ~ANSWER_FLAGS) === RSP_UD;
    this.#pass(isAnswer ? 'received' : 'sent', frame);
    if (!isAnswer) {
      this.#counts.requests += 1;
      const what = isLong ? 'sends data' : (control & 0x0f) === 0x0b ? 'asks for data' : 'resets the link';
      this.#tell(`address ${address}  the master ${what}`, { address, request: what });
      return;
    }
    this.#counts.telegrams += 1;
    const read = readTelegram(frame.subarray(BODY + 2, -2), 0);
    if ('code' in read) {
      const { message } = FAULTS[read.code];
      this.#tell(`address ${address}  ${message} (${read.code})`, { address, fault: { code: read.code, message } });
      return;
    }
    const { header, records, more } = read.telegram;
    const { id, manufacturer, version, medium } = header;
    const shown = surveyed({ records }).map(({ point, value }) => ({ ...point, value }));
    const about = [
      `address ${address}`,
      id === undefined ? '' : `number ${id}`,
      manufacturer === undefined ? '' : `maker ${manufacturer}`,
      medium === undefined ? '' : mediumText(medium),
    ];
    const lines = surveyed({ records }).map(
      ({ point, value }) => `    ${point.name} ${showValue(value, textOf(point.unit))}`,
    );
    this.#tell([about.filter((part) => part !== '').join('  '), ...lines].join('\n'), {
      ...{ address, id, manufacturer, version, medium, more },
      records: shown,
    });
  }

  #pass(kind: 'sent' | 'received', bytes: Uint8Array): void {
    if (bytes.length > 0) this.#events.passed({ kind, at: this.#at, bytes });
  }

  #tell(text: string, json: Readonly<Record<string, unknown>>): void {
    this.#events.heard({ at: this.#at, text, json });
  }
}

function textOf(unit: string | number | undefined): string | undefined {
  return unit === undefined ? undefined : String(unit);
}

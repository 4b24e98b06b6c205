import type { Dialogue } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import type { LineTiming } from '../../contract/port.ts';
import { answerSize, questionOf } from '../answer.ts';
import type { Options } from '../options.ts';
import { requestPdu } from '../request.ts';
import { lineDialogue } from '../serial.ts';
import type { Ask, Wire, WireCost } from '../wire.ts';
import { seal } from './frame.ts';
import { MOST_BYTES, scan } from './scan.ts';
import { silenceMs } from './silence.ts';

/** Characters of a request and of an answer around its values: 8 and 5 (V1.1b3, 6.1 to 6.4). */
const FRAME_CHARACTERS = 13;

/** What a meter usually takes to begin its answer; only decides when one long request beats two short ones. */
const TURNAROUND_MS = 5;

/** Where the speed of the line is not known: what the silences and the device take at 9600 baud. */
const UNKNOWN_PAUSE_CHARACTERS = 12;

/** Unit before the PDU, checksum behind it. */
const AROUND = 3;

/** Modbus RTU (Modbus over Serial Line V1.02, 2.5.1). */
export function rtuWire(options: Options, line: LineTiming): Wire {
  const dialogue = (ask: Ask): Dialogue => {
    const frame = seal(options.unit, requestPdu(ask.request));
    const question = { ...questionOf(ask.request), unit: options.unit, request: frame };
    const usual = answerSize(ask.request) + AROUND;
    const answerMs = usual * line.characterMs;
    const lineFrame = {
      request: frame,
      answer: { usual, most: MOST_BYTES },
      quietBefore: milliseconds(silenceMs(line)),
      ...{ timeout: options.timeoutMs + answerMs, answerMs },
      scan: (received: Uint8Array, ended: boolean) => scan(received, ended, question),
    };
    return lineDialogue(options, ask, lineFrame, dialogue);
  };
  return { cost: costOn(line), dialogues: (asks) => asks.map(dialogue) };
}

/** Silences before and behind the request and the device's own pause are part of an exchange's cost. */
export function costOn(line: LineTiming): WireCost {
  const pause =
    line.characterMs > 0 ? (2 * silenceMs(line) + TURNAROUND_MS) / line.characterMs : UNKNOWN_PAUSE_CHARACTERS;
  return { exchange: FRAME_CHARACTERS + pause, byte: 1 };
}

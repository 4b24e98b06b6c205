import type { Dialogue } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import type { LineTiming } from '../../contract/port.ts';
import { answerSize, questionOf } from '../answer.ts';
import type { Options } from '../options.ts';
import { type Request, requestPdu } from '../request.ts';
import { type LineFrame, lineDialogue, lineExchange } from '../serial.ts';
import type { Ask, Courier, Wire, WireCost } from '../wire.ts';
import { seal } from './frame.ts';
import { MOST_BYTES, scan } from './scan.ts';
import { silenceMs } from './silence.ts';

/** Characters of a request and of an answer around its values: 8 and 5 (V1.1b3, 6.1 to 6.4). */
const FRAME_CHARACTERS = 13;

/** Usual time of a meter before its answer begins; only decides when one long request beats two short ones. */
const TURNAROUND_MS = 5;

/** Where the speed of the line is not known: the silences and the device's time at 9600 baud. */
const UNKNOWN_PAUSE_CHARACTERS = 12;

/** Unit before the PDU, checksum behind it. */
const AROUND = 3;

/** Modbus RTU (Modbus over Serial Line V1.02, 2.5.1). */
export function rtuWire(options: Options, line: LineTiming): Wire {
  const dialogue = (ask: Ask): Dialogue => lineDialogue(options, ask, frameOf(options, line, ask.request), dialogue);
  return { cost: costOn(line), dialogues: (asks) => asks.map(dialogue) };
}

/** The same for dialogues of several steps. */
export function rtuCourier(options: Pick<Options, 'unit' | 'timeoutMs' | 'lateMs'>, line: LineTiming): Courier {
  return { cost: costOn(line), exchange: (request) => lineExchange(options, request, frameOf(options, line, request)) };
}

function frameOf(
  { unit, timeoutMs }: Pick<Options, 'unit' | 'timeoutMs'>,
  line: LineTiming,
  asked: Request,
): LineFrame {
  const request = seal(unit, requestPdu(asked));
  // not spread: each device would have a hidden class of V8's own for it
  const { function: code, bytes, confirmation, level } = questionOf(asked);
  const question = { function: code, bytes, confirmation, level, unit, request };
  const usual = answerSize(asked) + AROUND;
  const answerMs = usual * line.characterMs;
  return {
    request,
    answer: { usual, most: MOST_BYTES },
    quietBefore: milliseconds(silenceMs(line)),
    ...{ timeout: timeoutMs + answerMs, answerMs },
    scan: (received, ended) => scan(received, ended, question),
  };
}

/** Silences before and behind the request and the device's own pause are part of an exchange's cost. */
export function costOn(line: LineTiming): WireCost {
  const pause =
    line.characterMs > 0 ? (2 * silenceMs(line) + TURNAROUND_MS) / line.characterMs : UNKNOWN_PAUSE_CHARACTERS;
  return { exchange: FRAME_CHARACTERS + pause, byte: 1 };
}

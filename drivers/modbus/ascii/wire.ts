import type { Dialogue } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import type { LineTiming } from '../../contract/port.ts';
import { answerSize, questionOf } from '../answer.ts';
import { requestPdu } from '../request.ts';
import { lineDialogue } from '../serial.ts';
import type { Ask, Wire, WireCost } from '../wire.ts';
import { frameLength, writeFrame } from './frame.ts';
import type { AsciiOptions } from './options.ts';
import { MOST_BYTES, scan } from './scan.ts';

/** PDUs of a read and of its answer, without the values. */
const READ_PDU = 5;
const ANSWER_PDU = 2;

/** Usual time of a device before its answer begins, in milliseconds; where the speed is not known, as much at 9600 baud. */
const TURNAROUND_MS = 5;
const UNKNOWN_PAUSE_CHARACTERS = 5;

/** Pauses of the full length that one answer may make. */
const PAUSES = 3;

/** Modbus ASCII (Modbus over Serial Line V1.02, 2.5.2). */
export function asciiWire(options: AsciiOptions, line: LineTiming): Wire {
  const dialogue = (ask: Ask): Dialogue => {
    const pdu = requestPdu(ask.request);
    // not spread: each device would have a hidden class of V8's own for it
    const { function: code, bytes, confirmation, level } = questionOf(ask.request);
    const question = { function: code, bytes, confirmation, level, unit: options.unit, asked: pdu };
    const usual = frameLength(answerSize(ask.request));
    const answerMs = usual * line.characterMs;
    const lineFrame = {
      request: writeFrame(options.unit, pdu),
      answer: { usual, most: MOST_BYTES },
      beginWithin: milliseconds(options.timeoutMs + line.characterMs),
      idle: milliseconds(options.characterGapMs + line.characterMs),
      ...{ timeout: options.timeoutMs + answerMs + PAUSES * options.characterGapMs, answerMs },
      scan: (received: Uint8Array, ended: boolean) => scan(received, ended, question),
    };
    return lineDialogue(options, ask, lineFrame, dialogue);
  };
  return { cost: costOn(line), dialogues: (asks) => asks.map(dialogue) };
}

/** Every byte takes two characters; a colon begins a frame, and no silence is kept. */
function costOn({ characterMs }: LineTiming): WireCost {
  const pause = characterMs > 0 ? TURNAROUND_MS / characterMs : UNKNOWN_PAUSE_CHARACTERS;
  return { exchange: frameLength(READ_PDU) + frameLength(ANSWER_PDU) + pause, byte: 2 };
}

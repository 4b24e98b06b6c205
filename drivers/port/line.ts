import type { LineTiming } from '../contract/port.ts';

/** How a serial line is set: the words of the config. */
export interface LineSettings {
  /** Bits per second. */
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

// Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters; above 19200 baud a fixed 1.750 ms is recommended.
const SILENT_CHARACTERS = 3.5;
const FASTEST_COUNTED = 19_200;
const FIXED_SILENCE_MS = 1.75;

/** The times of a serial line. */
export function lineTiming(line: LineSettings): LineTiming {
  const parityBits = line.parity === 'none' ? 0 : 1;
  const characterMs = ((1 + line.dataBits + parityBits + line.stopBits) * 1000) / line.baudRate;
  const silenceMs = line.baudRate > FASTEST_COUNTED ? FIXED_SILENCE_MS : SILENT_CHARACTERS * characterMs;
  return { characterMs, silenceMs };
}

/** The line behind a serial server: its speed is not known here, and the server keeps the silences. */
export const UNKNOWN_LINE: LineTiming = { characterMs: 0, silenceMs: 0 };

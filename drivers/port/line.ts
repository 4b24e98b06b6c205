import type { LineTiming } from '../contract/port.ts';

/** How a serial line is set: the words of the config. */
export interface LineSettings {
  /** Bits per second. */
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** The times of a serial line. */
export function lineTiming(line: LineSettings): LineTiming {
  const { baudRate } = line;
  const parityBits = line.parity === 'none' ? 0 : 1;
  return { baudRate, characterMs: ((1 + line.dataBits + parityBits + line.stopBits) * 1000) / baudRate };
}

/** The same line at another speed. */
export function atSpeed(line: LineTiming, baudRate: number): LineTiming {
  if (line.baudRate === 0 || baudRate === line.baudRate) return line;
  return { baudRate, characterMs: (line.characterMs * line.baudRate) / baudRate };
}

/** The line behind a serial server: its speed is not known here. */
export const UNKNOWN_LINE: LineTiming = { baudRate: 0, characterMs: 0 };

import type { LineTiming } from '../../contract/port.ts';

// Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters; above 19200 baud a fixed 1.750 ms is recommended.
const SILENT_CHARACTERS = 3.5;
const FASTEST_COUNTED = 19_200;
const FIXED_SILENCE_MS = 1.75;

/** The least silence between two frames, t3.5, milliseconds; 0 behind a serial server, which keeps it. */
export function silenceMs({ baudRate, characterMs }: LineTiming): number {
  return baudRate > FASTEST_COUNTED ? FIXED_SILENCE_MS : SILENT_CHARACTERS * characterMs;
}

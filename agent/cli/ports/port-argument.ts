import { BAUD_RATES } from '../../../config/baud-rates.ts';
import type { SerialPortConfig } from '../../../config/config.ts';
import { LIMITS } from '../../../config/limits.ts';
import { isPortPath } from '../../../drivers/port/path.ts';

/** The flags that describe a line on the command line. */
export const LINE_FLAGS = {
  baud: { type: 'string' },
  'data-bits': { type: 'string' },
  parity: { type: 'string' },
  'stop-bits': { type: 'string' },
} as const;

/** A serial port that was named by its path, or undefined where path or settings are wrong. */
export function portArgument(path: string, flags: Readonly<Record<string, unknown>>): SerialPortConfig | undefined {
  const { baudRate: rate, reopenMinMs, reopenMaxMs, settleMs } = LIMITS.port;
  const baudRate = wholeNumberFlag(flags.baud ?? `${rate.default}`, rate.min, rate.max);
  const parity = flags.parity ?? 'none';
  const stopBits = wholeNumberFlag(flags['stop-bits'] ?? '1', 1, 2);
  const dataBits = wholeNumberFlag(flags['data-bits'] ?? '8', 7, 8);
  if (dataBits !== 7 && dataBits !== 8) return undefined;
  if (!isPortPath(path) || baudRate === undefined || !BAUD_RATES.includes(baudRate)) return undefined;
  if (parity !== 'none' && parity !== 'even' && parity !== 'odd') return undefined;
  if (stopBits !== 1 && stopBits !== 2) return undefined;
  return {
    path,
    baudRate,
    dataBits,
    parity,
    stopBits,
    lowLatency: true,
    echo: false,
    settleMs: settleMs.default,
    silentReopenMs: 0,
    reopenMinMs: reopenMinMs.default,
    reopenMaxMs: reopenMaxMs.default,
  };
}

/** The fault of a port that {@link portArgument} refused, in words that repeat nothing of it. */
export function wrongPort(path: string, flags: Readonly<Record<string, unknown>>): string {
  if (!isPortPath(path)) return 'PATH is absolute, as /dev/serial/by-id/…, and has no . or .. in it';
  const usual = { ...flags, parity: 'none', 'stop-bits': '1', 'data-bits': '8' };
  if (portArgument(path, usual) === undefined) {
    return '--baud is a rate that the system has: 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 …';
  }
  if (portArgument(path, { ...usual, parity: flags.parity ?? 'none' }) === undefined)
    return '--parity is none, even or odd';
  const isStopBits = portArgument(path, { ...usual, 'data-bits': flags['data-bits'] ?? '8' }) !== undefined;
  return isStopBits ? '--stop-bits is 1 or 2' : '--data-bits is 7 or 8';
}

/** A plain whole number within bounds, or undefined. */
export function wholeNumberFlag(text: unknown, least: number, most: number): number | undefined {
  if (typeof text !== 'string' || !/^[0-9]{1,8}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

/** `FIRST-LAST` or one number as the list of all in between, or undefined. */
export function numberRange(text: unknown, least: number, most: number): readonly number[] | undefined {
  const [from, to = from, ...more] = typeof text === 'string' ? text.split('-') : [];
  const first = wholeNumberFlag(from, least, most);
  const last = wholeNumberFlag(to, least, most);
  if (first === undefined || last === undefined || more.length > 0 || last < first) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

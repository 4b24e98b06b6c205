import type { Clock } from '../../agent/clock/clock.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';

const SECOND = milliseconds(1000);

/** Seconds in which the room gets warmer and cooler again. */
const CYCLE = 120;

/** What a small climate sensor says: `T=21.5 C, H=48.2%` and CR LF. Pure. @param at milliseconds since 1970 */
export function instrumentLine(at: number): string {
  const { temperature, humidity } = room(at);
  return `T=${temperature.toFixed(1)} C, H=${humidity.toFixed(1)}%\r\n`;
}

/** The same sensor when it is asked: `#01` and CR is answered by `>+21.50` and CR, anything else by nothing. Pure. */
export function instrumentAnswer(request: string, at: number): string | undefined {
  if (request !== '#01\r') return undefined;
  const { temperature } = room(at);
  return `>${temperature < 0 ? '-' : '+'}${Math.abs(temperature).toFixed(2)}\r`;
}

/** Writes a line every second until the signal is aborted. */
export async function runInstrument(
  write: (bytes: Uint8Array) => void | Promise<void>,
  clock: Pick<Clock, 'wall' | 'sleep'>,
  signal: AbortSignal,
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    while (!signal.aborted) {
      await write(encoder.encode(instrumentLine(clock.wall())));
      await clock.sleep(SECOND, signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

function room(at: number): { readonly temperature: number; readonly humidity: number } {
  const swing = Math.sin((2 * Math.PI * (at % (CYCLE * 1000))) / (CYCLE * 1000));
  return { temperature: 21.5 + 2 * swing, humidity: 48 - 6 * swing };
}

/** Seconds in which the room gets warmer and cooler again. */
const CYCLE = 120;

/** The line of a small climate sensor: `T=21.5 C, H=48.2%` and CR LF. Pure. @param at milliseconds since 1970 */
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

function room(at: number): { readonly temperature: number; readonly humidity: number } {
  const swing = Math.sin((2 * Math.PI * (at % (CYCLE * 1000))) / (CYCLE * 1000));
  return { temperature: 21.5 + 2 * swing, humidity: 48 - 6 * swing };
}

import { columns } from './cells.ts';

/** The content of one place of a terminal: a character, or nothing behind a wide one, and its style as SGR codes. */
interface Place {
  readonly text: string;
  readonly style: string;
}

const BLANK: Place = { text: ' ', style: '' };
const ESC = '\x1b';
const CLEAR = `${ESC}[H${ESC}[2J`;
/** Bytes for each millisecond, and at once: together under 2 KB a second, so that a slow line to a far gateway is enough. */
const BYTES_PER_MS = 1;
const MOST_AT_ONCE = 900;
/** So much more of the first picture is sent at once, and saved in the second after it. */
const ADVANCE = 700;
/** So many equal places between two changed ones are written again: to step over them costs as much. */
const WORTH_A_STEP = 6;

/**
 * The screen of a terminal, of which only the changes are sent: over a slow line the rest would be in the way. Rows
 * that find no room in a turn are sent in the next one, row by row, so that none is forgotten.
 */
export class Screen {
  readonly #now: () => number;
  #shown: readonly (readonly Place[])[] = [];
  #size = '';
  /** The row that comes first in the next turn. */
  #from = 0;
  #room = MOST_AT_ONCE;
  #at: number;

  /** @param now a monotonic time in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /**
   * The text that makes the terminal show the lines, as much of it as the line takes. Where the size has changed,
   * nothing of the screen is left.
   * @param lines with SGR codes alone, none wider than the terminal
   */
  update(lines: readonly string[], width: number, height: number): string {
    const now = this.#now();
    this.#room = Math.min(MOST_AT_ONCE, this.#room + (now - this.#at) * BYTES_PER_MS);
    this.#at = now;
    const rows = Array.from({ length: height }, (_, at) => placesOf(lines[at] ?? ''));
    const size = `${width} ${height}`;
    const parts: string[] = [];
    const least = this.#size === '' ? -ADVANCE : 0;
    if (size !== this.#size) {
      this.#size = size;
      this.#shown = [];
      this.#from = 0;
      parts.push(CLEAR);
      this.#room -= CLEAR.length;
    }
    const shown = [...this.#shown];
    let sent = 0;
    const first = this.#from;
    this.#from = 0;
    for (let turn = 0; turn < rows.length; turn += 1) {
      const at = (first + turn) % rows.length;
      const change = changeOf(shown[at] ?? [], rows[at] ?? [], at + 1);
      if (change === '') continue;
      // a row is never cut: one that is longer than the line takes at once is paid for by those that come after it
      const room = this.#room - least;
      if (room <= 0 || (sent > 0 && Buffer.byteLength(change) > room)) {
        this.#from = at;
        break;
      }
      this.#room -= Buffer.byteLength(change);
      parts.push(change);
      sent += 1;
      shown[at] = rows[at] ?? [];
    }
    this.#shown = shown;
    return parts.join('');
  }
}

/** The text that makes one row out of the other. @param row from 1 */
function changeOf(before: readonly Place[], after: readonly Place[], row: number): string {
  const length = Math.max(before.length, after.length);
  const parts: string[] = [];
  let style = '';
  const isSame = (at: number) => isEqual(before[at] ?? BLANK, after[at] ?? BLANK);
  for (let at = 0; at < length; at += 1) {
    if (isSame(at)) continue;
    // the second half of a wide character is written with its first
    while (at > 0 && after[at]?.text === '') at -= 1;
    let end = at + 1;
    for (let ahead = end; ahead < length && ahead - end < WORTH_A_STEP; ahead += 1) if (!isSame(ahead)) end = ahead + 1;
    parts.push(`${ESC}[${row};${at + 1}H`);
    for (; at < end; at += 1) {
      const place = after[at] ?? BLANK;
      if (place.style !== style) {
        parts.push(place.style === '' ? `${ESC}[0m` : `${ESC}[0;${place.style}m`);
        style = place.style;
      }
      parts.push(place.text);
    }
  }
  return style === '' ? parts.join('') : `${parts.join('')}${ESC}[0m`;
}

function isEqual(one: Place, other: Place): boolean {
  return one.text === other.text && one.style === other.style;
}

/** A line of text and SGR codes, column by column. */
function placesOf(line: string): readonly Place[] {
  const places: Place[] = [];
  let style = '';
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith(ESC)) {
      const code = part.slice(2, -1);
      style = code === '0' ? '' : code;
      continue;
    }
    for (const character of part) {
      const width = columns(character);
      const last = places.at(-1);
      // a mark stands over the character before it
      if (width === 0 && last !== undefined) places[places.length - 1] = { ...last, text: last.text + character };
      else places.push({ text: character, style });
      if (width === 2) places.push({ text: '', style });
    }
  }
  return places;
}

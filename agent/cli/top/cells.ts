/** Texts in columns of a terminal, each in one style. */

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'warn' | 'chosen';
const SGR: Readonly<Record<Style, string>> = {
  ...{ plain: '', bold: '1', dim: '2', good: '32', bad: '31', warn: '33', chosen: '7' },
};

/** A text that is shown in one style. Its width is counted before the style is put on. */
export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
  readonly right?: boolean | undefined;
}

/** One line of cells, cut at the width, so that nothing wraps. */
export function line(cells: readonly Cell[], width: number, colour: boolean, gap = '  '): string {
  let room = width;
  const parts: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const before = index === 0 ? '' : gap.slice(0, room);
    const text = cut(cell.text, room - before.length);
    room -= before.length + columns(text);
    const code = colour && text !== '' ? SGR[cell.style ?? 'plain'] : '';
    parts.push(before, code === '' ? text : `\x1b[${code}m${text}\x1b[0m`);
    if (room <= 0) break;
  }
  const whole = parts.join('');
  return colour ? whole : whole.trimEnd();
}

/** Where a text that has no room is cut: names often differ in their last characters, and the newest bar is the last. */
export type CutAt = 'end' | 'middle' | 'start';

export function pad(text: string, width: number, right: boolean, cutAt: CutAt = 'end'): string {
  const short = shortText(text, width, cutAt);
  const blanks = ' '.repeat(width - columns(short));
  return right ? blanks + short : short + blanks;
}

function shortText(text: string, width: number, cutAt: CutAt): string {
  if (columns(text) <= width || cutAt === 'end') return cut(text, width);
  const tail = cutAt === 'start' ? width : Math.floor((width - 1) / 2);
  const head = cutAt === 'start' ? '' : cut(text, width - tail);
  return head + lastOf(text, tail);
}

/** The last characters that take no more than so many columns. */
function lastOf(text: string, width: number): string {
  const characters = [...text];
  let from = characters.length;
  for (let used = 0; from > 0; from -= 1) {
    used += columns(characters[from - 1] ?? '');
    if (used > width) break;
  }
  return characters.slice(from).join('');
}

function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let short = '';
  let used = 0;
  for (const character of text) {
    const next = columns(character);
    if (used + next > width - 1) break;
    short += character;
    used += next;
  }
  return width > 0 ? `${short}…` : '';
}

/** Columns that a text takes on a terminal: two for the wide characters of East Asia and for pictures, none for marks. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    sum +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return sum;
}

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

export function cellTable(
  heads: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  width: number,
  colour: boolean,
): readonly string[] {
  const widths = heads.map((head, column) =>
    Math.max(columns(head.text), ...rows.map((cells) => Math.min(40, columns(cells[column]?.text ?? '')))),
  );
  const laid = (cells: readonly Cell[], style?: Style) =>
    line(
      cells.map((cell, column) => ({
        text: pad(cell.text, widths[column] ?? 0, cell.right === true),
        style: style ?? cell.style,
      })),
      width,
      colour,
    );
  return [laid(heads, 'dim'), ...rows.map((cells) => laid(cells))];
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

export function pad(text: string, width: number, right: boolean): string {
  const short = cut(text, width);
  const blanks = ' '.repeat(width - columns(short));
  return right ? blanks + short : short + blanks;
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

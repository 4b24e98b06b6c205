/** One line of a list: its number in the file, from 1, and its cells. */
export interface CsvLine {
  readonly number: number;
  readonly cells: readonly string[];
}

const MOST_LINES = 5000;
const MOST_CELLS = 64;

/**
 * Reads comma-separated values (RFC 4180) with the separator that the first lines have most of. Empty lines and lines
 * that begin with `#` are passed over. Cells are trimmed.
 * @returns undefined: a quote is not closed, or there are more than 5000 lines or 64 cells in one
 */
export function readCsv(text: string): readonly CsvLine[] | undefined {
  const separator = separatorOf(text);
  const lines: CsvLine[] = [];
  let number = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const first = number;
    const cells: string[] = [];
    for (let more = true; more; ) {
      const cell = text[at] === '"' ? quoted(text, at) : bare(text, at, separator);
      if (cell === undefined || cells.length === MOST_CELLS) return undefined;
      cells.push(cell.value.trim());
      number += cell.breaks;
      at = cell.end;
      more = text[at] === separator;
      if (more) at += 1;
    }
    if (text[at] === '\r') at += 1;
    // text behind a closing quote up to the end of its cell belongs to no cell
    if (at < text.length && text[at] !== '\n') return undefined;
    at += 1;
    number += 1;
    if (cells.some((cell) => cell !== '') && !cells[0]?.startsWith('#')) lines.push({ number: first, cells });
    if (lines.length > MOST_LINES) return undefined;
  }
  return lines;
}

interface Cell {
  readonly value: string;
  /** The place behind it. */
  readonly end: number;
  /** Line breaks inside. */
  readonly breaks: number;
}

function quoted(text: string, start: number): Cell | undefined {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at += 1;
    } else return { value, end: at + 1, breaks: value.split('\n').length - 1 };
  }
  return undefined;
}

function bare(text: string, start: number, separator: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end, breaks: 0 };
}

function separatorOf(text: string): string {
  const head = text.slice(0, 2000);
  const count = (separator: string) => head.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best), ',');
}

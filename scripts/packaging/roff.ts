/** A page of the manual: its head line, and its text in the Markdown that our pages are written in. */
export interface Page {
  readonly name: string;
  readonly section: number;
  /** ISO, to the day. */
  readonly date: string;
  readonly version: string;
  readonly text: string;
}

/**
 * Markdown as roff with the macros of man(7). It knows what our own pages use: headings,
 * paragraphs, lists, tables, fences, code spans, bold and links. Pure.
 */
export function roff({ name, section, date, version, text }: Page): string {
  const head = `.TH ${name.toUpperCase()} ${section} ${date} "fieldward ${version}"`;
  return `${[head, ...blocksOf(text).map(blockOf)].join('\n')}\n`;
}

function blocksOf(text: string): readonly string[] {
  const blocks: string[] = [];
  // A fence is one block, though it may hold empty lines.
  for (const part of text.split(/^(```[\s\S]*?^```)$/m)) {
    if (part.startsWith('```')) blocks.push(part);
    else blocks.push(...part.split(/\n{2,}/).map((block) => block.replace(/^\n+|\n+$/g, '')));
  }
  return blocks.filter((block) => block.trim() !== '');
}

function blockOf(block: string): string {
  const heading = /^(#+) (.*)$/.exec(block);
  if (heading) return headingOf(heading[1]?.length ?? 1, heading[2] ?? '');
  if (block.startsWith('```')) return fenceOf(block);
  if (block.startsWith('|')) return tableOf(block);
  if (/^- /.test(block)) return listOf(block);
  return `.PP\n${lineOf(block.replace(/\n/g, ' '))}`;
}

function headingOf(depth: number, text: string): string {
  return depth <= 2 ? `.SH ${lineOf(text.replace(/`/g, ''))}` : `.SS ${lineOf(text.replace(/`/g, ''))}`;
}

function fenceOf(block: string): string {
  const lines = block.split('\n').slice(1, -1);
  return ['.PP', '.in +4n', '.EX', ...lines.map(verbatim), '.EE', '.in'].join('\n');
}

function listOf(block: string): string {
  const items = block.split(/^- /m).filter((item) => item !== '');
  return items.map((item) => `.IP \\(bu 2\n${lineOf(item.trim().replace(/\n\s*/g, ' '))}`).join('\n');
}

/** A row becomes a term with its facts: a table of six columns has no room in a terminal. */
function tableOf(block: string): string {
  const [head = [], , ...rows] = block.split('\n').map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(cellOf),
  );
  return rows.map(([term = '', ...cells]) => `.TP\n${lineOf(term)}\n${factsOf(head.slice(1), cells)}`).join('\n');
}

function cellOf(cell: string): string {
  return cell.trim().replace(/\\\|/g, '|');
}

function factsOf(heads: readonly string[], cells: readonly string[]): string {
  const told = cells.flatMap((cell, index) => (cell === '' ? [] : [`${heads[index]} ${cell}`]));
  return lineOf(told.join(', '));
}

/** Spans of one line: code and bold become bold, links their text. */
function lineOf(text: string): string {
  const spans = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').split(/(`[^`]*`)/);
  // In a span of code nothing is a sign; around it, `**` is.
  const parts = spans.map((span) =>
    span.startsWith('`') && span.length > 1
      ? `\\fB${breakable(escaped(span.slice(1, -1)).replace(/-/g, '\\-'))}\\fP`
      : escaped(span.replace(/\*\*/g, '').replace(/\\([*<_\\`])/g, '$1')),
  );
  return guarded(parts.join(''));
}

/** A word that is longer than a narrow line, as a pattern is, may be broken behind a bracket or a slash. */
function breakable(code: string): string {
  return code.replace(/\S{41,}/g, (word) => word.replace(/[)\]}/]/g, '$&\\:'));
}

function verbatim(line: string): string {
  return guarded(escaped(line).replace(/-/g, '\\-'));
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\e');
}

/** A line must not begin with a sign of roff. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

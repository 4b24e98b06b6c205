const WIDTH = 110;

/** Words that would begin a list or a heading, were they the first of a line. */
const BEGINS_A_BLOCK = /^(?:[-+*#>=|]+|\d+[.)])$/;

/** Text as a code span. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Text that Markdown must not take for its own signs, but for code spans. */
export function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[*<]|\\(?=[!-/:-@[-`{-~])/g, '\\$&')))
    .join('');
}

/** Blocks with an empty line between them. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** A paragraph, wrapped. */
export function paragraph(text: string): string {
  return wrap(text, '', '');
}

export function list(items: readonly string[]): string {
  return items.map((item) => wrap(item, '- ', '  ')).join('\n');
}

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A table whose columns stand below each other in a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replace(/\|/g, '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const last = head.length - 1;
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => '-'.repeat(column === last ? 3 : width));
  const [first = [], ...others] = cells;
  return [line(first), line(rule), ...others.map(line)].join('\n');
}

/** The anchor that forges give to a heading. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function wrap(text: string, first: string, rest: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    const fits = line.length + word.length < WIDTH || BEGINS_A_BLOCK.test(word);
    if (!isEmpty && !fits) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** The sentences of a page, as a reader meets them: no code blocks, no addresses of links. Pure. */
export interface Sentence {
  readonly text: string;
  /** Of the block in which it stands; the first line of the page is 1. */
  readonly line: number;
}

interface Block {
  text: string;
  readonly line: number;
}

const ITEM = /^\s*(?:[-*]|\d+\.)\s+(?:\[[ x]\] )?/;
const RULE = /^[\s|:-]+$/;
/** Short words that end with a full stop and end no sentence. */
const SHORT = /\b(?:e\.g|i\.e|etc|vs|approx|No|Nos|Fig|cf|St|vol)\.$/;

/** Paragraphs, entries of lists, headings and cells of tables, each as one text. */
function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fence: string | undefined;
  for (const [index, raw] of page.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(raw)?.[1];
    if (mark !== undefined || fence !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      open = undefined;
      continue;
    }
    const text = raw.trim();
    if (text === '' || text.startsWith('<') || /^ {4}\S/.test(raw) || RULE.test(text)) open = undefined;
    else if (text.startsWith('|')) {
      open = undefined;
      for (const cell of cellsOf(text)) blocks.push({ text: cell, line: index + 1 });
    } else if (text.startsWith('#') || ITEM.test(raw) || open === undefined) {
      open = { text: text.replace(/^#+\s*/, '').replace(ITEM, ''), line: index + 1 };
      blocks.push(open);
      if (text.startsWith('#')) open = undefined;
    } else open.text += ` ${text}`;
  }
  return blocks;
}

function cellsOf(row: string): readonly string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** A span of code is one word of a sentence, and so is a list of them; a link is its text. */
function spoken(text: string): string {
  return text
    .replace(/`[^`]*`|\[[^\]]*\]\(#[^)]*\)(?=,|$)/g, 'CODE')
    .replace(/CODE(?:,? (?:and |or )?CODE)+/g, 'CODE')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ');
}

export function sentencesOf(page: string): readonly Sentence[] {
  return blocksOf(page).flatMap(({ text, line }) => splitSentences(spoken(text)).map((each) => ({ text: each, line })));
}

/** At full stops, question marks, and colons and semicolons that part two sentences. */
export function splitSentences(text: string): readonly string[] {
  const parts: string[] = [];
  for (const piece of text.split(/(?<=[.!?]["”)]?)\s+/)) {
    const last = parts.at(-1);
    if (last !== undefined && SHORT.test(last)) parts[parts.length - 1] = `${last} ${piece}`;
    else if (piece !== '') parts.push(piece);
  }
  return parts;
}

/** Words as a reader counts them: a number, a name, a span of code is one each. */
export function wordsOf(sentence: string): number {
  return sentence.split(/[\s—–]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Sentences of a help text: its usage, its lists, its examples and its exit codes are no prose. */
export function helpSentences(help: string): readonly string[] {
  const paragraphs = help
    .replace(/^Exit codes?:[\s\S]*/m, '')
    .split(/\n\s*\n/)
    .filter((each) => !each.startsWith('Usage:'));
  const prose = paragraphs.map((each) =>
    each
      .split('\n')
      .filter((line) => !line.startsWith(' '))
      .join(' '),
  );
  return prose.flatMap((each) => splitSentences(spoken(each)));
}

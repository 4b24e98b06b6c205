/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** The first line behind the fence; that of the page's first line is 1. */
  readonly line: number;
  /** The last heading of the second level before it; empty at the top of the page. */
  readonly section: string;
}

/** A command of a page, as a reader would enter it. */
export interface Command {
  readonly text: string;
  readonly line: number;
  readonly section: string;
  /** The output as the page shows it; nothing in a block that shows commands alone. */
  readonly shown: readonly string[];
  /** It goes on until the reader ends it. */
  readonly goesOn: boolean;
  /** The page shows it for its message: it may end with any code. */
  readonly mayFail: boolean;
}

/** A file whose content a page shows. */
export interface ShownFile {
  readonly path: string;
  readonly text: string;
  readonly line: number;
  readonly section: string;
}

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: { fence: string; indent: number; language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of page.split('\n').entries()) {
    const [, indent = '', fence = '', language = ''] = /^( *)(`{3,})([a-z]*)/.exec(line) ?? [];
    if (open !== undefined) {
      if (fence.length >= open.fence.length && language === '') {
        blocks.push({ language: open.language, text: `${open.lines.join('\n')}\n`, line: open.line, section });
        open = undefined;
      } else open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
    } else if (fence !== '') open = { fence, indent: indent.length, language, line: index + 2, lines: [] };
    else section = /^## (.*)$/.exec(line)?.[1] ?? section;
  }
  return blocks;
}

/** By this comment a page says that a command does not end by itself. */
const GOES_ON = /#.*\bCtrl-C\b/;

/** `sh`: every command ends well. `console`: commands behind `$` or `#`, each with what it prints. */
export function commandsOf(block: Block): readonly Command[] {
  if (block.language === 'sh') return logicalLines(block).map((each) => ({ ...each, shown: [], mayFail: false }));
  if (block.language !== 'console') return [];
  const commands: (Omit<Command, 'shown'> & { shown: string[] })[] = [];
  for (const [index, raw] of block.text.split('\n').entries()) {
    const text = /^[$#] (.*)$/.exec(raw)?.[1];
    const at = { line: block.line + index, section: block.section };
    if (text !== undefined) {
      commands.push({ ...at, text: text.trim(), shown: [], goesOn: GOES_ON.test(text), mayFail: true });
    } else if (raw.trim() !== '') commands.at(-1)?.shown.push(raw);
  }
  return commands;
}

/** Lines that go on behind a backslash, a pipe or `&&`, inside quotes or in a here-document are one. */
function logicalLines({ text, line, section }: Block): readonly Omit<Command, 'shown' | 'mayFail'>[] {
  const found: Omit<Command, 'shown' | 'mayFail'>[] = [];
  let held: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (held.length === 0 && /^\s*(?:#.*)?$/.test(raw)) continue;
    held.push(raw);
    const whole = held.join('\n');
    if (isOpen(whole)) continue;
    found.push({ text: whole.trim(), line: line + index - held.length + 1, section, goesOn: GOES_ON.test(whole) });
    held = [];
  }
  return found;
}

function isOpen(text: string): boolean {
  const ends = /<<-?'?(\w+)'?/.exec(text)?.[1];
  if (ends !== undefined) return !new RegExp(`^${ends}$`, 'm').test(text);
  const bare = text.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, '').replace(/(?:^|\s)#.*/g, '');
  const depth = (bare.match(/\{(?=\s)/g)?.length ?? 0) - (bare.match(/(?<=[\s;])\}/g)?.length ?? 0);
  return /(?:\\|\||&&)$/.test(bare) || /["']/.test(bare) || depth > 0;
}

/** YAML whose first line is a comment with a path is the content of that file. */
export function shownFilesOf(page: string): readonly ShownFile[] {
  return blocksOf(page).flatMap(({ language, text, line, section }) => {
    const path = language === 'yaml' ? /^# (\S*[/.]\S*)$/.exec(text.split('\n')[0] ?? '')?.[1] : undefined;
    return path === undefined ? [] : [{ path, text, line, section }];
  });
}

/** One import or re-export of a module. */
export interface Import {
  readonly from: string;
  /** Only types: nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** An `import()` call. */
  readonly dynamic: boolean;
}

/** A comment without its marks; neighbouring comments of `//` are one. */
export interface Comment {
  /** Of its beginning; the first one is 1. */
  readonly line: number;
  readonly text: string;
}

/** A source file, looked at without a compiler: good enough for rules, and quick. */
export interface Source {
  readonly path: string;
  readonly lines: number;
  /** The text with comments blanked out. */
  readonly code: string;
  /** The text with comments and the contents of strings, templates and regular expressions blanked out. */
  readonly bare: string;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** `import(` calls whose argument is not one plain string. */
  readonly computedImports: number;
}

export function readSource(path: string, text: string): Source {
  const { code, bare, spans } = blank(text);
  const lines = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { path, lines, code, bare, comments: commentsIn(text, spans), ...findImports(code, bare) };
}

/** A `/` after one of these begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|await|yield|throw|new))$/;

/** Where a comment stands in the text. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function blank(text: string): { code: string; bare: string; spans: readonly Span[] } {
  const code: string[] = [];
  const bare: string[] = [];
  const spans: Span[] = [];
  /** The open brackets: a block in code, or a template's text. */
  const open: ('{' | '`')[] = [];
  let significant = '';
  let at = 0;
  const take = (length: number, inCode: boolean, inBare: boolean) => {
    for (const char of text.slice(at, at + length)) {
      const hidden = char === '\n' ? '\n' : ' ';
      code.push(inCode ? char : hidden);
      bare.push(inBare ? char : hidden);
    }
    at += length;
  };
  const matchHere = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0].length ?? 0;
  };
  while (at < text.length) {
    const char = text[at] ?? '';
    if (open.at(-1) === '`') {
      const plain = matchHere(/(?:\\[\s\S]|\$(?!\{)|[^`\\$])+/y);
      if (plain > 0) take(plain, true, false);
      else if (char === '`') {
        open.pop();
        significant = '`';
        take(1, true, true);
      } else {
        open.push('{');
        significant = '{';
        take(2, true, true);
      }
      continue;
    }
    const comment = matchHere(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y);
    if (comment > 0) {
      spans.push({ from: at, to: at + comment });
      take(comment, false, false);
      continue;
    }
    const string = matchHere(/'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y);
    if (string > 0) {
      take(1, true, true);
      if (string > 2) take(string - 2, true, false);
      if (string > 1) take(1, true, true);
      significant = "'";
      continue;
    }
    // In JSX `</` and `/>` end an element.
    if (char === '/' && BEFORE_REGEX.test(significant) && !significant.endsWith('<') && text[at + 1] !== '>') {
      const regex = matchHere(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y);
      if (regex > 0) {
        take(regex, true, false);
        significant = '/r';
        continue;
      }
    }
    if (char === '`' || char === '{') open.push(char);
    if (char === '}') open.pop();
    if (/\S/.test(char)) significant = (significant + char).slice(-12);
    else if (/\w$/.test(significant)) significant += ' ';
    if (/\s/.test(char)) significant = significant.trimEnd();
    take(1, true, true);
    if (/\W/.test(char)) significant = significant.slice(-1);
  }
  return { code: code.join(''), bare: bare.join(''), spans };
}

function commentsIn(text: string, spans: readonly Span[]): readonly Comment[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const goesOn = last !== undefined && isNextLine(text, last, span);
    if (goesOn) joined[joined.length - 1] = { from: last.from, to: span.to };
    else joined.push(span);
  }
  return joined.map(({ from, to }) => ({
    line: text.slice(0, from).split('\n').length,
    text: text.slice(from, to).replace(/^[ \t]*(?:\/\/+|\/\*+|\*(?!\/))[ \t]?|[ \t]*\*+\/$/gm, ''),
  }));
}

/** Both are of `//`, alone on their lines, and nothing is between them. */
function isNextLine(text: string, { from, to }: Span, next: Span): boolean {
  const isAlone = /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, from - 200), from));
  return (
    isAlone &&
    text.startsWith('//', from) &&
    text.startsWith('//', next.from) &&
    /^\n[ \t]*$/.test(text.slice(to, next.from))
  );
}

function findImports(code: string, bare: string): Pick<Source, 'imports' | 'computedImports'> {
  const imports: Import[] = [];
  let computedImports = 0;
  const statement = /(?<![.\w$])(import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?([\w\s$,*{}]*?)(?:\bfrom\s*)?(['"])/g;
  for (const match of bare.matchAll(statement)) {
    const [whole, keyword = '', type, names = '', quote = ''] = match;
    const isFrom = /from\s*['"]$/.test(whole);
    if (!isFrom && (keyword === 'export' || names.trim() !== '')) continue;
    const start = match.index + whole.length;
    const from = code.slice(start, bare.indexOf(quote, start));
    imports.push({ from, typeOnly: type !== undefined || onlyTypes(names), dynamic: false });
  }
  for (const match of bare.matchAll(/(?<![.\w$])import\s*\(\s*/g)) {
    const start = match.index + match[0].length;
    const literal = /^(['"])([^'"\n]*)\1\s*,?\s*[),]/.exec(code.slice(start));
    if (literal === null) computedImports += 1;
    else imports.push({ from: literal[2] ?? '', typeOnly: false, dynamic: true });
  }
  return { imports, computedImports };
}

/** `{ type A, type B }`: with verbatimModuleSyntax the module is still loaded, but nothing of it is used. */
function onlyTypes(names: string): boolean {
  const inner = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1];
  if (inner === undefined) return false;
  const each = inner
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return each.length > 0 && each.every((name) => name.startsWith('type '));
}

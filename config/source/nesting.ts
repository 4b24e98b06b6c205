/** The lexer's marks, which stand for no text: document start, end of a flow collection by indentation, scalar follows. */
const MARKS = ['\u0002', '\u0018'];
const SCALAR_FOLLOWS = '\u001f';

/**
 * Where a YAML text nests deeper than a limit, judged from its lexemes, without recursion.
 *
 * The YAML library descends by recursion and relies on the stack's overflow being thrown. V8 does not always throw: if
 * a regular expression is compiled for the first time just below the end of the stack, the process dies.
 *
 * A level is an indentation, a block indicator further along in a line, or an open bracket; the true depth is at most
 * three times as much.
 * @returns the offset of the first place that is too deep
 */
export function findTooDeep(lexemes: Iterable<string>, limit: number): number | undefined {
  const indents: number[] = [];
  let [offset, column, brackets] = [0, 0, 0];
  let [lineBegins, scalar] = [true, false];
  for (const lexeme of lexemes) {
    if (!scalar && MARKS.includes(lexeme)) continue;
    if (!scalar && lexeme === SCALAR_FOLLOWS) {
      scalar = true;
      continue;
    }
    const blank = !scalar && /^[ \t\r\n#\ufeff]/.test(lexeme);
    if (!blank && brackets === 0) {
      if (lineBegins) {
        while ((indents.at(-1) ?? -1) >= column) indents.pop();
        indents.push(column);
      } else if (!scalar && (lexeme === '-' || lexeme === '?' || lexeme === ':')) indents.push(column);
    }
    if (!scalar && (lexeme === '[' || lexeme === '{')) brackets += 1;
    if (!scalar && (lexeme === ']' || lexeme === '}')) brackets = Math.max(0, brackets - 1);
    if (indents.length + brackets > limit) return offset;
    offset += lexeme.length;
    const lineEnd = lexeme.lastIndexOf('\n');
    column = lineEnd < 0 ? column + lexeme.length : lexeme.length - lineEnd - 1;
    lineBegins = lineEnd >= 0 || (lineBegins && blank);
    scalar = false;
  }
  return undefined;
}

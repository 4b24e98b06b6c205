/** Words of a command of the shell: quotes are taken off, redirections and comments left out. */
export interface SimpleCommand {
  readonly program: string;
  readonly words: readonly string[];
}

/** In place of what stands in quotes, in a here-document, or is made by the shell. */
const TEXT = 'TEXT';

/** The programs that a line of the shell starts, with their words. */
export function simpleCommands(line: string): readonly SimpleCommand[] {
  return line
    .replace(/<<-?'?(\w+)'?[\s\S]*?^\1$/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .replace(/'[^']*'|"(?:\$\([^)]*\)|\\.|[^"\\])*"/g, TEXT)
    .replace(/(?:^|\s)#.*$/gm, '')
    .replace(/\d?>>?&?\s*\S+|<\s*\S+/g, ' ')
    .replace(/\$\(([^)]*)\)/g, '; $1 ;')
    .split(/&&|\|\||[|;\n{}]/)
    .flatMap((part) => {
      const words = part.trim().split(/\s+/);
      while (/^(?:sudo|!)$|^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
      const [program = '', ...rest] = words;
      return program === '' || program.endsWith('()') ? [] : [{ program, words: rest }];
    });
}

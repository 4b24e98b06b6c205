import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command of the command line, as its own help tells it. */
export interface HelpText {
  readonly summary: string;
  readonly help: string;
  /** `--config`, `--json` … */
  readonly options: readonly string[];
}

export interface Commands {
  /** The help of the program itself. */
  readonly help: string;
  readonly byName: ReadonlyMap<string, HelpText>;
  /** The commands that `ctl` can ask a gateway for. */
  readonly asked: readonly string[];
}

/** Beside the built program, whose next build takes it away. */
export const KEPT_HELP = '.help.json';

/**
 * Asks the built program for its help: manual and completion say the same as the program. One build is asked once,
 * because each of thirty commands is a start of the program.
 * @param dist the folder of the build
 */
export function commandsOf(dist: string): Commands {
  const kept = join(dist, KEPT_HELP);
  if (existsSync(kept)) {
    const { byName, ...others } = JSON.parse(readFileSync(kept, 'utf8'));
    return { ...others, byName: new Map(byName) };
  }
  const commands = askForHelp(join(dist, 'agent/main.js'));
  // whole at once: several packages may be made side by side
  const next = `${kept}.${process.pid}`;
  writeFileSync(next, JSON.stringify({ ...commands, byName: [...commands.byName] }));
  renameSync(next, kept);
  return commands;
}

function askForHelp(program: string): Commands {
  const ask = (...args: string[]) => execFileSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  const help = ask('--help');
  const byName = new Map<string, HelpText>();
  for (const [name, summary] of entriesOf(help)) {
    const own = ask(name, '--help').trimEnd();
    byName.set(name, { summary, help: own, options: optionsOf(own) });
  }
  return { help, byName, asked: entriesOf(byName.get('ctl')?.help ?? '').map(([name]) => name) };
}

/** The lines of a list: two spaces, a word, and its explanation. */
export function entriesOf(help: string): readonly (readonly [name: string, words: string])[] {
  return Array.from(help.matchAll(/^ {2}([a-z]+)(?: +(\S.*))?$/gm), ([, name = '', words = '']) => [name, words]);
}

/** Every option that a help names, once, and `--help`. */
export function optionsOf(help: string): readonly string[] {
  const named = Array.from(help.matchAll(/(?<![\w-])--[a-z][a-z-]*/g), ([option]) => option);
  return [...new Set([...named, '--help'])].sort();
}

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type CliIo, EXIT, type ExitCode } from './io.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

interface Accepted {
  readonly options: Options;
  /** The most words beside the options. */
  readonly words: number;
  readonly help: string;
}

export type Arguments =
  | { readonly done: false; readonly flags: Readonly<Record<string, unknown>>; readonly words: readonly string[] }
  | { readonly done: true; readonly code: ExitCode };

/** Reads arguments strictly. `--help` and wrong usage are answered here. */
export function readArguments(args: readonly string[], io: CliIo, accepted: Accepted): Arguments {
  const options: Options = { ...accepted.options, help: { type: 'boolean', short: 'h' } };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (values.help === true) {
      io.out(accepted.help);
      return { done: true, code: EXIT.ok };
    }
    if (positionals.length <= accepted.words) return { done: false, flags: values, words: positionals };
  } catch {
    // The reason would quote the argument; the help says what is possible.
  }
  io.err(`fieldward: wrong usage\n\n${accepted.help}`);
  return { done: true, code: EXIT.usage };
}

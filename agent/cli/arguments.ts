import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from '../../config/source/known-keys.ts';
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
    // The reason would quote the argument.
  }
  return { done: true, code: wrongArguments(io, whatIsWrong(args, options, accepted.words), accepted.help) };
}

/**
 * Says what is wrong and how it is right.
 * @param why names options and words of ours, and repeats no value
 */
export function wrongArguments(io: CliIo, why: string, help: string): ExitCode {
  io.err(`fieldward: wrong usage: ${why}\n\n${help}`);
  return EXIT.usage;
}

/** The form of an option. Anything else may be a secret that slipped into the place of one, so it is not shown. */
const OPTION = /^--[a-z]+(?:-[a-z]+)*$/;
const LONGEST_SHOWN = 40;

function whatIsWrong(args: readonly string[], options: Options, words: number): string {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) return unknown(name, rawName, Object.keys(options));
    if (option.type === 'boolean' && inlineValue === true) return `--${name} takes no value`;
    if (option.type !== 'string') continue;
    if (value === undefined) return `--${name} wants a value`;
    if (inlineValue !== true && value.startsWith('-')) {
      return `--${name} wants a value; one that begins with - is written --${name}=VALUE`;
    }
  }
  return words === 0 ? 'there are words where only options can be' : `more than ${counted(words)}`;
}

function unknown(name: string, rawName: string, known: readonly string[]): string {
  const shown =
    OPTION.test(rawName) && rawName.length <= LONGEST_SHOWN ? `there is no ${rawName}` : 'an option is not known';
  const near = nearest(name, known);
  return near === undefined ? shown : `${shown}; did you mean --${near}?`;
}

function counted(words: number): string {
  return words === 1 ? 'one word beside the options' : `${words} words beside the options`;
}

import { check } from './check.ts';
import { drivers } from './drivers.ts';
import { type CliProcess, EXIT, type ExitCode } from './io.ts';
import { poll } from './poll.ts';
import { ports } from './ports.ts';
import { profiles } from './profiles.ts';
import { run } from './run.ts';
import { scan } from './scan.ts';
import { schema } from './schema.ts';
import { top } from './top.ts';

interface Entry {
  readonly summary: string;
  readonly command: (args: readonly string[], io: CliProcess) => Promise<ExitCode>;
}

const COMMANDS: Readonly<Record<string, Entry>> = Object.freeze({
  run: { summary: 'run the agent (what is done without a command)', command: run },
  check: { summary: 'check a config and name every problem with its place', command: check },
  ports: { summary: 'list the serial ports of this machine', command: ports },
  scan: { summary: 'look for Modbus units on a bus or port', command: scan },
  poll: { summary: 'read a device of the config and print what it says', command: poll },
  top: { summary: 'live table of buses, devices and values', command: top },
  drivers: { summary: 'list the drivers', command: drivers },
  profiles: { summary: 'list the profiles of device models', command: profiles },
  schema: { summary: 'print the JSON Schema of the config, for editors', command: schema },
});

const HELP = `Usage: fieldward [COMMAND] [OPTIONS]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`)
  .join('\n')}

\`fieldward COMMAND --help\` tells more; --version prints the version.
Exit codes: 0 stopped as asked, 64 wrong usage, 70 internal fault, 75 restart asked for, 78 config refused.`;

/** The command line: the first word is the command, and without one the agent runs. */
export async function dispatch(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === '--help' || first === '-h' || first === 'help') {
    io.out(HELP);
    return EXIT.ok;
  }
  if (first === '--version') {
    io.out(io.version);
    return EXIT.ok;
  }
  if (first === undefined || first.startsWith('-')) return run(args, io);
  const entry = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (entry) return entry.command(rest, io);
  io.err(`fieldward: there is no such command\n\n${HELP}`);
  return EXIT.usage;
}

import { nearest } from '../../config/source/known-keys.ts';
import { type CliProcess, EXIT, type ExitCode } from './io.ts';

type Command = (args: readonly string[], io: CliProcess) => Promise<ExitCode>;

interface Entry {
  readonly summary: string;
  /** Each is loaded when it is asked for: the code of the tools takes neither time nor memory of a running agent. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = Object.freeze({
  run: {
    summary: 'run the agent (what is done without a command)',
    load: async () => (await import('./run.ts')).run,
  },
  init: {
    summary: 'make a config and what belongs to it, of a few answers',
    load: async () => (await import('./init/init.ts')).init,
  },
  check: {
    summary: 'check a config and name every problem with its place',
    load: async () => (await import('./check.ts')).check,
  },
  apply: {
    summary: 'take a new config on, and go back by itself where it does not come up',
    load: async () => (await import('./apply/apply.ts')).apply,
  },
  reload: {
    summary: 'have a running agent take a changed config on, if it is good',
    load: async () => (await import('./service/reload.ts')).reload,
  },
  ports: {
    summary: 'list the serial ports of this machine',
    load: async () => (await import('./ports/ports.ts')).ports,
  },
  scan: {
    summary: 'look for Modbus units or M-Bus meters on a bus or port',
    load: async () => (await import('./ports/scan.ts')).scan,
  },
  identify: {
    summary: 'ask a device what it is: maker, model, serial number, firmware',
    load: async () => (await import('./identify/identify.ts')).identify,
  },
  listen: {
    summary: 'decode what others say on a line, without writing a byte',
    load: async () => (await import('./listen/listen.ts')).listen,
  },
  read: {
    summary: 'read registers of a Modbus device, without a config',
    load: async () => (await import('./registers/read.ts')).read,
  },
  write: {
    summary: 'write registers of a Modbus device, without a config; asks first',
    load: async () => (await import('./registers/write.ts')).write,
  },
  poll: {
    summary: 'read a device of the config and print what it says',
    load: async () => (await import('./poll/poll.ts')).poll,
  },
  top: {
    summary: 'live table of buses, devices and values',
    load: async () => (await import('./top/top.ts')).top,
  },
  trace: {
    summary: 'write down what goes over a line of the running agent',
    load: async () => (await import('./trace/trace.ts')).trace,
  },
  replay: {
    summary: 'make a device of a capture, on a pseudo terminal',
    load: async () => (await import('./replay/replay.ts')).replay,
  },
  audit: {
    summary: 'verify the audit journal of commands',
    load: async () => (await import('./audit.ts')).audit,
  },
  ctl: {
    summary: 'ask a gateway for a command through its broker',
    load: async () => (await import('./ctl/ctl.ts')).ctl,
  },
  diagnostics: {
    summary: 'make one file for a report of a fault, without secrets',
    load: async () => (await import('./diagnostics/diagnostics.ts')).diagnostics,
  },
  console: {
    summary: 'serve a web page for the people who run the plant, on this machine alone',
    load: async () => (await import('./console/console.ts')).console,
  },
  drivers: { summary: 'list the drivers', load: async () => (await import('./drivers.ts')).drivers },
  profile: {
    summary: 'prove a profile of your own, or make one of a list of registers',
    load: async () => (await import('./profile/profile.ts')).profile,
  },
  profiles: {
    summary: 'list the profiles of device models',
    load: async () => (await import('./profiles.ts')).profiles,
  },
  schema: {
    summary: 'print the JSON Schema of the config, for editors',
    load: async () => (await import('./schema.ts')).schema,
  },
});

const HELP = `Usage: fieldward [COMMAND] [OPTIONS]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

\`fieldward COMMAND --help\` tells more; --version prints the version.
Exit codes: 0 stopped as asked, 64 wrong usage, 70 internal fault, 74 the output was not taken, 75 restart asked for,
78 config refused; of scan and identify also 69 nobody answered; of init 73 nothing was made; of ctl 65 refused, 69 not reached, 74 failed, 76 not known: see there.`;

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
  const isFlag = first === undefined || first.startsWith('-');
  const name = isFlag ? 'run' : first;
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry) return (await entry.load())(isFlag ? args : rest, io);
  const near = nearest(name, Object.keys(COMMANDS));
  io.err(`fieldward: there is no such command${near === undefined ? '' : `; did you mean ${near}?`}\n\n${HELP}`);
  return EXIT.usage;
}

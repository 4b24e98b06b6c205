import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { LOGLEVEL_MAX_MS, LOGLEVEL_MIN_MS } from '../../command/limits.ts';
import { wholeNumberFlag } from '../ports/port-argument.ts';
import { losesDigits, readAssignments, readObject } from './value.ts';

type Args = Readonly<Record<string, unknown>>;

/** One request: the command, and its gateway or device. */
export interface Asked {
  readonly gateway: string;
  /** Absent: the gateway itself. */
  readonly device?: string | undefined;
  readonly command: string;
  readonly args?: Args | undefined;
}

/** The request in the words of the command line, or their fault in a sentence that repeats none of them. */
export type Reading =
  | { readonly asked: Asked; readonly wrong?: undefined }
  | { readonly wrong: string; readonly asked?: undefined };

/** The options that say more of a command, as they were given. */
export interface CommandFlags {
  /** JSON. */
  readonly args?: string | undefined;
  /** Of `loglevel`, milliseconds. */
  readonly for?: string | undefined;
  /** Of `operate`. */
  readonly token?: string | undefined;
}

interface Command {
  /** The usage behind the command's name. */
  readonly usage: string;
  readonly ofDevice: boolean;
  /** Whether something may be different afterwards: then silence is no proof that nothing has happened. */
  readonly changes: boolean;
  /** Args from the words behind the device; `wrong` where they make none. */
  readonly args: (words: readonly string[], flags: CommandFlags) => Args | undefined | 'wrong';
}

const none: Command['args'] = (words) => (words.length === 0 ? undefined : 'wrong');
const values: Command['args'] = (words) => readAssignments(words) ?? 'wrong';
const LEVELS = ['error', 'warn', 'info', 'debug'];

const level: Command['args'] = (words, flags) => {
  const [name = '', ...more] = words;
  const forMs = wholeNumberFlag(flags.for, LOGLEVEL_MIN_MS, LOGLEVEL_MAX_MS);
  if (more.length > 0 || !LEVELS.includes(name) || (flags.for !== undefined && forMs === undefined)) return 'wrong';
  return forMs === undefined ? { level: name } : { level: name, forMs };
};
const bus: Command['args'] = ([id = '', ...more]) => (more.length === 0 && ID_PATTERN.test(id) ? { bus: id } : 'wrong');

const ofGateway = { ofDevice: false, changes: true };
const ofDevice = { ofDevice: true, changes: true };

/** Every command of the interface, as it is written here. */
export const CTL_COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  ping: { usage: '', ...ofGateway, changes: false, args: none },
  status: { usage: '', ...ofGateway, changes: false, args: none },
  diagnostics: { usage: '', ...ofGateway, changes: false, args: none },
  reopen: { usage: 'BUS', ...ofGateway, args: bus },
  loglevel: { usage: 'error|warn|info|debug [--for MS]', ...ofGateway, args: level },
  restart: { usage: '', ...ofGateway, args: none },
  read: {
    usage: 'DEVICE [POINT…]',
    ...ofDevice,
    changes: false,
    args: (words) => (words.length === 0 ? undefined : { points: words }),
  },
  write: { usage: 'DEVICE POINT=VALUE…', ...ofDevice, args: values },
  select: { usage: 'DEVICE POINT=VALUE…', ...ofDevice, changes: false, args: values },
  operate: { usage: 'DEVICE POINT=VALUE… [--token=TOKEN]', ...ofDevice, args: values },
  pause: { usage: 'DEVICE', ...ofDevice, args: none },
  resume: { usage: 'DEVICE', ...ofDevice, args: none },
});

/** Pure. `GATEWAY COMMAND [DEVICE] [ARGS…]`; of `operate` the args are the values, with the token where one was given. */
export function readCommand(words: readonly string[], flags: CommandFlags): Reading {
  const [gateway, name, ...rest] = words;
  if (gateway === undefined) return { wrong: 'which gateway?' };
  if (!ID_PATTERN.test(gateway)) return { wrong: 'the name of a gateway is 1 to 63 of a-z, 0-9 and -' };
  const known = Object.keys(CTL_COMMANDS).join(', ');
  if (name === undefined) return { wrong: `which command? There are ${known}` };
  const command = Object.hasOwn(CTL_COMMANDS, name) ? CTL_COMMANDS[name] : undefined;
  if (command === undefined) return { wrong: `there is no such command; there are ${known}` };
  const misplaced = misplacedFlag(name, flags);
  if (misplaced !== undefined) return { wrong: misplaced };
  const wrong = `${name} is: fieldward ctl GATEWAY ${name} ${command.usage}`.trimEnd();
  const device = command.ofDevice ? (rest.shift() ?? '') : undefined;
  if (device !== undefined && !ID_PATTERN.test(device)) return { wrong };
  if (losesDigits(rest, flags.args)) {
    return { wrong: 'a number has more digits than can be kept: the gateway would get another one' };
  }
  const args = flags.args === undefined ? command.args(rest, flags) : exact(rest, flags);
  if (args === 'wrong') return { wrong };
  return { asked: { gateway, device, command: name, args: withToken(args, flags) } };
}

function misplacedFlag(name: string, flags: CommandFlags): string | undefined {
  if (flags.for !== undefined && (name !== 'loglevel' || flags.args !== undefined)) return '--for belongs to loglevel';
  if (flags.token !== undefined && name !== 'operate') return '--token belongs to operate';
  return undefined;
}

function exact(words: readonly string[], flags: CommandFlags): Args | 'wrong' {
  return words.length > 0 ? 'wrong' : (readObject(flags.args ?? '') ?? 'wrong');
}

function withToken(args: Args | undefined, { token }: CommandFlags): Args | undefined {
  return token === undefined ? args : { token, values: args };
}

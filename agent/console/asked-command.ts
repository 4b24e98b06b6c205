import { ID_PATTERN } from '../../drivers/schema/text.ts';
import { type Asked, CTL_COMMANDS } from '../cli/ctl/command.ts';
import { parsedJson, recordIn, valueIn } from '../cli/top/heard.ts';
import { KEY_LENGTH } from '../command/limits.ts';
import { isBounded, keepsNumbers } from '../command/request/json.ts';

/** A command that the page asks for. */
export interface ReadCommand {
  readonly asked: Asked;
  /** Of the first of two steps. */
  readonly token: string | undefined;
}

export type CommandReading =
  | { readonly command: ReadCommand; readonly wrong?: undefined }
  | { readonly wrong: string; readonly command?: undefined };

const MEMBERS: ReadonlySet<string> = new Set(['gateway', 'device', 'command', 'args', 'confirm']);
/** The page writes; which of the two ways a point takes is found out here. */
const STEPS: ReadonlySet<string> = new Set(['select', 'operate']);

/** An `AskedCommand`, judged as `ctl` judges its words; a fault is told in a sentence that repeats none of it. Pure. */
export function readAskedCommand(body: string): CommandReading {
  const parsed = parsedJson(body);
  const members = recordIn(parsed);
  const isKnown = members.size > 0 && [...members.keys()].every((name) => MEMBERS.has(name));
  if (!isKnown || !isBounded(body, parsed)) return { wrong: 'the request is no command' };
  if (!keepsNumbers(body) || !keepsNumbers(JSON.stringify(parsed))) {
    return { wrong: 'a number has more digits than can be kept: the gateway would get another one' };
  }
  const [gateway, device, name] = [members.get('gateway'), members.get('device'), members.get('command')];
  if (!isId(gateway)) return { wrong: 'gateway is an id: 1 to 63 of a-z, 0-9 and -' };
  const command = typeof name === 'string' && Object.hasOwn(CTL_COMMANDS, name) ? CTL_COMMANDS[name] : undefined;
  if (typeof name !== 'string' || command === undefined || STEPS.has(name))
    return { wrong: 'there is no such command' };
  if (command.ofDevice !== (device !== undefined) || (device !== undefined && !isId(device))) {
    return {
      wrong: command.ofDevice ? 'device is an id: 1 to 63 of a-z, 0-9 and -' : 'the command is one of the gateway',
    };
  }
  const token = members.get('confirm');
  if (token !== undefined && (name !== 'write' || typeof token !== 'string' || token.length > KEY_LENGTH)) {
    return { wrong: 'confirm is the token of the first step of a write' };
  }
  const args = argsOf(name, recordIn(members.get('args') ?? {}));
  if (args === 'wrong') return { wrong: `the args are not those of ${name}` };
  const asked = { gateway, device, command: name, args };
  return { command: { asked, token } };
}

/** By the code that reads them on a command line. */
function argsOf(name: string, given: ReadonlyMap<string, unknown>): Asked['args'] | 'wrong' {
  const { args: read } = CTL_COMMANDS[name] ?? {};
  if (read === undefined) return 'wrong';
  if (name === 'write') return writtenValues(given);
  if (name === 'reopen') return given.size === 1 ? read([String(given.get('bus'))], {}) : 'wrong';
  if (name === 'loglevel') {
    const isKnown = [...given.keys()].every((key) => key === 'level' || key === 'forMs');
    const forMs = given.get('forMs');
    return isKnown ? read([String(given.get('level'))], forMs === undefined ? {} : { for: String(forMs) }) : 'wrong';
  }
  return given.size === 0 ? undefined : 'wrong';
}

function writtenValues(given: ReadonlyMap<string, unknown>): Asked['args'] | 'wrong' {
  const values = new Map<string, unknown>();
  for (const [point, value] of given) {
    // the written value is the typed one: nothing is taken out of a text
    const isValue = valueIn(value) !== undefined && value !== null;
    if (!ID_PATTERN.test(point) || !isValue) return 'wrong';
    values.set(point, value);
  }
  return values.size === 0 ? 'wrong' : Object.fromEntries(values);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}

import type { MqttConfig } from '../../../config/config.ts';
import { LIMITS } from '../../../config/limits.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { REPLY_LENGTH } from '../../command/limits.ts';
import { MqttLink } from '../../link/mqtt-link.ts';
import { Topics } from '../../link/topics.ts';
import { silentLog } from '../../log/log.ts';
import { readArguments } from '../arguments.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { wholeNumberFlag } from '../ports/port-argument.ts';
import { wrongUsage } from './broker.ts';
import { CtlClient } from './client.ts';
import { type Asked, readCommand } from './command.ts';
import { type Conversation, converse } from './conversation.ts';
import { clientIdFor, DESK_FLAGS, openDesk } from './desk.ts';
import { EXPIRES_IN, GRACE, HELP } from './help.ts';
import { flaggedSigner, topicOf } from './request.ts';

const FLAGS = {
  ...DESK_FLAGS,
  args: { type: 'string' },
  for: { type: 'string' },
  token: { type: 'string' },
  'expires-in': { type: 'string' },
  timeout: { type: 'string' },
  user: { type: 'string' },
  'sign-key': { type: 'string' },
  'sign-id': { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** GATEWAY, COMMAND, DEVICE and as many points as one request may read. */
const WORDS = 3 + 256;
const LONGEST_TIMEOUT = 3_600_000;
const LONGEST_USER = 256;
/** UTF-8 takes up to three bytes for a unit of UTF-16. */
const LONGEST_REPLY = 3 * REPLY_LENGTH;
const GOODBYE = milliseconds(1000);

/** `fieldward ctl`. */
export async function ctl(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: WORDS, help: HELP });
  if (read.done) return read.code;
  const flags: Flags = read.flags;
  const { asked, wrong } = readWords(read.words, flags);
  if (wrong !== undefined) return wrongUsage(io, 'ctl', [wrong]);
  const expiresIn = numberOf(flags['expires-in'], EXPIRES_IN, LIMITS.commands.maxAgeMs.max);
  const timeout = numberOf(flags.timeout, (expiresIn ?? 0) + GRACE, LONGEST_TIMEOUT);
  if (expiresIn === undefined || timeout === undefined) {
    return wrongUsage(io, 'ctl', [
      `--expires-in is 1 to ${LIMITS.commands.maxAgeMs.max}, --timeout 1 to ${LONGEST_TIMEOUT}`,
    ]);
  }
  const desk = await openDesk('ctl', flags, io, false);
  if (!desk.ok) return desk.code;
  const signing = await flaggedSigner(flags);
  if (signing.wrong !== undefined) return wrongUsage(io, 'ctl', [signing.wrong]);
  const user = cleanText(String(flags.user ?? io.environment.USER ?? ''), LONGEST_USER);
  return talk(asked, desk.mqtt, io, {
    json: flags.json === true,
    timeout: milliseconds(timeout),
    expiresIn,
    user: user === '' ? undefined : user,
    signer: signing.signer,
  });
}

type Flags = Readonly<Record<string, unknown>>;
type Manner = Pick<Conversation, 'json' | 'timeout' | 'expiresIn' | 'user' | 'signer'>;

async function talk(asked: Asked, config: MqttConfig, io: CliProcess, manner: Manner): Promise<ExitCode> {
  const clock = new SystemClock();
  const topics = new Topics(config.topicPrefix, asked.gateway);
  const clientId = clientIdFor('ctl');
  const setup = { config, clientId, longestPayload: LONGEST_REPLY, clock };
  let link: MqttLink | undefined;
  try {
    link = new MqttLink({ ...setup, log: silentLog, random: Math.random });
    const steps = asked.command === 'operate' ? ['select', 'operate'] : [asked.command];
    const requests = steps.map((command) => topicOf(topics, { ...asked, command }));
    const client = new CtlClient({ link, clock, topics, clientId, requests });
    const connectTimeout = milliseconds(config.connectTimeoutMs);
    return await converse(asked, { ...manner, client, clock, topics, connectTimeout, io });
  } catch (thrown) {
    const fault = toFault(thrown);
    io.err(`fieldward: ${wordsOf(fault)}`);
    return codeOf(fault);
  } finally {
    await withDeadline(clock, GOODBYE, new AbortController().signal, async (signal) => link?.stop(signal)).catch(
      () => undefined,
    );
  }
}

function readWords(words: readonly string[], flags: Flags) {
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
  return readCommand(words, { args: text('args'), for: text('for'), token: text('token') });
}

function numberOf(flag: unknown, otherwise: number, most: number): number | undefined {
  return flag === undefined ? otherwise : wholeNumberFlag(flag, 1, most);
}

function wordsOf({ code }: Fault): string {
  if (code === 'internal/cancelled') return 'interrupted: the request was not sent';
  if (code === 'internal/deadline') return 'the broker did not answer in time: the request was not sent';
  const { message, advice } = FAULTS[code];
  return `${message} (${code}): the request was not sent. ${advice}`;
}

function codeOf({ code }: Fault): ExitCode {
  if (code.startsWith('config/')) return EXIT.config;
  return code.startsWith('link/') || code === 'internal/cancelled' || code === 'internal/deadline'
    ? EXIT.unavailable
    : EXIT.internal;
}

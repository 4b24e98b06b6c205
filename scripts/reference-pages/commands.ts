import { DEVICE_COMMANDS } from '../../agent/command/device-commands.ts';
import { GATEWAY_COMMANDS } from '../../agent/command/gateway-commands.ts';
import type { Command, CommandOutcome } from '../../agent/command/job.ts';
import * as limits from '../../agent/command/limits.ts';
import { buildReply } from '../../agent/command/reply/reply.ts';
import { requestSchema } from '../../agent/command/request/envelope.ts';
import { scopeOf } from '../../agent/command/signature/scope.ts';
import { rootShape } from '../../config/schema/root.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { faultAnchor } from './faults-page.ts';
import { type Json, jsonOf, kindOf } from './json-schema.ts';
import { code, fence, list, paragraph, plain, table } from './markdown.ts';

const OUTCOMES: Readonly<Record<CommandOutcome, string>> = {
  done: 'carried out; nothing was written to a device',
  applied: 'the device confirmed the write',
  verified: 'the device confirmed the write, and the read-back agrees',
  refused: 'nothing was sent',
  failed:
    'the device, or the way to it, said no. Or the device confirmed the write and keeps another value, also a second later: `values` holds it',
  unknown:
    'sent, but no answer, or one that leaves it open: the device may have acted. The agent never repeats it; read before you do',
};

/** The compiler asks for the words of each limit. Unit and words. */
const LIMITS: Readonly<Record<keyof typeof limits, readonly [unit: string, words: string]>> = {
  REQUEST_BYTES: ['bytes', 'the largest request'],
  SIGNED_HEADER_BYTES: ['bytes', 'the largest header of a signed request'],
  SIGNED_BYTES: ['bytes', 'the largest signed request'],
  VERIFY_RATE: ['a second', 'signatures that are verified; what comes beyond is refused unseen'],
  VERIFYING: ['signatures', 'that are verified at the same time'],
  REQUEST_DEPTH: ['levels', 'the deepest request'],
  REQUEST_KEYS: ['members', 'of all mappings of one request together'],
  KEY_LENGTH: ['characters', 'the longest key or name in a request'],
  POINTS_READ: ['points', 'that one request may name to be read'],
  POINTS_WRITTEN: ['points', 'that one request may write'],
  FAULTS_TOLD: ['points', 'of one read that are named with their fault'],
  TEXT_LENGTH: ['characters', 'the longest text that may be written to a point'],
  REPLY_LENGTH: ['characters', 'the largest reply; a longer one comes without its values'],
  RESPONSE_TOPIC_LENGTH: ['characters', 'the longest response topic (MQTT 5)'],
  CORRELATION_BYTES: ['bytes', 'the longest correlation data (MQTT 5)'],
  RUNNING: ['commands', 'that run at the same time'],
  RATE: ['a second', 'commands of the gateway and all devices together'],
  DEVICE_RATE: ['a second', 'commands to one device'],
  ANSWER_RATE: ['a second', 'refused and repeated requests that are answered; more are only counted'],
  AUDITED_REFUSALS: ['a second', 'refused requests that the audit journal takes; more are only counted'],
  LEDGER_ENTRIES: ['ids', 'of executed commands that are remembered; when all are needed, new commands are refused'],
  LEDGER_LENGTH: ['characters', 'of their replies together'],
  LEDGER_FILE_BYTES: ['bytes', 'at which the ledger’s file is written anew, beside the old one'],
  LEDGER_SHORT_BYTES: ['bytes', 'up to which a stored reply counts as short'],
  LEDGER_REPLY_BYTES: ['bytes', 'the longest reply that is kept on disk; of a longer one only its outcome'],
  LEDGER_LONG_REPLIES_BYTES: ['bytes', 'that longer replies may take on disk, all together'],
  LEDGER_PENDING_BYTES: ['bytes', 'that may wait to be written to the ledger'],
  LEDGER_LIMIT: ['ms', 'for the disk to take an id; then the command is refused'],
  LEDGER_RETRY_MIN: ['ms', 'until a ledger that could not be written is tried again, the first time'],
  LEDGER_RETRY_MAX: ['ms', 'the same at most'],
  REFUSALS: ['ids', 'of refused requests that are remembered'],
  REFUSALS_RECORDED: ['a second', 'refused requests that are written to disk; more are only remembered'],
  WAITERS: ['requests', 'with one id that get the reply of the one in progress'],
  REPLIES_QUEUED: ['replies', 'that wait for the broker'],
  REFUSALS_QUEUED: ['replies', 'that wait before refusals are only counted'],
  REPLIES_UNDER_WAY: ['replies', 'under way to the broker at once'],
  REPLY_LIMIT: ['ms', 'for a reply to be acknowledged by the broker'],
  RUN_LIMIT: ['ms', 'after which a command is told to stop and answered without its result'],
  SETTLE_LIMIT: ['ms', 'that what runs has to end by itself when the agent stops; then it is told to give up'],
  SELECT_LIMIT: ['ms', 'for `operate` to come after `select`'],
  SELECTIONS: ['selections', 'at the same time, of all devices together'],
  TURN_LIMIT: ['ms', 'for a write to wait until the one before, to the same device, is over'],
  INTERLOCK_FRESH: ['ms', 'the longest between the reading of an interlock and the write that it allows'],
  INTERVAL_KEPT: ['ms', 'a `minIntervalMs` of so much or more holds on after a restart'],
  LOCKOUT_FRESH: ['ms', 'how old the last look at the lockout switch may be'],
  LOGLEVEL_DEFAULT_MS: ['ms', 'that a changed log level holds, where the request says nothing'],
  LOGLEVEL_MIN_MS: ['ms', 'that a changed log level holds at least'],
  LOGLEVEL_MAX_MS: ['ms', 'that a changed log level holds at most'],
};

const NUMBERS = { ...limits };

const WALL = Date.UTC(2026, 10, 23, 10, 15, 2, 113);

/** Requests, replies and commands, for the page of topics. Pure. */
export function commandBlocks(replyTopic: string, responseRoot: string, lockout: string): readonly string[] {
  const allowed = rootShape.commands.parse({}).allow;
  const request = jsonOf(requestSchema);
  const partly = {
    outcome: 'failed' as const,
    values: { energy: 4.2e9 },
    uncertain: ['energy'],
    fault: 'modbus/illegal-address' as const,
    faults: { relay: 'modbus/illegal-address' as const },
  };
  const replies = [
    buildReply('8f2', { outcome: 'verified', values: { relay: true } }, WALL),
    buildReply('8f2', { outcome: 'refused', fault: 'command/expired' }, WALL),
    buildReply('8f2', partly, WALL),
  ];
  return [
    '## Requests',
    fence('json', JSON.stringify({ id: '8f2', expiresAt: '2026-11-23T10:15:32Z', args: { relay: true } })),
    table(
      ['member', 'type', 'needed', 'what it is'],
      Object.entries(request.properties ?? {}).map(([key, value]) => [
        code(key),
        kindOf(value),
        request.required?.includes(key) ? 'yes' : 'no',
        value.description ?? '',
      ]),
    ),
    paragraph(
      `An id is of the form ${code(request.properties?.id?.pattern ?? '')}. Publish without the retain flag. While ${code(lockout)} exists at the gateway, every request is refused.`,
    ),
    '## Replies',
    paragraph(
      `A reply comes on ${code(replyTopic)}, the request’s topic and \`/reply\`. Under MQTT 5 it also comes on the request’s response topic, with its correlation data, if that topic lies under ${code(responseRoot)}. A request whose id was seen before is not executed again: it gets the stored reply.`,
    ),
    fence('json', replies.map(({ payload }) => payload).join('\n')),
    table(
      ['outcome', 'what it means'],
      Object.entries(OUTCOMES).map(([outcome, words]) => [code(outcome), words]),
    ),
    paragraph(
      `\`at\` is when the command ended; a refusal has none. \`values\` is what was read, read back or asked for; \`uncertain\` names those of a \`read\` that are out of their point’s range. Where points could not be read, \`faults\` has the code of each, at most ${limits.FAULTS_TOLD} of them, and \`fault\` the first. \`fault\` holds \`code\` and \`message\` of [the fault table](../drivers/FAULTS.md).`,
    ),
    '## Commands',
    paragraph(
      'A command must be listed in `commands.allow` of the gateway, a device command in `commands.allow` of the device too. “Always” needs no entry: it tells what is published anyway.',
    ),
    commandTable('of the gateway', GATEWAY_COMMANDS, allowed),
    commandTable('of a device', DEVICE_COMMANDS, allowed),
    paragraph('Their args; where a command is not named here, it takes none.'),
    list([...GATEWAY_COMMANDS, ...DEVICE_COMMANDS].flatMap(([name, { args }]) => argsOf(name, jsonOf(args)))),
    '## Why a request is refused',
    table(
      ['code', 'words'],
      Object.entries(FAULTS)
        .filter(([fault]) => fault.startsWith('command/'))
        .map(([fault, { message }]) => [`[${fault}](../drivers/FAULTS.md#${faultAnchor(fault)})`, plain(message)]),
    ),
    '## Limits',
    table(
      ['limit', 'unit', 'of what'],
      Object.entries(LIMITS).map(([key, [unit, words]]) => limitRow(NUMBERS[key as keyof typeof limits], unit, words)),
    ),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: of the table only the shown fields are read, never the target
type AnyCommand = Command<any>;

function commandTable(whose: string, commands: ReadonlyMap<string, AnyCommand>, allowed: readonly string[]): string {
  return table(
    [whose, 'taken', 'what it does'],
    Array.from(commands, ([name, { always, summary }]) => [
      code(name),
      always ? 'always' : takenAs(name, allowed),
      summary,
    ]),
  );
}

function takenAs(name: string, allowed: readonly string[]): string {
  const listed = scopeOf(name);
  if (listed !== name) return `as ${code(listed)}`;
  return allowed.includes(name) ? 'by default' : 'if listed';
}

function argsOf(name: string, schema: Json): readonly string[] {
  const members = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const fallback = value.default === undefined ? '' : `, default ${String(value.default)}`;
    const words = value.description === undefined ? '' : `: ${value.description}`;
    const range = value.minimum === undefined ? '' : `, ${value.minimum} to ${value.maximum}`;
    const needed = schema.required?.includes(key) ? '' : ', optional';
    return `${code(key)} (${kindOf(value)}${range}${fallback}${needed})${words}`;
  });
  const whole = schema.description === undefined ? [] : [schema.description];
  const all = [...whole, ...members];
  return all.length === 0 ? [] : [`**${code(name)}**: ${all.join('; ')}`];
}

function limitRow(value: number | { perSecond: number; burst: number }, unit: string, words: string) {
  if (typeof value === 'number') return [String(value), unit, words];
  return [String(value.perSecond), unit, `${words}, ${value.burst} at once`];
}

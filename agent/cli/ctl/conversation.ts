import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import type { Clock } from '../../clock/clock.ts';
import { KEY_LENGTH } from '../../command/limits.ts';
import type { Topics } from '../../link/topics.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import type { CtlClient } from './client.ts';
import { type Asked, CTL_COMMANDS } from './command.ts';
import { describeReply, describeReplyFault, exitOf, type HeardReply, toJsonLine } from './reply.ts';
import { makeRequest, type Signer } from './request.ts';

export interface Conversation {
  readonly client: CtlClient;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly io: CliProcess;
  readonly json: boolean;
  readonly connectTimeout: Duration;
  /** For one reply. */
  readonly timeout: Duration;
  /** Milliseconds. */
  readonly expiresIn: number;
  readonly user: string | undefined;
  readonly signer: Signer | undefined;
}

/** The retained messages of a gateway come with the broker's answer to the subscriptions. */
const LOOK = milliseconds(300);

/**
 * Connects, asks, and prints what came of it.
 * @throws Fault where nothing was sent
 */
export async function converse(asked: Asked, how: Conversation): Promise<ExitCode> {
  const { client, io } = how;
  await client.connect(how.connectTimeout, io.stopping);
  await client.look(LOOK, io.stopping);
  if (client.online === false) {
    io.err('fieldward: the gateway is offline: the request was not sent');
    return EXIT.unavailable;
  }
  if (asked.command !== 'operate' || asked.args?.token !== undefined) return tell(asked, await ask(asked, how), how);
  const selecting = { ...asked, command: 'select' };
  const selected = await ask(selecting, how);
  const token = tokenOf(selected);
  if (selected === undefined || token === undefined) return tell(selecting, selected, how);
  if (how.json) io.out(toJsonLine(selected.whole));
  const operating = { ...asked, args: { token, values: asked.args } };
  const operated = await ask(operating, how);
  const code = tell(operating, operated, how);
  if (operated !== undefined && isLeft(operated) && !how.json) {
    const again = `--token=${cleanText(token, KEY_LENGTH)}`;
    io.err(`fieldward: the selection stands for half a minute: the same command with ${again} operates it.`);
  }
  return code;
}

/** Whether a refused `operate` has left its selection as it was. */
function isLeft({ outcome, whole }: HeardReply): boolean {
  const fault = whole.fault as { readonly code?: unknown } | null | undefined;
  return outcome === 'refused' && fault?.code !== 'command/token';
}

async function ask(asked: Asked, { client, io, ...how }: Conversation): Promise<HeardReply | undefined> {
  const request = await makeRequest(asked, { ...how, wall: () => how.clock.wall() });
  return client.ask(request, how.timeout, io.stopping);
}

function tell({ command }: Asked, reply: HeardReply | undefined, { client, io, json }: Conversation): ExitCode {
  if (reply === undefined) {
    const changes = CTL_COMMANDS[command]?.changes !== false;
    io.err(`fieldward: no reply came${changes ? ': it may have been done' : ''}. ${about(client.online)}`);
    return changes ? EXIT.unknown : EXIT.unavailable;
  }
  io.out(json ? toJsonLine(reply.whole) : describeReply(reply));
  const fault = describeReplyFault(reply);
  if (fault !== undefined && !json) io.err(`fieldward: ${fault}`);
  return exitOf(reply);
}

function about(online: boolean | undefined): string {
  if (online === undefined) {
    return 'Nothing was heard of such a gateway: check its name, the topic prefix, and what the broker lets you see.';
  }
  return online ? 'The gateway is online: it may be busy, or the broker may not let you ask it.' : 'It went offline.';
}

/** Of a `select` that was done. */
function tokenOf(reply: HeardReply | undefined): string | undefined {
  if (reply?.outcome !== 'done') return undefined;
  const values = reply.whole.values as { readonly token?: unknown } | null | undefined;
  return typeof values?.token === 'string' ? values.token : undefined;
}

import { LIMITS } from '../../../config/limits.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { Supervisor } from '../../clock/supervisor.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { Ticker } from '../../clock/ticker.ts';
import { REPLY_LENGTH } from '../../command/limits.ts';
import { Console } from '../../console/console.ts';
import { loadAssets } from '../../console/server/assets.ts';
import { MqttLink } from '../../link/mqtt-link.ts';
import { silentLog } from '../../log/log.ts';
import { readArguments } from '../arguments.ts';
import { wrongUsage } from '../ctl/broker.ts';
import { clientIdFor, DESK_FLAGS, DESK_HELP, openDesk } from '../ctl/desk.ts';
import { EXPIRES_IN, GRACE } from '../ctl/help.ts';
import { flaggedSigner } from '../ctl/request.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { wholeNumberFlag } from '../ports/port-argument.ts';
import { LONGEST_HEARD } from '../top/heard.ts';

const HELP = `Usage: fieldward console [OPTIONS]

Serves a web page for the people who run the plant: gateways, buses, devices, values with their last hour, faults with
advice, commands. It listens on 127.0.0.1 alone, hears the broker with the credentials that are given here, and goes on
until it is interrupted. The address that it prints opens the page once, in one browser.

Page:
  --port N            the port of the page; default one that is free
  --gateway NAME      this gateway alone; may be given several times; default all that the broker tells of
  --json              prints the address as {"url":…,"port":…}

Commands:
  --sign-key FILE     signs with this Ed25519 private key (PEM, PKCS#8) …
  --sign-id KEYID     … which the gateways' commands.signing.keys have under this id
  --user NAME         who asks, for the gateway's audit journal (MQTT 5); default $USER
  --expires-in MS     how long a command is good for; default ${EXPIRES_IN}

${DESK_HELP}

Exit code: 0 interrupted · 64 wrong usage · 69 the port can not be had · 70 the page is not as it was built · 78 a config or
credential file is refused.`;

const FLAGS = {
  ...DESK_FLAGS,
  port: { type: 'string' },
  gateway: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  user: { type: 'string' },
  'sign-key': { type: 'string' },
  'sign-id': { type: 'string' },
  'expires-in': { type: 'string' },
} as const;

const MOST_NAMED = 64;
const LONGEST_USER = 256;
const LOOK_AT_LINK = milliseconds(1000);
const GOODBYE: Duration = milliseconds(1000);

/** `fieldward console`. */
export async function console(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 0, help: HELP });
  if (read.done) return read.code;
  const { flags } = read;
  const port = flags.port === undefined ? 0 : wholeNumberFlag(flags.port, 1, 65_535);
  const most = LIMITS.commands.maxAgeMs.max;
  const expiresIn = flags['expires-in'] === undefined ? EXPIRES_IN : wholeNumberFlag(flags['expires-in'], 1, most);
  const gateways = [...new Set(Array.isArray(flags.gateway) ? flags.gateway.map(String) : [])];
  const problems = [
    ...(port === undefined ? ['--port is 1 to 65535'] : []),
    ...(expiresIn === undefined ? [`--expires-in is 1 to ${most}`] : []),
    ...(gateways.every((name) => ID_PATTERN.test(name)) ? [] : ['--gateway is 1 to 63 of a-z, 0-9 and -']),
    ...(gateways.length > MOST_NAMED
      ? [`at most ${MOST_NAMED} gateways are named; without --gateway all are shown`]
      : []),
  ];
  if (port === undefined || expiresIn === undefined || problems.length > 0) return wrongUsage(io, 'console', problems);
  const desk = await openDesk('console', flags, io, false);
  if (!desk.ok) return desk.code;
  const signing = await flaggedSigner(flags);
  if (signing.wrong !== undefined) return wrongUsage(io, 'console', [signing.wrong]);
  const assets = await loadAssets(io.consolePage);
  if (assets === undefined) return failed(io, 'console/altered', EXIT.internal);
  const clock = new SystemClock();
  const log = silentLog;
  const supervisor = new Supervisor({ clock, log });
  const clientId = clientIdFor('console');
  const user = cleanText(String(flags.user ?? io.environment.USER ?? ''), LONGEST_USER);
  const longestPayload = Math.max(LONGEST_HEARD, 3 * REPLY_LENGTH);
  const link = new MqttLink({
    config: desk.mqtt,
    clientId,
    longestPayload,
    clock,
    log,
    random: Math.random,
    supervisor,
  });
  const served = new Console({
    ...{ link, clientId, prefix: desk.mqtt.topicPrefix, gateways, assets, clock, supervisor },
    ...{ user: user === '' ? undefined : user, signer: signing.signer, expiresIn, timeout: expiresIn + GRACE },
  });
  try {
    const place = await served.start(port);
    io.out(flags.json === true ? JSON.stringify(place) : `The console is at ${place.url}\nCtrl-C ends it.`);
    await watch(link, clock, io);
    return EXIT.ok;
  } catch (thrown) {
    const { code } = toFault(thrown);
    return failed(io, code, code === 'console/port' ? EXIT.unavailable : EXIT.internal);
  } finally {
    await served.stop();
    const bye = (signal: AbortSignal) => link.stop(signal);
    await withDeadline(clock, GOODBYE, new AbortController().signal, bye).catch(() => undefined);
  }
}

/** Until it is told to stop: says on standard error what is wrong with the broker, once each time. */
async function watch(link: MqttLink, clock: SystemClock, io: CliProcess): Promise<void> {
  let told: string | undefined;
  const ticker = new Ticker({
    clock,
    period: LOOK_AT_LINK,
    onFault: () => undefined,
    job: async () => {
      const code = link.connected ? undefined : (link.status().fault?.code ?? 'link/not-connected');
      if (code !== told && code !== undefined) io.err(`fieldward: ${FAULTS[code].message} (${code})`);
      if (code === undefined && told !== undefined) io.err('fieldward: the broker is connected');
      told = code;
    },
  });
  ticker.start();
  await new Promise<void>((resolve) => {
    if (io.stopping.aborted) resolve();
    io.stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  await ticker.stop();
}

function failed(io: CliProcess, code: keyof typeof FAULTS, exit: ExitCode): ExitCode {
  const { message, advice } = FAULTS[code];
  io.err(`fieldward: ${message} (${code}). ${advice}`);
  return exit;
}

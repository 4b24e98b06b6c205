import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { Ticker } from '../../clock/ticker.ts';
import type { IncomingMessage } from '../../link/link.ts';
import { MqttLink } from '../../link/mqtt-link.ts';
import { Topics } from '../../link/topics.ts';
import { silentLog } from '../../log/log.ts';
import { readArguments } from '../arguments.ts';
import { wrongUsage } from '../ctl/broker.ts';
import { clientIdFor, DESK_FLAGS, DESK_HELP, openDesk } from '../ctl/desk.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from '../io.ts';
import { changes, valuesOf } from './changes.ts';
import { Keys } from './keys.ts';
import { Screen } from './screen.ts';
import { emptyView, observe } from './state.ts';
import { unitsOf } from './units.ts';
import { render } from './view.ts';
import { keysText, NO_WISHES, pressed, sorted } from './wishes.ts';

const HELP = `Usage: fieldward top [GATEWAY] [--json] [OPTIONS]

Shows a gateway's buses, devices and values as they are published, until it is interrupted. From a desk name the gateway
and the broker, as for ctl. Without GATEWAY it is the one of the config, ${DEFAULT_CONFIG} unless --config says
otherwise. Where standard output is no terminal it prints changes, line by line; with --json every message as
{"topic":…,"payload":…}. TREND shows the load of a bus and the latency of a device in the last statuses, the newest at the
right. Only what has changed is sent, under 2 KB a second, so that a slow line is enough.

  q              ends
  s, n h l a c   sort: by the next order; by name, health, latency, age; as in the config
  arrows, j k    choose a device; Enter looks into it, and Esc goes back
  space, PgUp    turn the page of a device's values

${DESK_HELP}

Exit code: 0 interrupted · 64 wrong usage · 78 a config or credential file is refused.`;

const REDRAW = milliseconds(500);
/** Of a serial console, which does not know its own. */
const USUAL_HEIGHT = 24;
/** The screen beside what stands on the terminal, without a cursor; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Without a terminal the values are printed every tenth time. */
const VALUES_EVERY = 10;

/** `fieldward top`. */
export async function top(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const options = { ...DESK_FLAGS, json: { type: 'boolean' } } as const;
  const read = readArguments(args, io, { options, words: 1, help: HELP });
  if (read.done) return read.code;
  const [named] = read.words;
  if (named !== undefined && !ID_PATTERN.test(named)) {
    return wrongUsage(io, 'top', ['the name of a gateway is 1 to 63 of a-z, 0-9 and -']);
  }
  const desk = await openDesk('top', read.flags, io, named === undefined);
  if (!desk.ok) {
    const isMissing = named === undefined && read.flags.config === undefined && desk.code === EXIT.config;
    if (isMissing) io.err('From a desk: `fieldward top GATEWAY --url …`; see `fieldward top --help`.');
    return desk.code;
  }
  const { mqtt, loaded } = desk;
  const gateway = named ?? loaded?.config.gateway ?? '';
  const json = read.flags.json === true;
  const clock = new SystemClock();
  const topics = new Topics(mqtt.topicPrefix, gateway);
  const link = new MqttLink({
    config: mqtt,
    clientId: clientIdFor('top'),
    clock,
    log: silentLog,
    random: Math.random,
  });
  // a gateway that tells no topic meta tells no units either
  const unitOf = loaded?.config.gateway === gateway ? unitsOf(loaded.devices) : undefined;
  let state = emptyView(topics.root);
  const hear = ({ topic, payload, tooLarge }: IncomingMessage) => {
    if (tooLarge) return;
    const text = new TextDecoder().decode(payload);
    if (json) io.out(JSON.stringify({ topic, payload: parsed(text) }));
    const next = observe(state, topic, text);
    if (!json && !io.isTerminal) for (const change of changes(state, next)) io.out(change);
    state = next;
  };
  const isScreen = io.isTerminal && !json;
  const more = isScreen ? ['+/identity', '+/meta'] : json ? ['+/readings'] : [];
  for (const filter of ['status', 'availability', '+/availability', '+/state', ...more]) {
    link.subscribe(`${topics.root}/${filter}`, hear);
  }
  let turn = 0;
  let told: string | undefined;
  const screen = new Screen(() => clock.now());
  let wishes = NO_WISHES;
  const asked = new AbortController();
  const trouble = () =>
    link.connected ? undefined : FAULTS[link.status().fault?.code ?? 'link/not-connected'].message;
  const show = () => {
    const { width, height } = io;
    const colour = io.environment.NO_COLOR === undefined;
    const notes = [trouble() ?? keysText(wishes, width || Number.POSITIVE_INFINITY)];
    const text = render(state, { width, height, colour, now: clock.wall(), unitOf, notes, wishes });
    const change = screen.update(text.split('\n'), width, height || USUAL_HEIGHT);
    if (change !== '') io.draw(change);
  };
  const keys = new Keys(clock, (pressedKeys) => {
    for (const key of pressedKeys) {
      const next = pressed(wishes, key, sorted([...state.devices.values()], wishes.order));
      if (next === undefined) asked.abort();
      wishes = next ?? wishes;
    }
    show();
  });
  const unkey = isScreen ? io.keys((sent) => keys.hear(sent)) : undefined;
  const ticker = new Ticker({
    clock,
    period: REDRAW,
    onFault: () => undefined,
    job: async () => {
      turn += 1;
      if (isScreen) return show();
      const words = trouble();
      if (words !== told && words !== undefined) io.err(words);
      told = words;
      if (!json && turn % VALUES_EVERY === 0) for (const line of valuesOf(state, clock.wall(), unitOf)) io.out(line);
    },
  });
  if (isScreen) io.draw(ENTER);
  link.start();
  ticker.start();
  const over = AbortSignal.any([io.stopping, asked.signal]);
  await new Promise<void>((resolve) => {
    if (over.aborted) resolve();
    over.addEventListener('abort', () => resolve(), { once: true });
  });
  await ticker.stop();
  unkey?.();
  keys.stop();
  if (isScreen) io.draw(LEAVE);
  await link.stop(AbortSignal.abort());
  return EXIT.ok;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

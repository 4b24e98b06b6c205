import { randomUUID } from 'node:crypto';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { Ticker } from '../clock/ticker.ts';
import { MqttLink } from '../link/mqtt-link.ts';
import { Topics } from '../link/topics.ts';
import { silentLog } from '../log/log.ts';
import { readArguments } from './arguments.ts';
import { BROKER_FLAGS, readBroker, wrongUsage } from './ctl-broker.ts';
import { loadNamed } from './find.ts';
import { type CliProcess, EXIT, type ExitCode } from './io.ts';
import { redraw, render } from './view.ts';
import { changes, valuesOf } from './view-changes.ts';
import { emptyView, observe } from './view-state.ts';
import { unitsOf } from './view-units.ts';

const HELP = `Usage: fieldward top [--json] [--config FILE] [BROKER…]

Shows the gateway's buses, devices and values as they are published, until it is interrupted. It connects to the broker
of the config with the config's credentials, under a client name of its own, unless BROKER… says otherwise, as of ctl:
--url, --username, --password-file, --ca, --cert, --key-file, --protocol, --topic-prefix, --allow-plaintext. A broker that
takes a certificate's name for the client's (as systemd/broker/mosquitto.conf does) would end the gateway's connection
for one with the gateway's own certificate: give a reader's. Where standard output is no terminal it prints changes,
line by line; with --json every message as {"topic":…,"payload":…}.`;

const REDRAW = milliseconds(500);
/** Without a terminal the values are printed every tenth time. */
const VALUES_EVERY = 10;

/** `fieldward top`. */
export async function top(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const options = { ...BROKER_FLAGS, config: { type: 'string' }, json: { type: 'boolean' } } as const;
  const read = readArguments(args, io, { options, words: 0, help: HELP });
  if (read.done) return read.code;
  const loaded = await loadNamed(read.flags.config, io);
  if (!loaded) return EXIT.config;
  const { config, devices } = loaded;
  const broker = readBroker(read.flags, config.mqtt);
  if (!broker.ok) return wrongUsage(io, 'top', broker.problems);
  const json = read.flags.json === true;
  const clock = new SystemClock();
  const topics = new Topics(broker.config.topicPrefix, config.gateway);
  const link = new MqttLink({
    config: broker.config,
    clientId: `${config.gateway}-top-${randomUUID().slice(0, 8)}`,
    announces: false,
    topics,
    clock,
    log: silentLog,
    random: Math.random,
  });
  const unitOf = unitsOf(devices);
  let state = emptyView(topics.root);
  link.listen({
    connected: () => undefined,
    disconnected: () => undefined,
    message: ({ topic, payload, tooLarge }) => {
      if (tooLarge) return;
      const text = new TextDecoder().decode(payload);
      if (json) io.out(JSON.stringify({ topic, payload: parsed(text) }));
      const next = observe(state, topic, text);
      if (!json && !io.isTerminal) for (const change of changes(state, next)) io.out(change);
      state = next;
    },
  });
  for (const filter of ['status', 'availability', '+/availability', '+/state', ...(json ? ['+/readings'] : [])]) {
    link.subscribe(`${topics.root}/${filter}`);
  }
  let turn = 0;
  let told: string | undefined;
  const ticker = new Ticker({
    clock,
    period: REDRAW,
    onFault: () => undefined,
    job: async () => {
      turn += 1;
      const trouble = link.connected ? undefined : FAULTS[link.status().fault?.code ?? 'link/not-connected'].message;
      if (io.isTerminal && !json) {
        const colour = io.environment.NO_COLOR === undefined;
        const notes = [trouble ?? 'Ctrl-C ends'];
        io.out(redraw(render(state, { width: io.width, height: io.height, colour, now: clock.wall(), unitOf, notes })));
        return;
      }
      if (trouble !== told && trouble !== undefined) io.err(trouble);
      told = trouble;
      if (!json && turn % VALUES_EVERY === 0) for (const line of valuesOf(state, clock.wall(), unitOf)) io.out(line);
    },
  });
  link.start();
  ticker.start();
  await new Promise<void>((resolve) => {
    if (io.stopping.aborted) resolve();
    io.stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  await ticker.stop();
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

/** A process with a part of the fleet. It ends when it is told to, and when its starter is gone. */
import { subscribe } from 'node:diagnostics_channel';
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { SystemClock } from '../../agent/clock/system-clock.ts';
import { LightAgent } from './light-agent.ts';
import { brokersInOrder, gatewayId, OVER, type SquadOrder, type SquadTold } from './words.ts';

/** The first connections are no storm either: so many milliseconds from one agent's start to the next one's. */
const START_EVERY = 5;
const TELL_EVERY = 1000;
const STOP_WITHIN = 5000;

const order: SquadOrder = JSON.parse(process.argv[2] ?? '{}');
let attempts: number[] = [];
let connects: number[] = [];
// Node tells of every socket as it begins to dial, so that attempts count also where nobody answers them.
subscribe('net.client.socket', () => attempts.push(Date.now()));
// Ctrl-C reaches the whole group of the terminal; the process that started us stops us in order.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

const clock = new SystemClock();
const agents: LightAgent[] = [];
const polls: NodeJS.Timeout[] = [];
const living = new AbortController();

function told(): SquadTold {
  const outboxes = agents.map(({ outbox }) => outbox);
  const sum = (of: (outbox: (typeof outboxes)[number]) => number) =>
    outboxes.reduce((total, each) => total + of(each), 0);
  const { user, system } = process.cpuUsage();
  const news = { attempts, connects };
  [attempts, connects] = [[], []];
  return {
    ...news,
    connected: agents.filter(({ connected }) => connected).length,
    held: sum(({ held }) => held),
    heldBytes: sum(({ bytes }) => bytes),
    taken: sum(({ taken }) => taken),
    dropped: sum(({ dropped, damaged }) => dropped + damaged),
    takenEach: outboxes.map(({ taken }) => taken),
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
  };
}

async function run(): Promise<void> {
  for (let number = order.from; number < order.to && !living.signal.aborted; number += 1) {
    const agent = new LightAgent({
      ...{
        gateway: gatewayId(number),
        urls: brokersInOrder(order.urls, number),
        returnAfterMs: order.returnAfterMs,
        folder: order.folder,
        reconnectMaxMs: order.reconnectMaxMs,
        clock,
      },
      connected: () => connects.push(Date.now()),
    });
    agents.push(agent);
    await agent.start(living.signal);
    const period = 1000 / order.readingsPerS;
    // as polls of different gateways: each in a phase of its own
    polls.push(setTimeout(() => polls.push(setInterval(() => agent.poll(), period)), Math.random() * period));
    await wait(START_EVERY);
  }
}

const telling = setInterval(() => process.send?.(told()), TELL_EVERY);
const running = run();

process.once('message', async () => {
  living.abort();
  await running;
  for (const poll of polls) clearInterval(poll);
  const late = AbortSignal.timeout(STOP_WITHIN);
  setMaxListeners(0, late);
  await Promise.all(agents.map((agent) => agent.stop(late)));
  clearInterval(telling);
  process.send?.(told(), () => process.send?.(OVER, () => process.disconnect()));
});

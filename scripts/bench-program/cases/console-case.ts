import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';
import { metaText } from '../../../agent/convention/meta.ts';
import { startAgent } from '../../testbed/agent-process.ts';
import { startMosquitto } from '../../testbed/mosquitto.ts';
import { cpuMsOf, residentBytes } from '../usage.ts';
import type { Case, CaseSetup, Row } from './case.ts';
import type { Onlooker } from './onlooker.ts';
import { hasBrowser, watchPage } from './page-frames.ts';

const GATEWAYS = 50;
const DEVICES = 20;
const POINTS = 50;
/** Devices that tell their state in a second. */
const RATES = [250, 500, 1000] as const;
/** That of the run in which a browser shows the page, which takes most of a core. */
const SEEN_RATE = 500;
/** Messages that are sent at one time. */
const BATCHES_PER_S = 50;
/** Until the whole plant was told, and all is as it will be. */
const SETTLING = 3000;

export const consoleCase: Case = {
  name: 'console',
  summary: `what it costs the console to show ${GATEWAYS} gateways with ${DEVICES} devices of ${POINTS} points each on one page`,
  bauds: [],
  columns: [
    { head: 'messages/s', figure: 'messagesPerS', digits: 0 },
    { head: 'values/s', figure: 'valuesPerS', digits: 0 },
    { head: 'of a core', figure: 'shareOfCore', digits: 2 },
    { head: 'at half a core', figure: 'messagesAtHalfCore', digits: 0 },
    { head: 'events/s', figure: 'eventsPerS', digits: 1 },
    { head: 'kB/s to page', figure: 'kilobytesPerS', digits: 0 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 0 },
    { head: 'frames/s', figure: 'framesPerS', digits: 0 },
    { head: 'longest frame ms', figure: 'longestFrameMs', digits: 0 },
    { head: 'over 50 ms', figure: 'stutterShare', digits: 4 },
  ],
  async *run(setup) {
    for (const rate of RATES) {
      yield { case: 'console', subject: `${rate}/s`, baud: 0, figures: await measure(setup, rate, readByProgram) };
    }
    if (hasBrowser) {
      const figures = await measure(setup, SEEN_RATE, watchPage);
      yield { case: 'console', subject: `${SEEN_RATE}/s in a browser`, baud: 0, figures };
    }
  },
};

const places = Array.from({ length: GATEWAYS * DEVICES }, (_, at) => {
  return `fieldward/gw-${at % GATEWAYS}/device-${Math.floor(at / GATEWAYS)}`;
});

async function measure(
  { seconds, signal }: CaseSetup,
  rate: number,
  lookAt: (url: string) => Promise<Onlooker>,
): Promise<Row['figures']> {
  const broker = await startMosquitto({ lines: ['max_queued_messages 0', 'max_inflight_messages 0'] });
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 });
  const served = startAgent({ args: ['console', '--json', '--url', broker.url] });
  let onlooker: Onlooker | undefined;
  try {
    for (const place of places) await client.publishAsync(`${place}/meta`, META, { retain: true });
    while (!served.stdout.includes('\n')) await wait(20, undefined, { signal });
    const { url } = JSON.parse(served.stdout) as { url: string };
    onlooker = await lookAt(url);
    const round = await publishFor(client, rate, SETTLING, 0, signal);
    await onlooker.begin();
    const [cpuBefore, began] = [await cpuMsOf(served.pid), performance.now()];
    const sent = await publishFor(client, rate, seconds * 1000, round, signal);
    const elapsed = (performance.now() - began) / 1000;
    const share = ((await cpuMsOf(served.pid)) - cpuBefore) / elapsed / 1000;
    const messagesPerS = (sent - round) / elapsed;
    return {
      ...(await onlooker.end(elapsed)),
      ...{ messagesPerS, shareOfCore: share, messagesAtHalfCore: (messagesPerS * 0.5) / share },
      rssMiB: (await residentBytes(served.pid)) / 1_048_576,
    };
  } finally {
    await onlooker?.close();
    await served.stop();
    await client.endAsync(true);
    await broker.stop();
  }
}

const META = metaText({
  label: 'Meter, hall 3',
  driver: 'modbus-rtu',
  commands: ['read', 'write'],
  points: Array.from({ length: POINTS }, (_, at) => {
    return { name: `voltage-l${at}`, type: 'number', writable: false, unit: 'V', quantity: 'voltage' };
  }),
});

/** One state after the other, each with other values. @returns how many were sent since the start */
async function publishFor(
  client: mqtt.MqttClient,
  rate: number,
  ms: number,
  first: number,
  signal: AbortSignal,
): Promise<number> {
  const began = performance.now();
  let sent = first;
  while (performance.now() - began < ms) {
    signal.throwIfAborted();
    const due = first + ((performance.now() - began) / 1000) * rate;
    for (; sent < due; sent += 1)
      client.publish(`${places[sent % places.length]}/state`, stateOf(sent), { retain: true });
    await wait(1000 / BATCHES_PER_S);
  }
  return sent;
}

function stateOf(sent: number): string {
  const values = Array.from(
    { length: POINTS },
    (_, at) => `"voltage-l${at}":${(220 + ((sent * 7 + at) % 997) / 50).toFixed(2)}`,
  );
  return `{"at":"${new Date().toISOString()}","ts":${Date.now()},"values":{${values.join(',')}}}`;
}

/** A page that takes what it is told, and counts it. */
async function readByProgram(url: string): Promise<Onlooker> {
  const page = { events: 0, bytes: 0, values: 0 };
  let before = page;
  const cookie = await new Promise<string>((resolve, reject) => {
    get(url, (answer) => {
      answer.resume();
      resolve(answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '');
    }).once('error', reject);
  });
  const asking = get(new URL('/api/events', url), { headers: { cookie } }, (answer) => {
    answer.setEncoding('latin1').on('error', () => undefined);
    answer.on('data', (part: string) => {
      page.bytes += part.length;
      page.events += part.split('\n\n').length - 1;
      page.values += part.split('"voltage-l').length - 1;
    });
  });
  asking.on('error', () => undefined);
  return {
    begin: async () => {
      before = { ...page };
    },
    end: async (seconds) => ({
      valuesPerS: (page.values - before.values) / seconds,
      eventsPerS: (page.events - before.events) / seconds,
      kilobytesPerS: (page.bytes - before.bytes) / seconds / 1000,
    }),
    close: async () => void asking.destroy(),
  };
}

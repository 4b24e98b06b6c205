import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';
import { metaText } from '../../../agent/convention/meta.ts';
import { startAgent } from '../../testbed/agent-process.ts';
import { startMosquitto } from '../../testbed/mosquitto.ts';
import { cpuMsOf, residentBytes } from '../usage.ts';
import type { Case, CaseSetup, Row } from './case.ts';

const GATEWAYS = 50;
const DEVICES = 20;
const POINTS = 50;
/** Devices that tell their state in a second. */
const RATES = [250, 500, 1000] as const;
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
  ],
  async *run(setup) {
    for (const rate of RATES) {
      yield { case: 'console', subject: `${rate}/s`, baud: 0, figures: await measure(setup, rate) };
    }
  },
};

const places = Array.from({ length: GATEWAYS * DEVICES }, (_, at) => {
  return `fieldward/gw-${at % GATEWAYS}/device-${Math.floor(at / GATEWAYS)}`;
});

async function measure({ seconds, signal }: CaseSetup, rate: number): Promise<Row['figures']> {
  const broker = await startMosquitto({ lines: ['max_queued_messages 0', 'max_inflight_messages 0'] });
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 });
  const served = startAgent({ args: ['console', '--json', '--url', broker.url] });
  try {
    for (const place of places) await client.publishAsync(`${place}/meta`, META, { retain: true });
    while (!served.stdout.includes('\n')) await wait(20, undefined, { signal });
    const { url } = JSON.parse(served.stdout) as { url: string };
    const page = await openPage(url);
    const round = await publishFor(client, rate, SETTLING, 0, signal);
    const [cpuBefore, pageBefore, began] = [await cpuMsOf(served.pid), { ...page }, performance.now()];
    const sent = await publishFor(client, rate, seconds * 1000, round, signal);
    const elapsed = (performance.now() - began) / 1000;
    const share = ((await cpuMsOf(served.pid)) - cpuBefore) / elapsed / 1000;
    const messagesPerS = (sent - round) / elapsed;
    const valuesPerS = (page.values - pageBefore.values) / elapsed;
    return {
      ...{ messagesPerS, valuesPerS, shareOfCore: share, messagesAtHalfCore: (messagesPerS * 0.5) / share },
      eventsPerS: (page.events - pageBefore.events) / elapsed,
      kilobytesPerS: (page.bytes - pageBefore.bytes) / elapsed / 1000,
      rssMiB: (await residentBytes(served.pid)) / 1_048_576,
    };
  } finally {
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

interface OpenPage {
  events: number;
  bytes: number;
  values: number;
}

/** A page that takes what it is told, and counts it. */
async function openPage(url: string): Promise<OpenPage> {
  const page: OpenPage = { events: 0, bytes: 0, values: 0 };
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
  return page;
}

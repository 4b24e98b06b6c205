import { afterEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { type Log, silentLog } from '../../../agent/log/log.ts';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import { Forwarder } from '../../../agent/telemetry/forwarder/forwarder.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { polite, type Script, ScriptedBroker } from './scripted-broker.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE_MS, interval: 10 });
const open: { stop(signal: AbortSignal): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop(AbortSignal.timeout(1000));
});

const small =
  (maximumPacketSize: number): Script =>
  (packet, send, socket) => {
    if (packet.cmd !== 'connect') polite(packet, send, socket);
    else send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { maximumPacketSize } });
  };

/** A gateway with ten readings, and brokers in this order. @returns what the last broker got of them */
async function gateway(scripts: readonly Script[]) {
  const brokers: ScriptedBroker[] = [];
  for (const script of scripts) brokers.push(await ScriptedBroker.start(script));
  open.push(...brokers);
  const [url = '', ...fallbackUrls] = brokers.map((broker) => broker.url);
  const clock = new SystemClock();
  const topics = new Topics('fieldward', 'gw');
  const convention = new Fieldward(topics);
  const told: string[] = [];
  const log: Log = { ...silentLog, error: (event) => void told.push(event) };
  const timing = { keepaliveMs: 60_000, connectTimeoutMs: 2000, reconnectMinMs: 1, reconnectMaxMs: 2 };
  const link = new MqttLink({
    config: { url, fallbackUrls, protocolVersion: 5, topicPrefix: 'fieldward', allowPlaintext: false, ...timing },
    ...{ clientId: 'gw', presence: convention, clock, log, random: () => 0.5 },
  });
  const outbox = new MemoryOutbox(1_000_000, 'drop-oldest');
  const random = () => 0.5;
  const forwarder = new Forwarder({ outbox, link, convention, clock, log, random, backfillPerS: 2000 });
  for (let seq = 1; seq <= 10; seq += 1) outbox.append({ seq, device: 'meter', payload: `{"seq":${seq}}` });
  link.listen({
    connected: () => forwarder.connected(10),
    disconnected: () => forwarder.disconnected(),
  });
  open.push({ stop: (signal) => link.stop(signal) }, { stop: async () => forwarder.stop() });
  link.start();
  const got = () =>
    (brokers.at(-1)?.packets ?? []).flatMap((packet) =>
      packet.cmd === 'publish' && packet.topic === topics.readings('meter')
        ? [JSON.parse(String(packet.payload)).seq as number]
        : [],
    );
  return { link, outbox, forwarder, got, told };
}

describe('readings that are larger than the broker takes', () => {
  test('go to a fallback that takes them, and none is given up', async () => {
    const { outbox, forwarder, got } = await gateway([small(20), polite]);
    await eventually(() => outbox.status().held).toBe(0);
    expect(new Set(got())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(forwarder.status()).toEqual({ refused: 0, fault: null });
  });

  test('pass over a broker that is as small', async () => {
    const { outbox, forwarder, got, link } = await gateway([small(20), small(30), polite]);
    await eventually(() => outbox.status().held).toBe(0);
    expect([new Set(got()).size, link.status().broker]).toEqual([10, 2]);
    expect(forwarder.status()).toEqual({ refused: 0, fault: null });
  });

  test('are given up, counted and told only where every broker is as small', async () => {
    const { outbox, forwarder, got, told } = await gateway([small(20), small(30)]);
    await eventually(() => forwarder.status().refused).toBe(10);
    expect([outbox.status().held, got()]).toEqual([0, []]);
    expect(told.filter((event) => event === 'reading given up')).toHaveLength(10);
  });

  test('are given up at once by the only one that there is', async () => {
    const { outbox, forwarder } = await gateway([small(20)]);
    await eventually(() => forwarder.status().refused).toBe(10);
    expect(outbox.status().held).toBe(0);
  });
});

import { afterEach, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { polite, ScriptedBroker } from './scripted-broker.ts';

const open: { stop(signal: AbortSignal): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop(AbortSignal.timeout(1000));
});

test('messages keep their order after connections that ended without a word, whatever their sizes', async () => {
  const got: string[] = [];
  const broker = await ScriptedBroker.start((packet, send, socket) => {
    // the first connection breaks under way, the next two at the subscription, as at a cluster that lost a node
    if (broker.connections === 1 && packet.cmd === 'publish') socket.destroy();
    else if (broker.connections < 4 && packet.cmd === 'subscribe') {
      if (broker.connections > 1) socket.destroy();
    } else polite(packet, send, socket);
    if (broker.connections === 4 && packet.cmd === 'publish') got.push(packet.topic);
  });
  const timing = { keepaliveMs: 60_000, connectTimeoutMs: 2000, reconnectMinMs: 1, reconnectMaxMs: 2 };
  const link = new MqttLink({
    config: { url: broker.url, protocolVersion: 4, topicPrefix: 'fieldward', allowPlaintext: false, ...timing },
    ...{ clientId: 'gw', clock: new SystemClock(), log: silentLog, random: () => 0.5 },
  });
  open.push(broker, link);
  const sizes = [300, 20, 200, 10, 400, 30, 100];
  const topics = sizes.map((_, index) => `readings/${index}`);
  link.subscribe('command/+', () => {});
  link.listen({
    connected() {
      for (const [index, size] of sizes.entries()) {
        const message = { topic: topics[index] ?? '', payload: 'x'.repeat(size), qos: 1, retain: false } as const;
        link.publish(message, AbortSignal.timeout(PATIENCE_MS)).catch(() => {});
      }
    },
    disconnected() {},
  });
  link.start();
  await expect.poll(() => got, { timeout: PATIENCE_MS, interval: 10 }).toEqual(topics);
});

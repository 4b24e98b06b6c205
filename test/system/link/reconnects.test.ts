import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { polite, ScriptedBroker } from '../../agent/link/scripted-broker.ts';

const never = new AbortController().signal;
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });

test('a broker that accepts and kicks at once, a thousand times, leaves no socket, timer or memory behind', async () => {
  const broker = await ScriptedBroker.start((packet, send, socket) => {
    polite(packet, send, socket);
    broker.packets.length = 0;
    if (packet.cmd === 'subscribe') socket.destroy();
  });
  const link = new MqttLink({
    config: {
      url: broker.url,
      protocolVersion: 5,
      topicPrefix: 'fieldward',
      allowPlaintext: false,
      keepaliveMs: 60_000,
      connectTimeoutMs: 10_000,
      reconnectMinMs: 1,
      reconnectMaxMs: 2,
    },
    clientId: 'gw',
    presence: new Fieldward(new Topics('fieldward', 'gw')),
    clock: new SystemClock(),
    log: silentLog,
    random: () => 0.5,
  });
  link.subscribe('fieldward/gw/command/+', () => undefined);
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const look = () => {
    gc();
    const resources = process.getActiveResourcesInfo();
    return { heap: process.memoryUsage().heapUsed, timers: resources.filter((one) => one === 'Timeout').length };
  };
  link.start();
  // code and caches have taken their memory by then
  await eventually(() => broker.connections).toBeGreaterThan(1000);
  const before = look();
  await eventually(() => broker.connections).toBeGreaterThan(2000);
  // One look may find objects that are about to be freed. Connections go on meanwhile, so a leak only grows.
  await eventually(() => (look().heap - before.heap) / 1000).toBeLessThan(1000);
  const after = look();
  expect(after.timers).toBeLessThan(before.timers + 10);
  expect(broker.sockets.size).toBeLessThan(3);
  await link.stop(never);
  await eventually(() => broker.sockets.size).toBe(0);
  await broker.stop();
});

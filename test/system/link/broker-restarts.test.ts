import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { polite, ScriptedBroker } from '../../agent/link/scripted-broker.ts';
import { mosquittoMissing } from '../../support/mosquitto.ts';
import { assemble, READINGS, ROOT, type Sent, setUp, watch } from '../../support/telemetry-scene.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe.skipIf(mosquittoMissing !== undefined)('readings on their way to a real mosquitto', () => {
  test.each([4, 5] as const)(
    'a broker that is killed again and again leaves nothing behind in the outbox (version %i)',
    async (version) => {
      const { mosquitto, link, outbox, telemetry, sample } = await setUp(version);
      link.start();
      for (let life = 0; life < 5; life += 1) {
        await eventually(() => link.connected).toBe(true);
        for (let count = 0; count < 100; count += 1) {
          sample(count);
          if (count % 10 === 0) await pause(1);
        }
        await mosquitto.down();
        for (let count = 0; count < 50; count += 1) sample(count);
        await mosquitto.up();
      }
      await eventually(() => outbox.status().held).toBe(0);
      expect(outbox.status().dropped).toBe(0);
      expect(telemetry.forwarding()).toEqual({ refused: 0, fault: null });
    },
  );

  test('connections that are cut at any moment lose nothing and keep the order; only what was under way comes twice', async () => {
    const taken: Sent[] = [];
    let life = 0;
    const broker = await ScriptedBroker.start((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd !== 'publish' || packet.topic !== READINGS) return;
      taken.push(JSON.parse(String(packet.payload)));
      life += 1;
      // the acknowledgement of the last one is on its way, or lost
      if (life % 37 === 0) socket.destroy();
    });
    onTestFinished(() => broker.stop());
    const { link, outbox, sample } = assemble(broker.url, 5);
    link.start();
    for (let value = 1; value <= 1000; value += 1) {
      sample(value);
      if (value % 5 === 0) await pause(1);
    }
    await eventually(() => outbox.status().held).toBe(0);
    const first = taken.filter(({ seq }, index) => taken.findIndex((other) => other.seq === seq) === index);
    expect(first.map(({ seq }) => seq)).toEqual(range(1, 1000));
    expect(broker.connections).toBeGreaterThan(10);
    expect(taken.length - 1000).toBeLessThan(65 * broker.connections);
  });

  test('a topic that is denied is kept and counted as held, and sent once it is allowed', async () => {
    const { mosquitto, link, outbox, telemetry, sample } = await setUp(5, {
      acl: [`topic readwrite ${ROOT}/availability`, `topic readwrite ${ROOT}/meter/state`],
    });
    link.start();
    await eventually(() => link.connected).toBe(true);
    for (let value = 1; value <= 50; value += 1) sample(value);
    await eventually(() => telemetry.forwarding().fault?.code).toBe('link/denied');
    expect(outbox.status().held).toBe(50);
    expect(link.connected).toBe(true);
    // it listens before the next attempt can succeed, and hears what it may once the list says so
    const { readings } = await watch(mosquitto.url);
    await mosquitto.allow([`topic readwrite ${ROOT}/#`]);
    await eventually(() => outbox.status().held).toBe(0);
    await eventually(() => readings().map(({ seq }) => seq)).toEqual(range(1, 50));
    expect(telemetry.forwarding()).toEqual({ refused: 0, fault: null });
  });
});

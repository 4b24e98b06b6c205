import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mosquittoMissing } from '../../support/mosquitto.ts';
import { READINGS, setUp, watch } from '../../support/telemetry-scene.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe.skipIf(mosquittoMissing !== undefined)('readings on their way to a real mosquitto', () => {
  test('what waited for the broker comes first, in order and as backfill, then what is live', async () => {
    const { mosquitto, link, outbox, sample } = await setUp(5);
    for (let value = 1; value <= 500; value += 1) sample(value);
    const { readings } = await watch(mosquitto.url);
    link.start();
    await eventually(() => link.connected).toBe(true);
    for (let value = 501; value <= 600; value += 1) sample(value);
    await eventually(() => readings().length).toBe(600);
    expect(readings().map(({ seq }) => seq)).toEqual(range(1, 600));
    expect(readings().map(({ backfill }) => backfill)).toEqual(range(1, 600).map((seq) => seq <= 500));
    await mosquitto.down();
    await eventually(() => link.connected).toBe(false);
    for (let value = 601; value <= 700; value += 1) sample(value);
    expect(outbox.status().held).toBe(100);
    await mosquitto.up();
    await eventually(() => outbox.status().held).toBe(0);
  });

  test('a live reading waits for nothing on its way to a subscriber', async () => {
    const { mosquitto, link, sample } = await setUp(5);
    const { subscriber } = await watch(mosquitto.url);
    link.start();
    await eventually(() => link.connected).toBe(true);
    const sentAt: number[] = [];
    for (let value = 0; value < 300; value += 1) {
      sentAt[value] = performance.now();
      sample(value);
      await pause(3);
    }
    await eventually(() => subscriber.on(READINGS).length).toBe(300);
    const delays = subscriber.received
      .filter(({ topic }) => topic === READINGS)
      .map(({ at }, index) => at - (sentAt[index] ?? 0))
      .sort((a, b) => a - b);
    // a timer or a delayed acknowledgement on the way would cost each of them 1 to 40 ms; the best quarter, because
    // other work of the machine disturbs the rest
    expect(delays[75]).toBeLessThan(3);
  });
});

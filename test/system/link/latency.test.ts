import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mosquittoMissing } from '../../support/mosquitto.ts';
import { READINGS, setUp, watch } from '../../support/telemetry-scene.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });

describe.skipIf(mosquittoMissing !== undefined)('readings on their way to a real mosquitto', () => {
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
    // a timer or a delayed acknowledgement on the way would cost each of them 1 to 40 ms; the best quarter, because the
    // rest belongs to whatever else the machine does
    expect(delays[75]).toBeLessThan(3);
  });
});

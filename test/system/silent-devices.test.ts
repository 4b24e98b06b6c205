import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const ALL = Array.from({ length: 16 }, (_, index) => index + 1);
const DEAD = [3, 8, 13];
const ALIVE = ALL.filter((unit) => !DEAD.includes(unit));
const TIMEOUT = 200;
const PERIOD = 100;

it('lets three dead devices of sixteen cost the others no more than their probes', async () => {
  const rig = await rigFor({ baud: 115_200, units: ALIVE.join(',') });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus(
        'line',
        rig.links[0] ?? '',
        ALL.map((unit) => rigDevice(unit, { pollMs: PERIOD, options: { unit, timeoutMs: TIMEOUT } })),
      ),
    ],
  });
  await witness.until('the dead are offline', () =>
    DEAD.every((unit) => witness.latest(`unit-${unit}/availability`) === 'offline'),
  );
  const from = performance.now();
  const dead = (await rig.transactions()).filter((each) => DEAD.includes(each.unit)).length;
  await witness.until('20 readings', () => {
    return ALIVE.every((unit) => since(unit).length > 20);
  });
  const seconds = (performance.now() - from) / 1000;
  // Probes after 1 s, 2 s, 4 s, …
  const probes = (await rig.transactions()).filter((each) => DEAD.includes(each.unit)).length - dead;
  expect(probes).toBeLessThanOrEqual(DEAD.length * (Math.log2(seconds) + 2));
  for (const unit of ALIVE) {
    const times = since(unit).map((each) => each.at);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // At the worst all three are probed in a row; the rest is for a slow machine.
    expect(Math.max(...gaps)).toBeLessThan(PERIOD + DEAD.length * TIMEOUT + 500);
    expect(witness.latest(`unit-${unit}/availability`)).toBe('online');
  }
  for (const unit of DEAD) {
    await witness.until('why it is offline', () => {
      const device = witness.status()?.devices[`unit-${unit}`];
      return device?.health === 'offline' && device.fault?.code === 'device/silent';
    });
    const readings = witness.readings(`unit-${unit}`);
    expect(readings.length).toBeGreaterThan(0);
    for (const reading of readings) expect(reading).toMatchObject({ quality: 'bad', fault: 'device/silent' });
    for (const reading of readings) expect(reading).not.toHaveProperty('values');
  }

  function since(unit: number) {
    return witness.messages.filter((each) => each.topic.endsWith(`/unit-${unit}/readings`) && each.at >= from);
  }
});

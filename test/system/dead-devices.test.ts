import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const ALL = Array.from({ length: 16 }, (_, index) => index + 1);
const DEAD = [4, 9, 14];
const ALIVE = ALL.filter((unit) => !DEAD.includes(unit));
const BAUD = 19_200;
/** Short, so that the share of the line that probes may take comes round every few seconds. */
const TIMEOUT = 60;
const SECONDS = 8;

it('keeps the rate of the living where three of sixteen are dead, and sees within seconds that they are back', async () => {
  // Two lines side by side, so that other work of the machine disturbs both.
  const rig = await rigFor({ baud: BAUD, units: ALIVE.join(','), lines: 2, options: { switched: DEAD.join(',') } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const busOf = (id: string, line: number, units: readonly number[]) => {
    const devices = units.map((unit) => {
      return rigDevice(unit, { id: `${id}-${unit}`, pollMs: 0, options: { unit, timeoutMs: TIMEOUT } });
    });
    return rigBus(id, rig.links[line] ?? '', devices, { baudRate: BAUD });
  };
  const buses = [busOf('alone', 0, ALIVE), busOf('with-dead', 1, ALL)];
  await runAgent({ gateway: 'system', mqtt: { url: broker.url }, buses });
  const dead = (health: string) => () =>
    DEAD.every((unit) => witness.latest(`with-dead-${unit}/availability`) === health);
  await witness.until('the dead are offline', dead('offline'));

  let kept = 0;
  // A machine that does something else meanwhile costs the fuller line more: one window in which it does not will do.
  for (let tries = 0; tries < 4 && kept <= 0.95; tries += 1) {
    await rig.zero();
    await wait(SECONDS * 1000);
    const [alone, withDead] = (await rig.summary()).lines;
    kept = (withDead?.responses ?? 0) / (alone?.responses ?? Number.NaN);
    expect(withDead?.foreign_unit).toBeGreaterThan(0);
  }
  // 0.98 by design; the rest is for where the last probe happens to fall.
  expect(kept).toBeGreaterThan(0.95);

  rig.switchUnits();
  await witness.until('the dead are back', dead('online'));
  // No penalty remains: all are asked alike.
  await rig.zero();
  await wait(2000);
  const polls = (await rig.summary()).lines[1]?.per_unit ?? {};
  expect(Object.keys(polls)).toHaveLength(ALL.length);
  expect(Math.max(...Object.values(polls)) - Math.min(...Object.values(polls))).toBeLessThanOrEqual(2);
});

import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { residentBytes } from '../../scripts/bench-program/usage.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

/** `FIELDWARD_SOAK_SECONDS=3600 ./scripts/test test/system/faults.test.ts` is the long run, with 1 % of every fault. */
const SOAK = Number(process.env.FIELDWARD_SOAK_SECONDS ?? 0);
const SECONDS = SOAK > 0 ? SOAK : 15;
const SHARE = SOAK > 0 ? 0.01 : 0.03;
const UNITS = [1, 2, 3, 4];
const TIMEOUT = 100;

/** Transactions whose answer was whole, in time and from the right unit; `lead` and `trail` are noise around one. */
const TRUE_ANSWERS = new Set(['ok', 'lead', 'trail', 'split']);

/** Counters of 16 bits that only grow, without their wrap-around. */
function unwrapped(counters: readonly number[]): readonly number[] {
  let high = 0;
  return counters.map((counter, index) => {
    const before = counters[index - 1] ?? 0;
    if (counter < before && before - counter > 32_768) high += 65_536;
    return high + counter;
  });
}

it(
  'takes no wrong value from a line with every fault, leaks nothing and does not stop',
  async () => {
    const faults = { drop: SHARE, badcrc: SHARE, trunc: SHARE, lead: SHARE, trail: SHARE, late: SHARE, split: SHARE };
    const rig = await rigFor({
      baud: 115_200,
      units: '1-4',
      options: {
        ...faults,
        exc: SHARE,
        'wrong-unit': SHARE,
        'late-ms': 2 * TIMEOUT,
        'split-ms': 5,
        'hangup-every': SOAK > 0 ? 5000 : 300,
        'recreate-ms': 300,
        seed: 7,
      },
    });
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/system');
    const devices = UNITS.map((unit) => rigDevice(unit, { options: { unit, timeoutMs: TIMEOUT }, pollMs: 0 }));
    const agent = await runAgent({
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [rigBus('line', rig.links[0] ?? '', devices)],
    });
    await witness.until('a reading of each', () => UNITS.every((unit) => witness.readings(`unit-${unit}`).length > 0));
    await wait(2000);
    const resources = async () => ({
      files: (await readdir(`/proc/${agent.pid}/fd`)).length,
      bytes: await residentBytes(agent.pid),
    });
    const before = await resources();
    await wait(SECONDS * 1000);
    const after = await resources();
    const endedAt = Date.now();
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    await witness.until('offline', () => witness.latest('availability') === 'offline');

    // the question what a device is asks for no registers
    const reads = (await rig.transactions()).filter((each) => each.function === 3);
    const asked = reads.filter((each) => !['malformed', 'foreign'].includes(each.what));
    const counters = unwrapped(asked.map((each) => each.counter));
    const served = new Map(asked.map((each, index) => [`${each.unit} ${counters[index]}`, each.what]));
    // The rig gives an answer the next unit's address, and it makes answers late; where it does both to one, the frame
    // is in every byte the next unit's own answer, and nobody on the line can tell. All else must be told.
    const isImpostor = (unit: number, mark: unknown, counter: number) =>
      mark === (((unit - 1) << 8) | 1) && asked.some((each) => each.counter === counter && each.what === 'late');
    let good = 0;
    let impostors = 0;
    for (const unit of UNITS) {
      const all = witness.readings(`unit-${unit}`).filter((each) => each.values !== undefined);
      const readings = all.filter((each) => !isImpostor(unit, each.values?.mark, Number(each.values?.counter)));
      impostors += all.length - readings.length;
      // After an exception the two points are asked for one by one for a while, and one of the answers may be lost.
      for (const { values } of readings) expect([undefined, (unit << 8) | 1]).toContain(values?.mark);
      const counted = readings.filter((each) => each.values?.counter !== undefined);
      const values = unwrapped(counted.map((each) => Number(each.values?.counter)));
      for (const value of values) expect(TRUE_ANSWERS).toContain(served.get(`${unit} ${value}`));
      // Each answer once, and in the order of the questions.
      expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
      // It was polled to the end: a device that is thought silent for good would not show in the share below.
      expect(Date.parse(String(readings.at(-1)?.at))).toBeGreaterThan(endedAt - 10_000);
      good += readings.reduce((sum, each) => sum + Object.keys(each.values ?? {}).length, 0);
    }
    expect(impostors).toBeLessThanOrEqual(2 + asked.length * SHARE * SHARE);
    const answered = asked.filter((each) => TRUE_ANSWERS.has(each.what)).reduce((sum, each) => sum + each.quantity, 0);
    expect(good / answered).toBeGreaterThan(0.9);
    expect(after.files).toBeLessThanOrEqual(before.files + 2);
    expect(after.bytes - before.bytes).toBeLessThan(40_000_000);
  },
  (SECONDS + 60) * 1000,
);

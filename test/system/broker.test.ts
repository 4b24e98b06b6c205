import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, whileFrozen } from '../support/agent-process.ts';
import { type Reading, type Witness, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';

/** Sequence numbers in the order of their first arrival. */
function seqs(readings: readonly Reading[]): readonly number[] {
  return [...new Set(readings.map((each) => each.seq))];
}

function expectWhole(witness: Witness): void {
  const numbers = seqs(witness.readings('unit-1'));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
}

it('polls on while the broker is absent at the start, and sends what waited, in order and marked', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  await broker.kill();
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  while (((await rig.summary()).lines[0]?.responses ?? 0) < 20) await wait(50);
  const witness = await whileFrozen(agent, async () => {
    await broker.start();
    return witnessOf(broker.url, P);
  });
  await witness.until('live readings', () => witness.readings('unit-1').some((each) => !each.backfill));
  const readings = witness.readings('unit-1');
  expectWhole(witness);
  expect(readings.filter((each) => each.backfill).length).toBeGreaterThan(0);
  // Readings that waited come before new ones.
  expect(readings.map((each) => each.backfill)).toEqual(
    readings
      .map((each) => each.backfill)
      .sort()
      .reverse(),
  );
});

it('loses no reading when the broker dies and returns', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await witness.until('readings', () => witness.readings('unit-1').length >= 10);
  await broker.kill();
  const before = (await rig.summary()).lines[0]?.responses ?? 0;
  while (((await rig.summary()).lines[0]?.responses ?? 0) < before + 20) await wait(50);
  await whileFrozen(agent, async () => {
    await broker.start();
    await witness.hears();
  });
  await witness.until('backfill', () => witness.readings('unit-1').some((each) => each.backfill));
  await witness.until('live again', () => witness.readings('unit-1').at(-1)?.backfill === false);
  expectWhole(witness);
});

it('drops the oldest where the outbox is full, counts it, and shows the loss as a gap', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  await broker.kill();
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { maxBytes: 65_536 },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { pollMs: 0 })])],
  });
  while (!agent.stdout.includes('"outbox full"')) await wait(50);
  const witness = await whileFrozen(agent, async () => {
    await broker.start();
    return witnessOf(broker.url, P);
  });
  await witness.until('live readings', () => witness.readings('unit-1').some((each) => !each.backfill));
  const { dropped } = await witness.until('the loss', () => {
    const outbox = witness.status()?.outbox;
    return outbox !== undefined && outbox.dropped > 0 ? outbox : undefined;
  });
  const numbers = seqs(witness.readings('unit-1'));
  // Where the backlog takes longer, live readings come beside it.
  for (const backfill of [true, false]) {
    const lane = seqs(witness.readings('unit-1').filter((each) => each.backfill === backfill));
    expect(lane).toEqual(lane.toSorted((a, b) => a - b));
  }
  // Where there is no directory, the numbers of a run begin at 1. Readings that were under way when they were dropped
  // did arrive.
  const lost = Math.max(...numbers) - numbers.length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeGreaterThanOrEqual(dropped - 100);
});

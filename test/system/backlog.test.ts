import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, whileFrozen } from '../support/agent-process.ts';
import { type Reading, witnessOf } from '../support/witness.ts';

const DEVICES = ['unit-1', 'unit-2'];
const WAITING = 1200;
const BACKFILL_PER_S = 300;

function expectOrder(readings: readonly Reading[]): void {
  const seqs = readings.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
}

it('sends live readings beside a long backlog, the backlog in order, and loses nothing', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1,2', lines: 2 });
  const broker = await brokerFor();
  await broker.kill();
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { backfillPerS: BACKFILL_PER_S },
    buses: [
      rigBus('first', rig.links[0] ?? '', [rigDevice(1, { pollMs: 0 })]),
      rigBus('second', rig.links[1] ?? '', [rigDevice(2, { pollMs: 0 })]),
    ],
  });
  const answers = async () => (await rig.summary()).lines.reduce((sum, { responses }) => sum + responses, 0);
  while ((await answers()) < WAITING) await wait(100);
  const witness = await whileFrozen(agent, async () => {
    await broker.start();
    return witnessOf(broker.url, 'fieldward/system');
  });
  const all: { readonly reading: Reading; readonly at: number }[] = [];
  let looked = 0;
  // Both come in the order of their numbers, so the number before the first live one is the backlog's last.
  await witness.until('the whole backlog and what came meanwhile', () => {
    for (const { topic, text, at } of witness.messages.slice(looked)) {
      if (topic.endsWith('/readings')) all.push({ reading: JSON.parse(text), at });
    }
    looked = witness.messages.length;
    const live = all.find(({ reading }) => !reading.backfill)?.reading.seq;
    return live !== undefined && all.at(-1)?.reading.backfill === true && all.at(-1)?.reading.seq === live - 1;
  });
  const backlog = all.filter(({ reading }) => reading.backfill);
  const live = all.filter(({ reading }) => !reading.backfill);
  expect(backlog.length).toBeGreaterThan(WAITING / 2);
  expectOrder(backlog.map(({ reading }) => reading));
  expectOrder(live.map(({ reading }) => reading));
  // every number once, from the first on
  const seqs = all.map(({ reading }) => reading.seq).toSorted((one, other) => one - other);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  for (const device of DEVICES) expect(witness.readings(device).length).toBeGreaterThan(0);
  // beside the backlog, not behind it
  expect(live[0]?.at).toBeLessThan((backlog.at(-1)?.at ?? 0) - 500);
  const late = live.map(({ reading, at }) => performance.timeOrigin + at - Date.parse(reading.at));
  expect(Math.max(...late)).toBeLessThan(2000);
  expect((backlog.at(-1)?.at ?? 0) - (backlog[0]?.at ?? 0)).toBeGreaterThan(
    (backlog.length / BACKFILL_PER_S) * 1000 - 500,
  );
});

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asTheUnit } from '../../../scripts/testbed/as-the-unit.ts';
import {
  brokerFor,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
  whileFrozen,
} from '../../support/agent-process.ts';
import { fillOutbox } from '../../support/history.ts';
import { saysSoon } from '../../support/outbox-scene.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { mostMemory } from '../../support/proc.ts';
import { type Tally, tallyOf } from '../../support/tally.ts';

const WAITING = Number(process.env.FIELDWARD_BACKLOG ?? 200_000);
const BYTES = 500;
const MOST_MEMORY = 100_000_000;
const MOST_LATE = 2_000;

it(`sends ${WAITING} readings of an outage in order, live ones at most 2 s late beside them, in less than 100 MB`, {
  timeout: 2 * PATIENCE_MS + WAITING / 2,
}, async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  // a subscriber slower than the agent is to lose nothing either
  const broker = await brokerFor({ lines: ['max_queued_messages 0', 'max_inflight_messages 200'] });
  const directory = join(await temporaryFolder(), 'outbox');
  const maxBytes = Math.max(67_108_864, WAITING * BYTES);
  await fillOutbox(directory, WAITING, maxBytes, ['unit-1', 'unit-2', 'unit-3', 'unit-4']);
  await broker.kill();
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { directory, maxBytes, backfillPerS: 100_000 },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  const agent = await runAgent(config, asTheUnit({}));
  await saysSoon(agent, /"outbox durable"/);
  const tally = await whileFrozen(agent, async () => {
    await broker.start();
    return tallyOf(broker.url, 'fieldward/system', WAITING + 100_000);
  });
  const isWhole = ({ distinct, highest, live }: Tally) => highest > WAITING && distinct === highest && live.count > 20;
  let now = await tally();
  // every number from the first to the newest, so that none is missing
  while (!isWhole(now)) {
    await wait(100);
    now = await tally();
  }
  const { backlog, live, wrong, repeats, worstLive, lateLive } = now;
  const memory = await mostMemory(agent.pid);
  const seconds = (backlog.lastAt - backlog.firstAt) / 1000;
  const perSecond = Math.round(backlog.count / seconds);
  process.stdout.write(
    `${JSON.stringify({ backlog: backlog.count, seconds, perSecond, memory, live: live.count, worstLive, lateLive, repeats })}\n`,
  );
  expect(backlog.count).toBeGreaterThanOrEqual(WAITING);
  expect({ wrong, repeats, disorder: backlog.disorder + live.disorder }).toEqual({ wrong: 0, repeats: 0, disorder: 0 });
  expect(worstLive).toBeLessThanOrEqual(MOST_LATE);
  expect(memory).toBeLessThan(MOST_MEMORY);
});

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  type AgentProcess,
  brokerFor,
  type Mosquitto,
  type Rig,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
} from '../support/agent-process.ts';
import { recordsOnDisk } from '../support/outbox-folder.ts';
import { passageTo } from '../support/passage.ts';
import { until } from '../support/patience.ts';
import { randomForTest } from '../support/seed.ts';
import { type Witness, witnessOf } from '../support/witness.ts';

const GATEWAYS = 4;
const KILLS = 100;
const POLL_MS = 50;
const SYNC_MS = 500;

/** One gateway through its kills, and started again. */
async function killedAgain(rig: Rig, broker: Mosquitto, index: number, kills: number): Promise<Killed> {
  const gateway = `gateway-${index}`;
  const witness = await witnessOf(broker.url, `fieldward/${gateway}`);
  const passage = await passageTo(broker.port);
  const folder = await temporaryFolder();
  const [directory, runtime] = [join(folder, 'outbox'), join(folder, 'run')];
  await mkdir(runtime);
  const config = {
    gateway,
    mqtt: { url: passage.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { directory, syncIntervalMs: SYNC_MS },
    buses: [rigBus('line', rig.links[index] ?? '', [rigDevice(1, { pollMs: POLL_MS })])],
  };
  const start = () => runAgent(config, { env: { RUNTIME_DIRECTORY: runtime } });
  const kept = new Set<number>();
  const random = randomForTest();
  for (let kill = 0; kill < kills; kill += 1) {
    // Every second life ends while it has something new on its disk: only then can a kill take it away.
    const away = kill % 2 === 0;
    if (away) await passage.cut();
    else await passage.open();
    const agent = await start();
    if (away) await until('a new reading on disk', async () => (await onDisk(directory)).some((seq) => !kept.has(seq)));
    await wait(random() * 600);
    if (!away && kill % 4 === 1) await passage.cut();
    await wait(random() * 900);
    agent.signal('SIGKILL');
    await agent.ended;
    for (const seq of await onDisk(directory)) kept.add(seq);
  }
  await passage.open();
  const agent = await start();
  return { witness, agent, directory, kept };
}

interface Killed {
  readonly witness: Witness;
  readonly agent: AgentProcess;
  readonly directory: string;
  /** The numbers of what was on its disk at some kill. */
  readonly kept: ReadonlySet<number>;
}

async function onDisk(directory: string): Promise<readonly number[]> {
  return (await recordsOnDisk(directory)).map(({ seq }) => seq);
}

it('keeps through a hundred SIGKILLs what was on its disk, and numbers that say what was lost', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', lines: GATEWAYS });
  const broker = await brokerFor();
  const all = await Promise.all(
    Array.from({ length: GATEWAYS }, (_, index) => killedAgain(rig, broker, index, KILLS / GATEWAYS)),
  );
  for (const { witness, agent, directory, kept } of all) {
    const live = witness.readings('unit-1').length;
    await witness.until('live readings', () =>
      witness
        .readings('unit-1')
        .slice(live)
        .some((each) => !each.backfill),
    );
    agent.signal('SIGTERM');
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    // readings that an orderly end leaves behind were sent
    const left = await onDisk(directory);

    const texts = new Map<number, Set<string>>();
    const boots = new Map<number, string>();
    for (const { seq, boot, backfill: _, ...rest } of witness.readings('unit-1')) {
      texts.set(seq, (texts.get(seq) ?? new Set()).add(JSON.stringify([boot, rest])));
      boots.set(seq, boot);
    }
    // a number that comes twice is the same reading twice
    expect([...texts.values()].filter((each) => each.size > 1)).toEqual([]);
    expect([...kept, ...left].filter((seq) => !texts.has(seq))).toEqual([]);
    const seqs = [...texts.keys()].sort((a, b) => a - b);
    expect(seqs.length).toBeGreaterThan(KILLS / GATEWAYS);
    expect(kept.size).toBeGreaterThan(0);
    // readings that are missing were in memory when an agent was killed: a few at the end of a life, never within one
    for (const [index, seq] of seqs.entries()) {
      const next = seqs[index + 1];
      if (next === undefined || next === seq + 1) continue;
      expect(boots.get(next)).not.toBe(boots.get(seq));
    }
    const lost = (seqs.at(-1) ?? 0) - seqs.length;
    expect(lost).toBeLessThanOrEqual((KILLS / GATEWAYS) * 2 * (SYNC_MS / POLL_MS));
  }
});

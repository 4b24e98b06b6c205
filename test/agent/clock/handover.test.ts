import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedOffset } from '../../../agent/clock/shared-offset.ts';
import { timingMemory } from '../../../agent/clock/timing-memory.ts';
import { SlotWriter } from '../../../agent/clock/timing-thread.ts';

/**
 * How many requests are handed over. For a count that proves something:
 * `FIELDWARD_HANDOVERS=1000000 ./scripts/test test/agent/clock/handover.test.ts`, and the same behind `taskset -c 0`,
 * so that both threads share one core.
 */
const HANDOVERS = Number(process.env.FIELDWARD_HANDOVERS ?? 20_000);
/** So long a request is waited for before it counts as lost: a machine that is busy takes long, and none takes for ever. */
const LOST = 5000;
/** Milliseconds for one handover on a slow machine, for the limit of the whole test. */
const SLOWEST = 2;

const folder = mkdtemp(join(tmpdir(), 'fieldward-handover-'));
afterAll(async () => rm(await folder, { recursive: true, force: true }));

async function worker(): Promise<URL> {
  const outfile = join(await folder, 'handover-worker.mjs');
  const entryPoints = [join(import.meta.dirname, 'handover-worker.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' });
  return new URL(`file://${outfile}`);
}

describe('requests handed to the timing thread', () => {
  it(
    'all go out once, whole and in time, also those that follow before the thread has come back',
    async () => {
      const memory = timingMemory(2);
      const wire = new Int32Array(new SharedArrayBuffer(8));
      const offset = sharedOffset().upper;
      const writer = new SlotWriter(memory, offset, 0, 1, { released: () => undefined, overdue: () => undefined });
      const thread = new Worker(await worker(), { workerData: { memory, wire } });
      const counts = { lost: 0, early: 0, wrong: 0, calledBack: 0, followed: 0 };
      const waits = (number: number): boolean => {
        const end = performance.now() + LOST;
        for (let seen = Atomics.load(wire, 0); seen !== number; seen = Atomics.load(wire, 0)) {
          if (performance.now() > end) return false;
          Atomics.wait(wire, 0, seen, 10);
        }
        return true;
      };
      try {
        for (let number = 1; number <= HANDOVERS; number += 1) {
          const bytes = Buffer.alloc(8 + (number % 16) * 4);
          for (let at = 0; at < bytes.length; at += 4) bytes.writeInt32BE(number, at);
          // most at once, some at the very instant at which they are called back
          const isRace = number % 4 === 0;
          if (number > 1 && writer.sentAt === undefined) counts.followed += 1;
          const at = performance.now() + (isRace ? 0.03 : 0);
          writer.send(bytes, at);
          if (isRace) while (performance.now() < at + (number % 7) * 0.002 - 0.006);
          if (isRace && writer.cancel()) {
            counts.calledBack += 1;
            if (Atomics.load(wire, 0) === number) counts.wrong += 1;
            continue;
          }
          if (!waits(number)) counts.lost += 1;
          if (performance.now() < at) counts.early += 1;
          if (counts.lost > 3) break;
        }
        counts.wrong += Atomics.load(wire, 1);
      } finally {
        await thread.terminate();
      }
      if (HANDOVERS > 20_000) console.info(`${HANDOVERS} handovers: ${JSON.stringify(counts)}`);
      expect(counts).toMatchObject({ lost: 0, early: 0, wrong: 0 });
      // it has seen what it is about
      expect(counts.followed).toBeGreaterThan(0);
      expect(counts.calledBack).toBeGreaterThan(0);
    },
    60_000 + HANDOVERS * SLOWEST,
  );
});

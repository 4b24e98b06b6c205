import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { processHolder } from '../../../agent/files/lock.ts';
import type * as ProcessStat from '../../../agent/files/process-stat.ts';
import { SequenceTail } from '../../../agent/sequence/sequence-tail.ts';
import { newFolder } from '../../support/folder.ts';
import { refusal } from '../outbox/memory-disk.ts';

const asked = vi.hoisted(() => ({ thrown: undefined as Error | undefined, others: 0 }));
vi.mock('../../../agent/files/process-stat.ts', async (original) => {
  const { processStat } = await original<typeof ProcessStat>();
  return {
    processStat: async (pid: number | 'self') => {
      if (pid === 'self') return { ...(await processStat('self')), pid: 1 + asked.others++ };
      if (asked.thrown !== undefined) throw asked.thrown;
      return processStat(pid);
    },
  };
});
afterEach(() => {
  asked.thrown = undefined;
});

it('a mistake of ours is no proof that the process that holds a folder is dead', async () => {
  const holder = processHolder();
  const self = await holder.self();
  asked.thrown = refusal('ENOENT');
  expect(await holder.isAlive(self)).toBe(false);
  asked.thrown = new TypeError('x');
  await expect(holder.isAlive(self)).rejects.toThrow(TypeError);
});

it('nor that the one that writes a tail is', async () => {
  const path = join(await newFolder(), 'tail');
  const first = await SequenceTail.open(path);
  await first?.begin(5);
  asked.thrown = new TypeError('x');
  await expect(SequenceTail.open(path)).rejects.toThrow(TypeError);
  asked.thrown = refusal('ENOENT');
  const second = await SequenceTail.open(path);
  expect(second?.left?.last).toBe(5);
  for (const tail of [first, second]) await tail?.close(true);
});

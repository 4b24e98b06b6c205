import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MemoryOutbox, RECORD_OVERHEAD, recordCost } from '../../../agent/outbox/memory-outbox.ts';
import { cpuMs } from '../../support/cpu.ts';
import { outboxContract, record } from './outbox-contract.ts';

outboxContract('the outbox in memory', async (maxBytes, whenFull) => ({
  outbox: new MemoryOutbox(maxBytes, whenFull),
  dispose: async () => {},
}));

describe('the outbox in memory', () => {
  test('says that it is not durable', () => {
    expect(new MemoryOutbox(1000, 'thin').status().durable).toBe(false);
  });

  test('counts text beyond ASCII at two bytes a character, as the engine keeps it', () => {
    expect(recordCost({ seq: 1, device: 'm', payload: 'abcd' })).toBe(RECORD_OVERHEAD + 4);
    expect(recordCost({ seq: 1, device: 'm', payload: 'abc漢' })).toBe(RECORD_OVERHEAD + 8);
  });

  test('stays within its bytes as the heap counts them', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const outbox = new MemoryOutbox(30_000_000, 'drop-oldest');
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let seq = 1; seq <= 100_000; seq += 1) outbox.append(record(seq, 'meter', 200));
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(outbox.status().bytes * 1.1);
  });

  test('appending to and acknowledging a hundred thousand readings costs the same per reading as a thousand', () => {
    const outbox = new MemoryOutbox(1_000_000_000, 'drop-oldest');
    const round = (from: number, count: number) => {
      const start = cpuMs();
      for (let seq = from; seq < from + count; seq += 1) outbox.append(record(seq));
      for (let seq = from; seq < from + count; seq += 1) outbox.acknowledgeThrough(seq);
      return (cpuMs() - start) / count;
    };
    round(1, 20_000);
    const few = Math.max(round(30_001, 20_000), 0.001);
    expect(round(100_001, 200_000)).toBeLessThan(20 * few);
  });
});

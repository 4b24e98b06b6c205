import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import { rig } from './disk/disk-rig.ts';
import { readersContract } from './readers-contract.ts';

readersContract('the outbox in memory', async (maxBytes, whenFull) => ({
  outbox: new MemoryOutbox(maxBytes, whenFull),
  dispose: async () => {},
}));

// nothing is written here, so that all is at hand; test/agent/outbox/disk/disk-readers.test.ts has what is on disk
readersContract('the outbox on disk', async (maxBytes, whenFull) => ({
  outbox: rig({ maxBytes, whenFull }).outbox,
  dispose: async () => {},
}));

import type { OutboxConfig } from '../../config/config.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { DISK } from '../files/disk.ts';
import { type DiskGates, gated } from '../files/disk-gate.ts';
import type { Log } from '../log/log.ts';
import { DiskOutbox } from '../outbox/disk/disk-outbox.ts';
import { MemoryOutbox } from '../outbox/memory-outbox.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** On disk where there is a folder; messages that the disk does not take wait in memory all the same. */
export function createOutbox(
  config: OutboxConfig,
  gates: DiskGates,
  clock: Clock,
  log: Log,
  supervisor: Supervisor,
): Outbox {
  const { directory, maxBytes, whenFull, syncIntervalMs } = config;
  if (directory === undefined) return new MemoryOutbox(maxBytes, whenFull);
  const syncInterval = milliseconds(syncIntervalMs);
  const disk = gated(DISK, gates.at(directory));
  const more = { disk, clock, log, random: Math.random, supervisor };
  return new DiskOutbox({ directory, maxBytes, whenFull, syncInterval, ...more });
}

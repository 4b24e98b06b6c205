import { deflateRawSync } from 'node:zlib';
import { silentLog } from '../../../../agent/log/log.ts';
import { DEFLATE_OPTIONS, type Deflate } from '../../../../agent/outbox/blocks/deflating.ts';
import { DiskOutbox } from '../../../../agent/outbox/disk/disk-outbox.ts';
import type { DiskOutboxSetup } from '../../../../agent/outbox/disk/options.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { fakeHolder, MemoryDisk } from '../memory-disk.ts';
import { record } from '../outbox-contract.ts';

/** As the thread does, in the same turn: a test that lets turns pass need not know how long a thread takes. */
const deflateAtOnce: Deflate = async (bytes, dictionary) => {
  return deflateRawSync(bytes, { ...DEFLATE_OPTIONS, ...(dictionary && { dictionary }) });
};

export const never = new AbortController().signal;
export const FOLDER = '/state/outbox';
const INTERVAL = 4000;

export interface Rig {
  readonly disk: MemoryDisk;
  readonly clock: FakeClock;
  readonly outbox: DiskOutbox;
}

export function rig(options: Partial<DiskOutboxSetup> & { disk?: MemoryDisk } = {}): Rig {
  const clock = new FakeClock();
  const disk = options.disk ?? new MemoryDisk();
  const outbox = new DiskOutbox({
    directory: FOLDER,
    maxBytes: 65_536,
    whenFull: 'drop-oldest',
    syncInterval: milliseconds(INTERVAL),
    clock,
    log: silentLog,
    random: () => 0.5,
    holder: fakeHolder(),
    deflate: deflateAtOnce,
    ...options,
    disk,
  });
  return { disk, clock, outbox };
}

export async function opened(options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
  const made = rig(options);
  await made.outbox.open(never);
  await quiet();
  return made;
}

/** Lets everything that needs no time happen. */
export async function quiet(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await settle();
}

/** Until what is in memory has been written. */
export async function written({ clock }: Rig): Promise<void> {
  for (let quarter = 0; quarter < 4; quarter += 1) {
    await clock.advance(INTERVAL / 4);
    await quiet();
  }
}

export function fill({ outbox }: Rig, from: number, to: number, size = 100): number {
  let dropped = 0;
  for (let seq = from; seq <= to; seq += 1) dropped += outbox.append(record(seq, `d${seq % 3}`, size));
  return dropped;
}

/** Lets time pass, a little each, until this holds; fails where it does not within so much time of the clock. */
export async function until({ clock }: Pick<Rig, 'clock'>, met: () => boolean, within = 600_000): Promise<void> {
  for (const end = clock.now() + within; !met(); ) {
    if (clock.now() > end) throw new Error('it never was so');
    await clock.advance(20);
  }
}

/** Everything that waits, read on as a forwarder does. */
export async function readAll({ outbox }: Pick<Rig, 'outbox'>, after = 0): Promise<number[]> {
  const seqs: number[] = [];
  let from = after;
  let idle = 0;
  while (idle < 3) {
    const records = outbox.peek(100, from);
    idle = records.length === 0 ? idle + 1 : 0;
    seqs.push(...records.map(({ seq }) => seq));
    from = records.at(-1)?.seq ?? from;
    await quiet();
  }
  return seqs;
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

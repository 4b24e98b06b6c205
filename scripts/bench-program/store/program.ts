/** One step of one store in a process of its own: its only output is one JSON object of figures. */
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { METERS, type Payload, recordOf, type Store, type StoreName, SYNC_EVERY } from './store.ts';

/** The order to the process, as JSON in its only argument. */
export interface StoreOrder {
  readonly subject: StoreName;
  /** `fill`: as fast as it takes them; `drain`: opens what is full, and empties it; `paced`: so many a second; `hold`: until it drops. */
  readonly step: 'fill' | 'drain' | 'paced' | 'hold';
  readonly folder: string;
  readonly payloadBytes: Payload;
  readonly records: number;
  readonly seconds: number;
}

/** Between two turns of the event loop, as if so many readings came at once. */
const BURST = 32;
/** A source that is faster than the disk must wait for it, or a bounded store drops. */
const MOST_WAITING = 4_194_304;
const PACED_PER_S = 150;
const PACE = 20;
/** The bound of `hold`: segments of a mebibyte, as with the default of the config. */
const HELD_IN = 16_777_216;
/** Readings of METERS meters from one sync to the next, and how long these take in its time lapse, at the most. */
const AT_A_SYNC = Math.round((METERS * SYNC_EVERY * 0.6) / 1000);
const LAPSED = 40;
const AT_ONCE = 500;
const MEBIBYTE = 1_048_576;

async function storeOf({ subject, folder }: StoreOrder): Promise<Store> {
  // late: Node 20 has no sqlite, and no store shall carry the memory of the others
  if (subject === 'fieldward') return (await import('./fieldward.ts')).fieldwardStore(folder);
  if (subject === 'classic-level') return (await import('./level.ts')).levelStore(folder);
  return (await import('./sqlite.ts')).sqliteStore(folder);
}

async function fill(store: Store, { records, payloadBytes }: StoreOrder): Promise<Record<string, number>> {
  await store.open();
  const made = Array.from({ length: records }, (_, index) => recordOf(index + 1, payloadBytes));
  const before = await writtenBytes();
  const cpu = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const beganAt = performance.now();
  for (let index = 0; index < records; index += BURST) {
    for (const record of made.slice(index, index + BURST)) store.append(record);
    do await turn();
    while (store.waiting() > MOST_WAITING);
  }
  const appended = store.held();
  await store.close();
  const ms = performance.now() - beganAt;
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  return {
    held: appended,
    appendsPerS: (records / ms) * 1000,
    cpuUsPerRecord: (user + system) / records,
    stallMs: delay.max / 1e6,
    writtenPerRecord: ((await writtenBytes()) - before) / records,
  };
}

async function drain(store: Store, { records }: StoreOrder): Promise<Record<string, number>> {
  const rss = process.memoryUsage.rss();
  const openedAt = performance.now();
  await store.open();
  let found = await store.peek(AT_ONCE, 0);
  const recoverMs = performance.now() - openedAt;
  const drainedFrom = performance.now();
  const cpu = process.cpuUsage();
  let drained = 0;
  while (found.length > 0) {
    drained += found.length;
    const through = found.at(-1)?.seq ?? 0;
    store.acknowledgeThrough(through);
    found = await store.peek(AT_ONCE, through);
  }
  await store.close();
  const ms = performance.now() - drainedFrom;
  const { user, system } = process.cpuUsage(cpu);
  return {
    recoverMs,
    drainCpuUs: (user + system) / drained,
    drainPerS: (drained / ms) * 1000,
    missing: records - drained,
    memoryMiB: (process.resourceUsage().maxRSS * 1024 - rss) / MEBIBYTE,
  };
}

async function paced(store: Store, { seconds, payloadBytes }: StoreOrder): Promise<Record<string, number>> {
  await store.open();
  const before = await writtenBytes();
  const rss = process.memoryUsage.rss();
  const beganAt = performance.now();
  const perS = payloadBytes === 'meters' ? METERS : PACED_PER_S;
  let count = 0;
  // whole intervals, so that none is cut short by the end
  const span = Math.max(1, Math.round((seconds * 1000) / SYNC_EVERY)) * SYNC_EVERY;
  for (let passed = 0; passed < span; passed = performance.now() - beganAt) {
    for (const due = (passed / 1000) * perS; count < due; ) {
      count += 1;
      store.append(recordOf(count, payloadBytes));
    }
    await wait(PACE);
  }
  await store.close();
  return {
    pacedWrittenPerRecord: ((await writtenBytes()) - before) / count,
    pacedMemoryMiB: (process.resourceUsage().maxRSS * 1024 - rss) / MEBIBYTE,
  };
}

/** How many readings its bound holds, where they are synced in groups as those of a plant are. */
async function hold({ folder, payloadBytes }: StoreOrder): Promise<Record<string, number>> {
  const store = (await import('./fieldward.ts')).fieldwardStore(folder, HELD_IN, LAPSED);
  await store.open();
  let count = 0;
  while (store.dropped() === 0) {
    for (let index = 0; index < AT_A_SYNC; index += 1) {
      count += 1;
      store.append(recordOf(count, payloadBytes));
    }
    const before = store.pagesWritten();
    while (store.pagesWritten() === before) await wait(1);
  }
  const [held, written] = [count - store.dropped(), store.pagesWritten()];
  await store.close();
  return { heldPerMiB: held / (HELD_IN / MEBIBYTE), pagesPerRecord: written / count };
}

/** Bytes that this process made the kernel send to the disk (proc(5), io), without those that were gone before. */
async function writtenBytes(): Promise<number> {
  const io = await readFile('/proc/self/io', 'latin1');
  const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1] ?? 0);
  return of('write_bytes') - of('cancelled_write_bytes');
}

const order: StoreOrder = JSON.parse(process.argv[2] ?? '{}');
const figures =
  order.step === 'hold' ? await hold(order) : await { fill, drain, paced }[order.step](await storeOf(order), order);
process.stdout.write(JSON.stringify(figures));

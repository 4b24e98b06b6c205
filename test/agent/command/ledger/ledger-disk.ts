import { onTestFinished } from 'vitest';
import type { FoundLedger, LedgerDisk, LedgerFile } from '../../../../agent/command/ledger/folder.ts';
import { LedgerJournal } from '../../../../agent/command/ledger/journal.ts';
import { Ledger } from '../../../../agent/command/ledger/ledger.ts';
import { RefusedReplies } from '../../../../agent/command/reply/refusals.ts';
import type { Log } from '../../../../agent/log/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

export const AGE = 30_000;
export const signal = new AbortController().signal;

/** In memory the acts of a disk, and of a bad one: it fails, hangs, and loses bytes that were not synced. */
export class FakeDisk implements LedgerDisk {
  bytes: Buffer | undefined;
  synced: Buffer | undefined;
  writtenAt = 0;
  fails = false;
  /** Thrown in place of what a disk says: a mistake in our own code. */
  mistake: Error | undefined;
  unreadable = false;
  /** Each call waits for this. */
  gate: Promise<void> = Promise.resolve();
  /** The most bytes that lay on the disk at any time, both files together. */
  most = 0;
  readonly calls = { append: 0, sync: 0, replace: 0, failed: 0 };
  /** Files that are open. */
  open = 0;

  async read(): Promise<FoundLedger | undefined> {
    await this.gate;
    if (this.unreadable) throw refusal('EACCES');
    return this.bytes === undefined ? undefined : { bytes: this.bytes, whole: true, writtenAt: this.writtenAt };
  }

  async replace(bytes: Uint8Array): Promise<LedgerFile> {
    await this.#access();
    this.calls.replace++;
    this.most = Math.max(this.most, (this.bytes?.length ?? 0) + bytes.length);
    this.bytes = Buffer.from(bytes);
    this.synced = this.bytes;
    this.open++;
    return new FakeFile(this, () => this.#access());
  }

  async #access(): Promise<void> {
    await this.gate;
    if (!this.fails) return;
    this.calls.failed++;
    throw this.mistake ?? refusal('EIO');
  }
}

function refusal(code: string): Error {
  return Object.assign(new Error(), { code });
}

class FakeFile implements LedgerFile {
  readonly #disk: FakeDisk;
  readonly #access: () => Promise<void>;

  constructor(disk: FakeDisk, access: () => Promise<void>) {
    this.#disk = disk;
    this.#access = access;
  }

  get size(): number {
    return this.#disk.bytes?.length ?? 0;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#access();
    const disk = this.#disk;
    disk.calls.append++;
    disk.bytes = Buffer.concat([disk.bytes ?? Buffer.alloc(0), bytes]);
    disk.most = Math.max(disk.most, disk.bytes.length);
  }

  async sync(): Promise<void> {
    await this.#access();
    this.#disk.calls.sync++;
    this.#disk.synced = this.#disk.bytes;
  }

  async close(): Promise<void> {
    this.#disk.open--;
  }
}

export interface Start {
  readonly directory?: string;
  readonly disk?: LedgerDisk;
  readonly clock?: FakeClock;
  readonly maxAgeMs?: number;
  readonly entries?: number;
  readonly refusals?: number;
  readonly fileBytes?: number;
}

/** A ledger with its refusals as the agent has them after a start. The clock's wall is the machine's: so are files' times. */
export function starting(start: Start) {
  const { clock = new FakeClock(Date.now()), maxAgeMs = AGE } = start;
  const events: string[] = [];
  const write = (event: string): void => void events.push(event);
  const log: Log = { error: write, warn: write, info: write, debug: write, with: () => log };
  const journal = new LedgerJournal({
    ...{ directory: start.directory ?? '/nowhere', maxAgeMs, clock, log },
    ...(start.disk === undefined ? {} : { disk: start.disk }),
    ...(start.fileBytes === undefined ? {} : { fileBytes: start.fileBytes }),
  });
  const limit = { entries: start.entries ?? 1024, length: 8_388_608 };
  const ledger = new Ledger(maxAgeMs, { journal, limit });
  const refusals = new RefusedReplies(maxAgeMs, { journal, limit: start.refusals ?? 2048 });
  const time = () => ({ now: clock.now(), wall: clock.wall() });
  /** Opened and on disk, as before a command acts. */
  const begin = async (id: string, expiresAt = clock.wall() + 10_000): Promise<void> => {
    if (!ledger.open(id, expiresAt, time())) throw new Error('no room');
    await ledger.record(id);
  };
  const end = (id: string, reply = replyOf(id)): void => ledger.settle(id, reply, clock.now());
  return { ledger, refusals, clock, events, begin, end, time };
}

export async function started(start: Start) {
  const bench = starting(start);
  // a killed agent's file is closed by the system, ours by the test's end
  onTestFinished(() => bench.ledger.close(signal));
  const interrupted = await bench.ledger.restore(signal);
  return { ...bench, interrupted };
}

export function replyOf(id: string): string {
  return JSON.stringify({ id, outcome: 'applied', at: '2026-11-23T10:15:00.000Z' });
}

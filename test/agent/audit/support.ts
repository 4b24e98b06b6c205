import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEntry } from '../../../agent/audit/audit.ts';
import { AUDIT_DISK, type AuditDisk } from '../../../agent/audit/files.ts';
import { AuditJournal, type AuditJournalSetup } from '../../../agent/audit/journal.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';

export const never = new AbortController().signal;
/** The smallest that the config allows: files of 8 KiB. */
export const SMALLEST = 65_536;

export interface Rig {
  readonly directory: string;
  readonly folder: string;
  readonly clock: FakeClock;
  readonly journal: AuditJournal;
}

export async function rig(more: Partial<AuditJournalSetup> = {}): Promise<Rig> {
  const directory = more.directory ?? join(await newFolder(), 'commands');
  const clock = new FakeClock();
  const journal = new AuditJournal({ maxBytes: 4_000_000, clock, log: silentLog, ...more, directory });
  await journal.open(never);
  return { directory, folder: join(directory, 'audit'), clock, journal };
}

export function entry(id: number, more: Partial<AuditEntry> = {}): AuditEntry {
  const who = { user: 'operator', key: 'plant-2026' };
  return { event: 'command', id: `c${id}`, command: 'write', device: 'meter-1', ...who, outcome: 'verified', ...more };
}

/** A journal that is on the disk and closed, of so many entries, each with so long an arg. */
export async function written(count: number, length = 10, more: Partial<AuditJournalSetup> = {}): Promise<Rig> {
  const made = await rig(more);
  for (let id = 1; id <= count; id++) made.journal.append(entry(id, { args: { text: 'x'.repeat(length), id } }));
  await made.journal.close(never);
  return made;
}

export async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

export async function bytesOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await filesOf(folder)).map(async (name) => (await lstat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function linesOf(folder: string): Promise<Record<string, unknown>[]> {
  const texts = await Promise.all((await filesOf(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .join('')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

export async function change(path: string, how: (bytes: Buffer) => Buffer | string): Promise<void> {
  await writeFile(path, how(await readFile(path)));
}

/** A disk that refuses while `fails` says so, and takes only a part of a write before it does. */
export function brokenDisk(): { readonly disk: AuditDisk; fails: string | undefined; takes: number } {
  const state = {
    disk: AUDIT_DISK as AuditDisk,
    fails: undefined as string | undefined,
    takes: Number.POSITIVE_INFINITY,
  };
  const failure = (): Error => Object.assign(new Error('refused'), { code: state.fails });
  const open: AuditDisk['open'] = async (path, flags, mode) => {
    if (state.fails !== undefined) throw failure();
    const handle = await AUDIT_DISK.open(path, flags, mode);
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
    const datasync = handle.datasync.bind(handle);
    return Object.assign(handle, {
      write: async (bytes: Buffer, offset: number, length: number, position: number) => {
        if (state.fails !== undefined) throw failure();
        return write(bytes, offset, Math.min(length, state.takes), position);
      },
      datasync: async () => {
        if (state.fails !== undefined) throw failure();
        return datasync();
      },
    });
  };
  return Object.assign(state, { disk: { ...AUDIT_DISK, open } });
}

import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PROGRAM } from '../../scripts/bench-program/cases/outbox-case.ts';
import { fieldwardStore } from '../../scripts/bench-program/store/fieldward.ts';
import { levelStore } from '../../scripts/bench-program/store/level.ts';
import { sqliteStore } from '../../scripts/bench-program/store/sqlite.ts';
import { recordOf, recordsToFill, type Store } from '../../scripts/bench-program/store/store.ts';
import { newFolder } from '../support/folder.ts';

describe('a record of the bench', () => {
  it.each([300, 1024])('has about %i bytes of JSON', (bytes) => {
    for (const seq of [1, 999, 200_000]) {
      const { payload } = recordOf(seq, bytes);
      expect(JSON.parse(payload)).toMatchObject({ seq, quality: 'good' });
      expect(Math.abs(payload.length - bytes)).toBeLessThan(24);
    }
    expect(recordsToFill(bytes) * bytes).toBeLessThan(67_108_864);
  });

  it('of an energy meter is one of 40 values', () => {
    const { payload } = recordOf(7, 'meters');
    expect(Object.keys(JSON.parse(payload).values)).toHaveLength(40);
    expect(recordsToFill('meters') * payload.length).toBeLessThan(67_108_864);
  });
});

it('the program of its steps lies where the case looks for it', () => {
  expect(existsSync(PROGRAM)).toBe(true);
});

it('what waits for the disk is told where it is deflated, and is nothing once all is written', async () => {
  const store = fieldwardStore(await newFolder());
  await store.open();
  // more than is gathered in memory, so that it is written at once
  for (let seq = 1; seq <= 1000; seq += 1) store.append(recordOf(seq, 'meters'));
  expect(store.waiting()).toBeGreaterThan(1_000_000);
  await expect.poll(() => store.waiting()).toBeLessThanOrEqual(0);
  await store.close();
});

const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;
const STORES: readonly (readonly [string, (folder: string) => Store])[] = [
  ['fieldward', fieldwardStore],
  ['classic-level', levelStore],
  ...(hasSqlite ? ([['node:sqlite', sqliteStore]] as const) : []),
];

describe.each(STORES)('the store %s of the bench', (_, storeOf) => {
  const open: Store[] = [];
  afterEach(() => Promise.all(open.splice(0).map((store) => store.close())));
  const opened = async (folder: string) => {
    const store = storeOf(folder);
    await store.open();
    open.push(store);
    return store;
  };
  const closed = async (store: Store) => {
    open.splice(open.indexOf(store), 1);
    await store.close();
  };
  const seqs = (found: Awaited<ReturnType<Store['peek']>>) => found.map(({ seq }) => seq);

  it('gives back what it was given, in order, also after a restart, and forgets what is acknowledged', async () => {
    const folder = await newFolder();
    const first = await opened(folder);
    const records = Array.from({ length: 50 }, (_, index) => recordOf(index + 1, 300));
    for (const record of records) first.append(record);
    first.acknowledgeThrough(10);
    expect(first.held()).toBe(40);
    await closed(first);

    const second = await opened(folder);
    expect(second.held()).toBe(40);
    expect(await second.peek(5, 0)).toEqual(records.slice(10, 15));
    expect(seqs(await second.peek(5, 30))).toEqual([31, 32, 33, 34, 35]);
    second.acknowledgeThrough(50);
    expect(await second.peek(5, 0)).toEqual([]);
    await closed(second);

    const third = await opened(folder);
    expect(third.held()).toBe(0);
    expect(await third.peek(5, 0)).toEqual([]);
  });
});

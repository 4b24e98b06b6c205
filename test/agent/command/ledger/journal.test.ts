import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRecord, parseLedger } from '../../../../agent/command/ledger/records.ts';
import { LEDGER_FILE_BYTES, REFUSALS_RECORDED } from '../../../../agent/command/limits.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { AGE, FakeDisk, replyOf, signal, started, starting } from './ledger-disk.ts';

const code = (thrown: unknown) => (thrown as { code?: unknown }).code;

/** A disk that answers only when it is told to. */
function hold(disk: FakeDisk): () => void {
  let release: () => void = () => undefined;
  disk.gate = new Promise((resolve) => (release = resolve));
  return release;
}

function idsOf(bytes: Uint8Array | undefined): readonly string[] {
  return parseLedger(bytes ?? new Uint8Array()).records.flatMap((record) => ('id' in record ? [record.id] : []));
}

describe('a record', () => {
  it('is on disk, synced, before anybody is told so; a reply is written without a sync', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    for (let i = 0; i < 20; i++) {
      await bench.begin(`id-${i}`);
      expect(idsOf(disk.synced)).toContain(`id-${i}`);
    }
    const { sync } = disk.calls;
    bench.end('id-3');
    await settle();
    expect(disk.calls.sync).toBe(sync);
    expect(disk.bytes?.toString()).toContain(
      formatRecord({
        ...{ kind: 'settled', id: 'id-3', expiresAt: bench.clock.wall() + 10_000, reply: replyOf('id-3') },
      }),
    );
    expect(bench.clock.pending, 'no timer stays').toBe(0);
  });

  it('shares its sync with those that wait at the same time, wherever between the steps of the first they come', async () => {
    for (let k = 0; k <= 40; k++) {
      const disk = new FakeDisk();
      const bench = await started({ disk });
      const first = bench.begin('first');
      for (let i = 0; i < k; i++) await undefined;
      const others = Array.from({ length: 10 }, (_, i) => bench.begin(`id-${i}`));
      await Promise.all([first, ...others]);
      expect(disk.calls.sync, `after ${k} microtasks`).toBeLessThanOrEqual(3);
      expect(idsOf(disk.synced)).toHaveLength(11);
    }
  });

  it('of an id that is not open, or after the end, is none', async () => {
    const bench = await started({ disk: new FakeDisk() });
    expect(await bench.ledger.record('nobody').catch(code)).toBe('command/not-recorded');
    await bench.ledger.close(signal);
    expect(await bench.begin('a').catch(code)).toBe('command/not-recorded');
  });
});

describe('a disk that fails', () => {
  it('makes a record fail, and the ones that wait; nothing is taken until the whole ledger could be written', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    await bench.begin('before');
    disk.fails = true;
    const outcomes = ['a', 'b', 'c'].map((id) => bench.begin(id).catch(code));
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill('command/not-recorded'));
    expect(bench.ledger.durable).toBe(false);
    bench.end('before');
    bench.refusals.add('no', 'command/rate', 1000, bench.clock.now());
    const { failed } = disk.calls;
    expect(await bench.begin('d').catch(code)).toBe('command/not-recorded');
    expect(disk.calls.failed, 'the disk is left alone meanwhile').toBe(failed);
    expect(disk.open, 'and its file is given back').toBe(0);
    disk.fails = false;
    await bench.clock.advance(1000);
    expect(bench.ledger.durable).toBe(true);
    expect(idsOf(disk.synced)).toEqual(['before', 'a', 'b', 'c', 'd', 'no']);
    expect(bench.events).toEqual(['ledger can not be written', 'ledger is on disk again']);
    await bench.begin('e');
    expect(disk.open).toBe(1);
  });

  it('is not blamed for a mistake of ours: what waits is told so, and nothing acts either', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    disk.fails = true;
    disk.mistake = new TypeError('x');
    expect(await bench.begin('a').catch(code)).toBe('internal/unexpected');
    expect(bench.ledger.durable).toBe(false);
  });

  it('is tried again ever more seldom, at least once a minute, and not after the end', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    disk.fails = true;
    await bench.begin('a').catch(code);
    const before = disk.calls.failed;
    await bench.clock.advance(63_000);
    expect(disk.calls.failed - before, 'after 1, 3, 7, 15, 31 and 63 s').toBe(6);
    await bench.clock.advance(600_000);
    expect(disk.calls.failed - before).toBe(16);
    expect(bench.events).toEqual(['ledger can not be written']);
    await bench.ledger.close(signal);
    expect(bench.clock.pending).toBe(0);
    await bench.clock.advance(120_000);
    expect(disk.calls.failed - before, 'once more at the end').toBe(17);
  });

  it('that hangs holds a record for five seconds, and nothing that waits for it grows', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    const release = hold(disk);
    const outcome = bench.begin('a').catch(code);
    const reply = (id: string) => JSON.stringify({ id, outcome: 'done', values: { text: 'x'.repeat(10_000) } });
    for (let i = 0; i < 500; i++) {
      bench.ledger.open(`id-${i}`, bench.clock.wall() + 1, bench.time());
      bench.end(`id-${i}`, reply(`id-${i}`));
    }
    await bench.clock.advance(4_999);
    expect(await Promise.race([outcome, settle()])).toBeUndefined();
    await bench.clock.advance(1);
    expect(await outcome).toBe('command/not-recorded');
    release();
    await bench.begin('b');
    expect(disk.calls.replace, 'what did not fit is written with all the rest').toBe(2);
    expect(new Set(idsOf(disk.synced)).size).toBe(502);
  });

  it('that hangs at the start or at the end holds neither', async () => {
    const disk = new FakeDisk();
    const before = await started({ disk });
    await before.begin('a');
    const release = hold(disk);
    const bench = starting({ disk });
    const restored = bench.ledger.restore(signal);
    await bench.clock.advance(5_000);
    expect(await restored).toEqual([]);
    expect(bench.ledger.durable).toBe(false);
    expect(bench.ledger.mayHaveForgotten(bench.clock.wall() + AGE)).toBe(true);
    const closed = before.ledger.close(signal);
    await before.clock.advance(5_000);
    await closed;
    const stopped = new AbortController();
    const second = starting({ disk });
    const given = second.ledger.restore(stopped.signal);
    stopped.abort();
    expect(await given).toEqual([]);
    release();
    await settle();
    expect(bench.ledger.find('a'), 'taken in late').toMatchObject({ reply: expect.stringContaining('interrupted') });
    expect(bench.ledger.durable).toBe(true);
  });

  it('that can’t be read is not written over before it could be; what ran meanwhile stays as it is', async () => {
    const disk = new FakeDisk();
    const before = await started({ disk });
    for (const id of ['a', 'b']) {
      await before.begin(id);
      before.end(id);
    }
    await before.ledger.close(signal);
    disk.unreadable = true;
    const bench = await started({ disk });
    expect(bench.ledger.mayHaveForgotten(bench.clock.wall() + AGE)).toBe(true);
    expect(bench.ledger.mayHaveForgotten(bench.clock.wall() + AGE + 1)).toBe(false);
    expect(await bench.begin('b').catch(code)).toBe('command/not-recorded');
    await bench.clock.advance(10_000);
    expect(disk.calls.replace).toBe(1);
    disk.unreadable = false;
    await bench.clock.advance(60_000);
    expect(bench.ledger.find('a')).toEqual({ reply: replyOf('a') });
    expect(bench.ledger.find('b')).toBe('running');
    expect(bench.ledger.durable).toBe(true);
  });
});

describe('the file', () => {
  it('never grows over its bound, nor both over one and a half, and forgets nothing that counts', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk, entries: 8, refusals: 8, fileBytes: 6_000 });
    for (let i = 0; i < 600; i++) {
      await bench.clock.advance(AGE / 4);
      await bench.begin(`id-${i}`);
      bench.end(`id-${i}`);
      bench.refusals.add(`no-${i}`, 'command/rate', 1000, bench.clock.now());
    }
    await bench.ledger.close(signal);
    expect(disk.calls.replace).toBeGreaterThan(10);
    expect(disk.calls.replace, 'not each time').toBeLessThan(60);
    expect(disk.most).toBeLessThanOrEqual(9_000);
    const after = await started({ disk, clock: bench.clock, entries: 8, refusals: 8 });
    expect(after.ledger.find('id-599')).toEqual({ reply: replyOf('id-599') });
    for (let i = 0; i < 600; i++)
      expect(after.ledger.find(`id-${i}`) ?? after.ledger.mayHaveForgotten(bench.clock.wall() - 50_000)).toBeTruthy();
  });

  it('of a full ledger with the longest replies is within the bound that is promised', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    const reply = (id: string) => JSON.stringify({ id, outcome: 'done', values: { text: '°'.repeat(7_000) } });
    for (let i = 0; i < 1024; i++) {
      const id = `${i}`.padStart(64, 'i');
      bench.ledger.open(id, bench.clock.wall() + 10_000, bench.time());
      bench.end(id, reply(id));
      if (i % 100 === 0) await settle();
    }
    for (let i = 0; i < 2048; i++) {
      bench.refusals.add(`${i}`.padStart(64, 'n'), 'command/rate', 20_000, bench.clock.now());
      if (i % 100 === 0) await bench.clock.advance(5_000);
    }
    await bench.ledger.close(signal);
    expect(disk.most).toBeLessThanOrEqual(LEDGER_FILE_BYTES * 1.5);
    const after = await started({ disk, clock: bench.clock });
    expect(after.ledger.size).toBe(1024);
    expect(disk.bytes?.length).toBeLessThanOrEqual(LEDGER_FILE_BYTES / 2);
  });

  it('takes only so many refusals a second', async () => {
    const disk = new FakeDisk();
    const bench = await started({ disk });
    for (let i = 0; i < 1000; i++) bench.refusals.add(`no-${i}`, 'command/rate', 10_000, bench.clock.now());
    await settle();
    expect(idsOf(disk.bytes)).toHaveLength(REFUSALS_RECORDED.burst);
    await bench.clock.advance(1000);
    for (let i = 0; i < 1000; i++) bench.refusals.add(`more-${i}`, 'command/rate', 10_000, bench.clock.now());
    await settle();
    expect(idsOf(disk.bytes)).toHaveLength(REFUSALS_RECORDED.burst + REFUSALS_RECORDED.perSecond);
  });
});

describe('a command', () => {
  it('is executed at most once, whatever the clocks, the disk and the agent do', async () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 9 }).map(String),
      wait: fc.integer({ min: 0, max: 500 }),
      jump: fc.constantFrom(0, 0, 0, -1500, 1500),
      settles: fc.boolean(),
      event: fc.constantFrom('none', 'none', 'none', 'kill', 'power', 'cut', 'flip', 'fails', 'heals'),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const disk = new FakeDisk();
        const setup = { disk, maxAgeMs: 1000, entries: 4, refusals: 4, fileBytes: 1_500 };
        let clock = new FakeClock(10_000_000);
        let bench = starting({ ...setup, clock });
        await bench.ledger.restore(signal);
        const expiries = new Map<string, number>();
        const acted = new Set<string>();
        let latest = clock.wall();
        for (const { id, wait, jump, settles, event, at } of steps) {
          await clock.advance(wait);
          clock.setWall(clock.wall() + jump);
          latest = Math.max(latest, clock.wall());
          if (event === 'fails' || event === 'heals') disk.fails = event === 'fails';
          if (event === 'power') disk.bytes = disk.synced;
          const bytes = Buffer.from(disk.bytes ?? []);
          const index = Math.floor(at * bytes.length);
          if (event === 'cut' && bytes[index - 1] !== 0x0a) disk.bytes = bytes.subarray(0, index);
          if (event === 'flip' && index < bytes.length) {
            bytes[index] = (bytes[index] ?? 0) ^ 4;
            disk.bytes = bytes;
          }
          if (event === 'kill' || event === 'power' || event === 'cut' || event === 'flip') {
            // a file's time is that of the clock when it was written
            disk.writtenAt = latest;
            disk.fails = false;
            // a clock of its own: the timers of the killed one stand still
            clock = new FakeClock(clock.wall(), 0);
            bench = starting({ ...setup, clock });
            await bench.ledger.restore(signal);
          }
          const expiresAt = expiries.get(id) ?? clock.wall() + 800;
          expiries.set(id, expiresAt);
          const valid = clock.wall() < expiresAt && !bench.ledger.mayHaveForgotten(expiresAt);
          if (valid && bench.ledger.find(id) === undefined && bench.ledger.open(id, expiresAt, bench.time())) {
            const recorded = await bench.ledger.record(id).then(
              () => true,
              () => false,
            );
            if (recorded) {
              expect(acted.has(id), `${id} acts twice`).toBe(false);
              acted.add(id);
            }
          }
          if (settles && bench.ledger.find(id) === 'running') bench.end(id);
          expect(bench.ledger.size).toBeLessThanOrEqual(4);
          expect(disk.bytes?.length ?? 0).toBeLessThanOrEqual(1_500);
        }
      }),
      { numRuns: 200 },
    );
  });
});

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WriteRules } from '../../../../agent/command/write/rules.ts';
import type { WriteResult } from '../../../../agent/device/control.ts';
import { type Log, silentLog } from '../../../../agent/log/log.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { newFolder } from '../../../support/folder.ts';
import { never, writeRig } from '../write-rig.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const refused = (fault: FaultCode) => ({ outcome: 'refused', fault });
const verified = { outcome: 'verified' };

describe('the writes of a day', () => {
  const rare = { dailyWrites: 2 };

  it('are counted, begin anew at midnight (UTC), and leave other points alone', async () => {
    const { clock, device, write } = writeRig([rare, { name: 'q' }]);
    for (const p of [1, 2]) expect(await write({ p })).toMatchObject(verified);
    expect(await write({ q: 1, p: 3 })).toMatchObject(refused('command/write-budget'));
    expect(await write({ q: 1 })).toMatchObject(verified);
    await clock.advance(DAY - (clock.wall() % DAY) - 1);
    expect(await write({ p: 3 })).toMatchObject(refused('command/write-budget'));
    await clock.advance(1);
    expect(await write({ p: 3 })).toMatchObject(verified);
    expect(device.trace).toHaveLength(4);
  });

  it('are not more because the clock jumps', async () => {
    const { clock, write } = writeRig([rare]);
    for (const p of [1, 2]) await write({ p });
    for (const days of [1, 365, -1, -9000]) {
      clock.setWall(clock.wall() + days * DAY);
      expect(await write({ p: 3 })).toMatchObject(refused('command/write-budget'));
    }
  });

  it('count what the device refused and what may have acted, and not what was never sent', async () => {
    const { device, write } = writeRig([rare]);
    const results: WriteResult[] = [{ outcome: 'failed' }, { outcome: 'unknown' }];
    device.onQueue = async () => Promise.reject(new Fault('throttle/waited-too-long'));
    for (const p of [1, 2, 3]) expect(await write({ p })).toMatchObject(refused('throttle/waited-too-long'));
    device.onQueue = async () => undefined;
    for (const result of results) {
      device.onSent = async () => result;
      expect(await write({ p: 1 })).toMatchObject(result);
    }
    expect(await write({ p: 1 })).toMatchObject(refused('command/write-budget'));
  });
});

describe('what is counted over a restart', () => {
  const rare = { dailyWrites: 2 };
  const kept = async (directory: string) => JSON.parse(await readFile(join(directory, 'writes.json'), 'utf8')).points;

  it('is on disk before the write is sent', async () => {
    const directory = join(await newFolder(), 'commands');
    const { device, write, guard } = writeRig([rare], { directory });
    await guard.open(never);
    const seen: unknown[] = [];
    device.onQueue = async () => {
      seen.push(...(await kept(directory)));
    };
    await write({ p: 1 });
    expect(seen).toEqual([{ device: 'pump', point: 'p', since: Date.UTC(2026, 10, 23), count: 1 }]);
    await guard.close(never);
  });

  it('goes on', async () => {
    const directory = await newFolder();
    const before = writeRig([rare], { directory });
    await before.guard.open(never);
    await before.write({ p: 1 });
    const clock = new FakeClock(before.clock.wall() + HOUR, 7);
    const { write, guard } = writeRig([rare], { directory, clock });
    await guard.open(never);
    expect(await write({ p: 1 })).toMatchObject(verified);
    expect(await write({ p: 1 })).toMatchObject(refused('command/write-budget'));
    await clock.advance(DAY - (clock.wall() % DAY));
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('counts for a whole day more where the clock was set back meanwhile', async () => {
    const directory = await newFolder();
    const before = writeRig([{ dailyWrites: 1 }], { directory });
    await before.write({ p: 1 });
    const clock = new FakeClock(before.clock.wall() - 3 * DAY);
    const { write, guard } = writeRig([{ dailyWrites: 1 }], { directory, clock });
    await guard.open(never);
    expect(await write({ p: 1 })).toMatchObject(refused('command/write-budget'));
    await clock.advance(DAY - 1);
    expect(await write({ p: 1 })).toMatchObject(refused('command/write-budget'));
    await clock.advance(1);
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('holds long intervals too, and spares the disk for short ones', async () => {
    const directory = await newFolder();
    const points = [
      { name: 'long', minIntervalMs: HOUR },
      { name: 'short', minIntervalMs: 1000 },
    ];
    const before = writeRig(points, { directory });
    await before.write({ short: 1 });
    await expect(kept(directory)).rejects.toThrow();
    await before.write({ long: 1 });
    expect(await kept(directory)).toEqual([{ device: 'pump', point: 'long', at: before.clock.wall() }]);
    const clock = new FakeClock(before.clock.wall() + HOUR - 1);
    const { write, guard } = writeRig(points, { directory, clock });
    await guard.open(never);
    expect(await write({ long: 1 })).toMatchObject(refused('command/too-soon'));
    await clock.advance(1);
    expect(await write({ long: 1 })).toMatchObject(verified);
  });

  it('is used up for the day where the file is damaged', async () => {
    for (const content of [
      '',
      '{',
      '{"version":1}',
      '{"version":2,"points":[]}',
      '{"version":1,"points":[{"count":-1}]}',
    ]) {
      const directory = await newFolder();
      await writeFile(join(directory, 'writes.json'), content);
      const { clock, write, guard } = writeRig([rare], { directory });
      await guard.open(never);
      expect(await write({ p: 1 })).toMatchObject(refused('command/write-budget'));
      await clock.advance(DAY);
      expect(await write({ p: 1 })).toMatchObject(verified);
    }
  });

  it('passes over points that the config no longer has', async () => {
    const directory = await newFolder();
    const points = [{ device: 'pump', point: 'constructor', count: 2, since: 0 }];
    await writeFile(join(directory, 'writes.json'), JSON.stringify({ version: 1, points }));
    const { write, guard } = writeRig([rare], { directory });
    await guard.open(never);
    await write({ p: 1 });
    expect(await kept(directory)).toMatchObject([{ point: 'p', count: 1 }]);
  });

  it('refuses the write that it can not store, and does not count it', async () => {
    const directory = join(await newFolder(), 'not-mounted', 'commands');
    const { device, write } = writeRig([rare], { directory });
    for (let i = 0; i < 3; i += 1) expect(await write({ p: 1 })).toMatchObject(refused('command/not-recorded'));
    expect(device.trace).toEqual([]);
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o750);
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('refuses the write also where the mistake is ours, and does not call it the disk’s', async () => {
    // no file system is ever asked about such a path
    const { device, write } = writeRig([rare], { directory: 'a\0b' });
    for (let i = 0; i < 3; i += 1) expect(await write({ p: 1 })).toMatchObject(refused('internal/unexpected'));
    expect(device.trace).toEqual([]);
  });

  it('tells at the start whose mistake it was: the file’s or ours', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'writes.json'), '{');
    for (const [directory, code] of [
      [folder, undefined],
      ['a\0b', 'internal/unexpected'],
    ]) {
      const told: unknown[] = [];
      const log: Log = { ...silentLog, error: (_event, _fields, fault) => told.push(fault?.code) };
      const guard = new WriteRules({
        devices: [{ id: 'pump', points: [{ name: 'p', type: 'number', writable: true, ...rare }] }],
        clock: new FakeClock(),
        log,
        directory,
      });
      await guard.open(never);
      expect(told).toEqual([code]);
    }
  });

  it('stores what several devices began at once', async () => {
    const directory = await newFolder();
    const { guard, device } = writeRig([{ dailyWrites: 9 }], { directory });
    await Promise.all([1, 2, 3, 4].map((p) => guard.begin(device, new Map([['p', p]]))));
    expect(await kept(directory)).toMatchObject([{ count: 4 }]);
  });
});

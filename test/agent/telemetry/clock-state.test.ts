import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ClockWatch } from '../../../agent/telemetry/clock-state.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fieldward-clock-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const watch = (clock = new FakeClock()) =>
  new ClockWatch(clock, {
    timesync: join(root, 'timesync'),
    synchronized: join(root, 'timesync/synchronized'),
    chrony: join(root, 'chrony'),
  });

test('without anybody who would know, the clock is unknown', () => {
  expect(watch().state).toBe('unknown');
});

test('with timesyncd, the clock is what it says', async () => {
  await mkdir(join(root, 'timesync'));
  expect(watch().state).toBe('unsynchronized');
  await writeFile(join(root, 'timesync/synchronized'), '');
  expect(watch().state).toBe('synchronized');
});

test('with chrony the clock is unknown: only a program could ask it', async () => {
  await mkdir(join(root, 'chrony'));
  await mkdir(join(root, 'timesync'));
  expect(watch().state).toBe('unknown');
});

test('a clock that was never set is unsynchronized, whatever the files say', async () => {
  await mkdir(join(root, 'timesync'));
  await writeFile(join(root, 'timesync/synchronized'), '');
  const clock = new FakeClock(Date.UTC(2000, 0, 1));
  const one = watch(clock);
  expect(one.state).toBe('unsynchronized');
  clock.setWall(Date.UTC(2026, 5, 1));
  expect(one.state).toBe('synchronized');
});

test('looks again after a minute and no sooner', async () => {
  const clock = new FakeClock();
  const one = watch(clock);
  expect(one.state).toBe('unknown');
  await mkdir(join(root, 'timesync'));
  await writeFile(join(root, 'timesync/synchronized'), '');
  await clock.advance(59_999);
  expect(one.state).toBe('unknown');
  await clock.advance(1);
  expect(one.state).toBe('synchronized');
});

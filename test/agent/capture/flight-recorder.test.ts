import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FlightRecorder } from '../../../agent/capture/flight-recorder.ts';
import { readCapture } from '../../../agent/capture/read.ts';
import { Recordings } from '../../../agent/capture/recordings.ts';
import { WireTap } from '../../../agent/capture/wire-tap.ts';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import { DiskGate } from '../../../agent/files/disk-gate.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';

async function scene() {
  const directory = join(await newFolder(), 'recordings');
  const clock = new FakeClock();
  const tap = new WireTap();
  const recordings = new Recordings(directory, new DiskGate());
  const recorder = new FlightRecorder({
    ...{ bus: 'line', bytes: 4096, tap, line: undefined, recordings, clock, log: silentLog },
    supervisor: new Supervisor({ clock, log: silentLog }),
  });
  const files = async () => (await readdir(directory).catch(() => [])).sort();
  return { directory, clock, tap, recorder, recordings, files };
}

it('writes the last bytes when a device goes offline, for its owner alone', async () => {
  const { directory, clock, tap, recorder, files } = await scene();
  recorder.offline();
  await recorder.stop();
  expect(await files()).toEqual([]);
  tap.tell({ kind: 'sent', at: clock.now(), bytes: Uint8Array.of(1, 3) });
  recorder.offline();
  await recorder.stop();
  const [name = ''] = await files();
  expect(name).toMatch(/^line\.[0-9]{8}T[0-9]{6}Z\.offline\.capture$/);
  const read = readCapture(await readFile(join(directory, name)));
  expect(read.ok && read.capture.records).toEqual([{ kind: 'sent', at: 0, bytes: Uint8Array.of(1, 3) }]);
  expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
});

it('writes four files at once and then seldom, whatever comes and goes', async () => {
  const { clock, tap, recorder, files } = await scene();
  tap.tell({ kind: 'sent', at: 0, bytes: Uint8Array.of(1) });
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.advance(1000);
    recorder.offline();
    await recorder.stop();
  }
  expect(await files()).toHaveLength(4);
});

it('keeps the newest files of each bus', async () => {
  const { recordings, files } = await scene();
  for (let second = 0; second < 11; second += 1) await recordings.write('line', second * 1000, 'checksums', 'x');
  await recordings.write('line-2', 0, 'offline', 'x');
  const all = await files();
  expect(all).toHaveLength(9);
  expect(all.filter((name) => name.startsWith('line.'))[0]).toContain('T000003Z');
});

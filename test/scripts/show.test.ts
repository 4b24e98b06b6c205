import { Writable } from 'node:stream';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { driver } from '../../drivers/nmea0183/driver.ts';
import { asJson, onLines } from '../../scripts/show/audience.ts';
import { startBroker } from '../../scripts/show/broker.ts';
import { sentencesAt } from '../../scripts/show/gps.ts';
import { RETURN_AT, ROUND, sceneAt, UNPLUG_AT } from '../../scripts/show/story.ts';

function paper(): { out: Writable; text(): string } {
  let text = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { out, text: () => text };
}

describe('the story', () => {
  it('unplugs the GPS, plugs it in again, and begins anew', () => {
    const plugged = [0, UNPLUG_AT - 1, UNPLUG_AT, RETURN_AT - 1, RETURN_AT, ROUND - 1, ROUND + UNPLUG_AT];
    expect(plugged.map((at) => sceneAt(at, undefined).gpsPlugged)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('tells what is going on', () => {
    expect(sceneAt(UNPLUG_AT + 3000, 20_000).legend).toEqual([
      'The GPS was unplugged 3 s ago: its bus is closed and it is offline; the meters go on.',
      'It is plugged in again in 3 s. Nobody tells the agent.',
      'The demo ends in 9 s.',
    ]);
  });
});

describe('what is shown', () => {
  it('is one JSON object a line with --json', () => {
    const { out, text } = paper();
    const audience = asJson(out);
    audience.published('fieldward/demo/availability', 'online');
    audience.published('fieldward/demo/gnss/state', '{"at":"x","values":{"a":1}}');
    audience.tick(['a legend']);
    audience.end();
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { topic: 'fieldward/demo/availability', payload: 'online' },
      { topic: 'fieldward/demo/gnss/state', payload: { at: 'x', values: { a: 1 } } },
    ]);
  });

  it('is what changes, line by line, where there is no terminal', () => {
    const { out, text } = paper();
    const audience = onLines(out, 'fieldward/demo', () => 'V');
    audience.published('fieldward/demo/availability', 'online');
    audience.tick(sceneAt(UNPLUG_AT, undefined).legend);
    audience.tick(sceneAt(UNPLUG_AT + 2000, undefined).legend);
    audience.end();
    expect(
      text()
        .replace(/^ *\d+\.\d s {2}/gm, '')
        .trimEnd()
        .split('\n'),
    ).toEqual([
      'gateway online',
      '* The GPS was unplugged: its bus is closed and it is offline; the meters go on.',
      '* The demo is over.',
    ]);
  });
});

it('the demo’s broker tells of every message and closes with clients connected', async () => {
  const seen: string[] = [];
  const broker = await startBroker((topic, payload) => seen.push(`${topic} ${payload}`));
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  await client.publishAsync('fieldward/demo/availability', 'online', { qos: 1, retain: true });
  expect(seen).toEqual(['fieldward/demo/availability online']);
  await broker.close();
  await client.endAsync(true);
});

it('the demo’s GPS says what the driver understands, second by second', () => {
  const options = driver.options.safeParse({});
  if (!options.success) throw new Error('the driver refuses its defaults');
  const device = driver.create({ options: options.data, points: [], line: { characterMs: 1, silenceMs: 3.5 } });
  if (device.kind !== 'stream') throw new Error('a receiver talks by itself');
  for (let second = 0; second < 1200; second += 7) {
    const frames: unknown[] = [];
    device.framer().push(Buffer.from(sentencesAt(Date.UTC(2026, 10, 23, 23, 59, 50) + second * 1000)), (bytes) => {
      frames.push(device.decode(bytes));
    });
    expect(frames).toHaveLength(2);
    for (const frame of frames) expect(frame).not.toHaveProperty('fault');
  }
});

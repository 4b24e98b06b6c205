import { Writable } from 'node:stream';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { asJson, onLines } from '../../scripts/demo-program/audience.ts';
import { startBroker } from '../../scripts/demo-program/broker.ts';
import { RETURN_AT, ROUND, sceneAt, UNPLUG_AT } from '../../scripts/demo-program/story.ts';

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

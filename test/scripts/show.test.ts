import { Writable } from 'node:stream';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { asJson, onLines, onTerminal } from '../../scripts/demo-program/audience.ts';
import { startBroker } from '../../scripts/demo-program/broker.ts';
import { demoConfig, PICKED, PREFIX } from '../../scripts/demo-program/config.ts';
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
      'The GPS was unplugged 3 s ago: it is offline, and all others go on.',
      'It is plugged in again in 3 s; nobody tells the agent. The demo ends in 9 s.',
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
      '* The GPS was unplugged: it is offline, and all others go on.',
      '* The demo is over.',
    ]);
  });
});

describe('the picture on a terminal of 80 columns and 24 rows', () => {
  const config = demoConfig({ brokerUrl: 'mqtt://127.0.0.1', ports: { rs485: 'a', mbus: 'b', p1: 'c', gps: 'd' } }) as {
    readonly buses: readonly { readonly id: string; readonly devices: readonly { readonly id: string }[] }[];
  };
  const devices = config.buses.flatMap((bus) => bus.devices.map(({ id }) => id));

  it('has room for something of every device, and cuts nothing off', () => {
    const { out, text } = paper();
    const terminal = Object.assign(out, { columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
    const audience = onTerminal(terminal, false, PREFIX, () => 'kW');
    const fault = { code: 'port/missing' };
    const bus = { open: false, fault, utilisation: 0.5, exchanges: 1000 };
    const health = { health: 'offline', fault, latencyMs: 1234.5 };
    const status = {
      uptimeS: 60,
      buses: Object.fromEntries(config.buses.map(({ id }) => [id, bus])),
      devices: Object.fromEntries(
        config.buses.flatMap((each) => each.devices.map(({ id }) => [id, { bus: each.id, ...health }])),
      ),
    };
    audience.published(`${PREFIX}/status`, JSON.stringify(status));
    for (const id of devices) {
      const values = Object.fromEntries([...(PICKED[id] ?? []), 'another'].map((point) => [point, 1234.5]));
      audience.published(`${PREFIX}/${id}/state`, JSON.stringify({ at: new Date().toISOString(), values }));
    }
    audience.tick(sceneAt(RETURN_AT, undefined).legend);
    const shown = text().slice(text().lastIndexOf('\x1b[H'));
    const points = devices.flatMap((id) => PICKED[id] ?? ['this device has none']);
    for (const part of [...config.buses.map(({ id }) => id), ...devices, ...points]) expect(shown).toContain(part);
    expect(shown.split('\n').length).toBeLessThanOrEqual(24);
    expect(shown).not.toMatch(/…|another|more lines/);
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

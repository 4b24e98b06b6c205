import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentFor, configFile, rigBus, rigDevice, temporaryFolder } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';

/** Root obeys the modes of files too, without these. */
const AS_OTHERS =
  process.getuid?.() === 0
    ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
    : [];

const PORT = '/dev/serial/by-id/usb-none';

it('ends with 78 before anything is opened, and names every place, whatever is wrong', async () => {
  const device = (id: string, more: object = {}) => ({ ...rigDevice(1), id, ...more });
  const bus = (id: string, port: object, more: object = {}, devices: readonly object[] = [device(`at-${id}`)]) => ({
    ...rigBus(id, PORT, devices, port),
    ...more,
  });
  const wrong: readonly (readonly [place: string, bus: object])[] = [
    ['port.path', bus('nul', { path: '/dev/tty\0USB0' })],
    ['port.path', bus('dots', { path: '/dev/../etc/passwd' })],
    ['port.path', bus('relative', { path: 'ttyUSB0' })],
    ['port.baudRate', bus('negative', { baudRate: -5 })],
    ['port.baudRate', bus('odd', { baudRate: 12_345 })],
    ['port.vmin', bus('vmin', { vmin: 0 })],
    ['port.reopenMinMs', bus('reopen', { reopenMinMs: 1e12 })],
    ['throttle.gapMs', bus('gap-text', {}, { throttle: { gapMs: 'NaN' } })],
    ['throttle.gapMs', bus('gap-negative', {}, { throttle: { gapMs: -1 } })],
    ['throttle.gapMs', bus('gap-huge', {}, { throttle: { gapMs: 2 ** 32 } })],
    ['colour', bus('colour', {}, { colour: 'red' })],
    ['devices[0].driver', bus('driver', {}, {}, [device('d', { driver: '../../etc/passwd' })])],
    ['devices[0].id', bus('reserved', {}, {}, [device('command')])],
    ['devices[1].id', bus('twice', {}, {}, [device('same'), device('same')])],
    [
      'devices[0].points[0].type',
      bus('type', {}, {}, [device('t', { points: [{ name: 'a', register: 'coil', address: 0, type: 'float80' }] })]),
    ],
  ];
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://broker.invalid:1883' },
    buses: wrong.map(([, each], index) => ({ ...each, port: { ...Object(each).port, path: pathOf(each, index) } })),
  });
  for (const command of [
    ['check', file],
    ['run', '--config', file],
  ]) {
    const agent = toolFor({ args: command });
    expect(await agent.ended).toEqual({ code: 78, signal: null });
    expect(agent.stdout).toBe('');
    const places = agent.stderr.split('\n').flatMap((line) => line.match(/:\d+:\d+: (\S+):/)?.slice(1) ?? []);
    const expected = ['mqtt.url', ...wrong.map(([place], index) => `buses[${index}].${place}`)];
    expect(places.filter((place) => expected.includes(place))).toEqual(expect.arrayContaining(expected));
    expect(agent.stderr).not.toMatch(/passwd|12345|\d{8}|float80|broker\.invalid/);
  }
});

/** Each its own port, so that nothing else is wrong with it. */
function pathOf(bus: object, index: number): string {
  const { path } = Object(bus).port;
  return path === PORT ? `${PORT}-${index}` : path;
}

it.each(['nan', '.inf', '-.inf', '1e999', '0x7fffffffffffffff'])('ends with 78 for a wait of %s', async (number) => {
  const file = join(await temporaryFolder(), 'fieldward.yaml');
  const text = JSON.stringify({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1883' },
    buses: [{ ...rigBus('line', PORT, [rigDevice(1)]), throttle: { gapMs: 'HERE' } }],
  });
  await writeFile(file, text.replace('"HERE"', number));
  const agent = toolFor({ args: ['run', '--config', file] });
  expect(await agent.ended).toEqual({ code: 78, signal: null });
  expect(agent.stderr).toContain('buses[0].throttle.gapMs');
});

it('ends with 78 for a config or a secret that it may not read, and says which', async () => {
  const folder = await temporaryFolder();
  const secret = join(folder, 'mqtt-password');
  await writeFile(secret, 'not-to-be-seen');
  const config = {
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1883', username: 'a', passwordFile: 'mqtt-password' },
    buses: [rigBus('line', PORT, [rigDevice(1)])],
  };
  const file = await configFile(config, folder);
  const ended = async () => {
    const agent = agentFor({ args: ['run', '--config', file], through: AS_OTHERS });
    expect(await agent.ended).toEqual({ code: 78, signal: null });
    expect(agent.stdout + agent.stderr).not.toContain('not-to-be-seen');
    return agent.stderr;
  };
  await chmod(secret, 0);
  expect(await ended()).toContain('mqtt.passwordFile');
  await chmod(secret, 0o600);
  await chmod(file, 0);
  expect((await ended()).trim().split('\n').length).toBeLessThanOrEqual(2);
});

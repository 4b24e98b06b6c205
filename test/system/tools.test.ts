import { expect, it } from 'vitest';
import { brokerFor, configFile, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';
import { witnessOf } from '../support/witness.ts';

const lines = (text: string) => text.trimEnd().split('\n');

it('scans a line for units, by path and by bus', async () => {
  const rig = await rigFor({ baud: 115_200, units: '2,5', options: { 'max-addr': 100 } });
  const path = rig.links[0] ?? '';
  const byPath = toolFor({ args: ['scan', path, '--baud', '115200', '--units', '1-6', '--timeout-ms', '250'] });
  expect(await byPath.ended).toEqual({ code: 0, signal: null });
  // the models that the probes of profiles make of registers that hold a counter are another matter
  const answers = lines(byPath.stdout).filter((line) => line.endsWith(': answers'));
  expect(answers).toEqual(['unit 2: answers', 'unit 5: answers']);
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', path, [rigDevice(2)])],
  });
  const byBus = toolFor({ args: ['scan', 'line', '--config', file, '--units', '5', '--json'] });
  expect(await byBus.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(byBus.stdout)).toEqual({ unit: 5, answer: 'answers' });
  const nobody = toolFor({ args: ['scan', path, '--baud', '115200', '--units', '9', '--timeout-ms', '250'] });
  expect(await nobody.ended).toEqual({ code: 69, signal: null });
  expect(nobody.stderr).toMatch(/Nobody answered/);
});

it('polls one device of the config, once', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1), rigDevice(2)])],
  });
  const good = toolFor({ args: ['poll', 'unit-1', '--once', '--json', '--config', file] });
  expect(await good.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(good.stdout)).toMatchObject({ values: { mark: (1 << 8) | 1 } });
  const silent = toolFor({ args: ['poll', 'unit-2', '--once', '--config', file] });
  expect(await silent.ended).toEqual({ code: 70, signal: null });
  expect(silent.stderr).toMatch(/did not answer in time \(device\/silent\)\. Check address/);
  const unknown = toolFor({ args: ['poll', 'unit-3', '--config', file] });
  expect(await unknown.ended).toEqual({ code: 64, signal: null });
});

it('says why a port can not be used', async () => {
  const missing = toolFor({ args: ['scan', '/dev/serial/by-id/usb-none'] });
  expect(await missing.ended).toEqual({ code: 70, signal: null });
  expect(missing.stderr).toMatch(/the port does not exist\. Plug the adapter in/);
});

it('shows what a gateway publishes, beside the agent and without disturbing it', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  await runAgent(config);
  await witness.until('a status', () => witness.status()?.devices['unit-1']?.health === 'online');
  const file = await configFile(config);
  const top = toolFor({ args: ['top', '--config', file] });
  await witness.until('its changes', () => /device unit-1 online/.test(top.stdout));
  expect(await top.stop()).toEqual({ code: 0, signal: null });
  expect(top.stdout).toMatch(/bus line open/);
  expect(top.stdout).not.toContain('\x1b');
  // with somebody else's way to the broker: the gateway's own certificate may be its client id
  const elsewhere = await configFile({ ...config, mqtt: { url: 'mqtt://127.0.0.1:1' } });
  const wrong = toolFor({ args: ['top', '--config', elsewhere, '--url', 'mqtt://user:word@host'] });
  expect(await wrong.ended).toEqual({ code: 64, signal: null });
  expect(wrong.stderr).toMatch(/--url: must be mqtts/);
  const json = toolFor({ args: ['top', '--json', '--config', elsewhere, '--url', broker.url] });
  await witness.until('its messages', () => /unit-1\/readings/.test(json.stdout));
  expect(await json.stop()).toEqual({ code: 0, signal: null });
  for (const line of lines(json.stdout)) expect(Object.keys(JSON.parse(line))).toEqual(['topic', 'payload']);
  // a viewer that comes and goes is no gateway that comes and goes
  expect(witness.latest('availability')).toBe('online');
});

import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
} from '../support/agent-process.ts';
import { type Door, Fleet } from '../support/fleet.ts';
import { Mosquitto, mosquittoMissing } from '../support/mosquitto.ts';
import { toolFor } from '../support/tool.ts';
import { witnessOf } from '../support/witness.ts';

const NAME = 'plant7-gw01';

/** `fieldward` as somebody types it. */
async function type(line: string) {
  const program = agentFor({ args: line.split(' ') });
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.stderr };
}

it.skipIf(mosquittoMissing !== undefined)(
  'at the shipped broker a desk asks and sees a gateway as a person, and never as the gateway',
  async () => {
    const fleet = await Fleet.start([NAME], ['operator', 'reader']);
    onTestFinished(() => fleet.dispose());
    const folder = await temporaryFolder();
    const { cert, key } = fleet.pair(NAME, 'gateways');
    await copyFile(join(fleet.folder, 'broker-ca.pem'), join(folder, 'ca.pem'));
    await copyFile(cert, join(folder, 'gateway.pem'));
    await copyFile(key, join(folder, 'gateway.key'));
    const rig = await rigFor({ baud: 115_200, units: '1' });
    const points = [{ name: 'mark', register: 'holding', address: 1, type: 'uint16', unit: 'kWh' }];
    const file = await configFile(
      {
        gateway: NAME,
        mqtt: { url: fleet.url('gateways'), caFile: 'ca.pem', certFile: 'gateway.pem', keyFile: 'gateway.key' },
        commands: { enabled: true, allow: ['read'] },
        buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })])],
      },
      folder,
    );
    const agent = agentFor({ args: ['run', '--config', file] });
    await expect.poll(() => agent.stdout).toContain('"broker connected"');
    const gatewayCame = () => fleet.broker.log.split(`as ${NAME} (`).length - 1;
    expect(gatewayCame()).toBe(1);

    const as = (name: string, door: Door = 'people') => {
      const pair = fleet.pair(name, door);
      return `--url ${fleet.url(door)} --cert ${pair.cert} --key-file ${pair.key}`;
    };
    const ca = `--ca ${join(folder, 'ca.pem')}`;

    // with the gateway's own certificate, whose name the broker takes for the client id
    for (const line of [`ctl ${NAME} ping --config ${file}`, `top --config ${file}`, `top ${NAME} --config ${file}`]) {
      expect(await type(line)).toMatchObject({ code: 64, out: '', err: expect.stringContaining('gateway’s own') });
    }
    // with a person's
    expect(await type(`ctl ${NAME} ping ${ca} ${as('operator')}`)).toMatchObject({ code: 0 });
    expect(await type(`ctl ${NAME} read unit-1 --config ${file} ${as('operator')}`)).toMatchObject({ code: 0 });
    const desk = agentFor({ args: `top ${NAME} ${ca} ${as('reader')}`.split(' ') });
    await expect.poll(() => desk.stdout).toMatch(/device unit-1 online.*mark 257\n/s);
    expect(await desk.stop()).toEqual({ code: 0, signal: null });
    // the config of the gateway knows the units
    const onSite = agentFor({ args: `top --config ${file} ${as('reader')}`.split(' ') });
    await expect.poll(() => onSite.stdout).toContain('mark 257 kWh\n');
    expect(await onSite.stop()).toEqual({ code: 0, signal: null });
    const wrong = await type(`top ${NAME} ${ca} --url ${fleet.url('people')} --cert /nowhere/r.pem --key-file ${key}`);
    expect(wrong).toMatchObject({ code: 78, err: expect.stringContaining('--cert /nowhere/r.pem: does not exist') });

    expect(gatewayCame()).toBe(1);
    expect(agent.stdout).not.toMatch(/link\/(taken-over|kicked|lost)/);
  },
);

it('has a client id of its own also with the user name and the password of the gateway', async () => {
  const folder = await temporaryFolder();
  const password = 'p4ss';
  const broker = await Mosquitto.start({ passwords: { [NAME]: password } });
  onTestFinished(() => broker.dispose());
  await writeFile(join(folder, 'password'), password);
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const config = {
    gateway: NAME,
    mqtt: { url: broker.url, username: NAME, passwordFile: 'password' },
    commands: { enabled: true, allow: ['read'] },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  const file = await configFile(config, folder);
  const agent = agentFor({ args: ['run', '--config', file] });
  await expect.poll(() => agent.stdout).toContain('"broker connected"');
  expect(await type(`ctl ${NAME} ping --config ${file}`)).toMatchObject({ code: 0 });
  const top = toolFor({ args: ['top', '--config', file] });
  await expect.poll(() => top.stdout).toContain('device unit-1 online');
  await top.stop();
  expect(broker.log).toMatch(/ as ctl-[0-9a-f-]{13} \(/);
  expect(broker.log).toMatch(/ as top-[0-9a-f-]{13} \(/);
  expect(broker.log.split(` as ${NAME} (`)).toHaveLength(2);
  expect(agent.stdout).not.toContain('link/taken-over');
});

it('shows a named gateway without any config', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await witness.until('a status', () => witness.status()?.devices['unit-1']?.health === 'online');
  const top = toolFor({ args: ['top', 'system', '--url', broker.url] });
  await witness.until('its changes', () => /device unit-1 online/.test(top.stdout));
  expect(await top.stop()).toEqual({ code: 0, signal: null });
  expect(top.stderr).toBe('');
});

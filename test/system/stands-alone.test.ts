import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
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
import { expectUnloaded } from '../support/unloaded.ts';
import { witnessOf } from '../support/witness.ts';

const NATIVE = join('node_modules', '@serialport', 'bindings-cpp');

/** The files that a package installs: the bundle without the tools of a checkout, and the native library for this machine. */
async function installed(): Promise<string> {
  const folder = await temporaryFolder();
  for (const part of (await readdir(join(checkout(), 'dist'))).filter((name) => name !== 'scripts')) {
    await cp(join(checkout(), 'dist', part), join(folder, 'dist', part), { recursive: true });
  }
  const library = join(NATIVE, 'prebuilds', `${process.platform}-${process.arch}`);
  await mkdir(join(folder, library), { recursive: true });
  for (const part of [library, join(NATIVE, 'package.json')]) {
    await cp(join(checkout(), part), join(folder, part), { recursive: true });
  }
  return join(folder, 'dist');
}

it('runs from the bundle and the native library alone', async () => {
  const dist = await installed();
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  const check = agentFor({ args: ['check', await configFile(config)], dist });
  expect(await check.ended).toEqual({ code: 0, signal: null });
  await runAgent(config, { dist });
  await witness.until('readings', () => witness.readings('unit-1').length > 5);
});

it('unloads the devices of a driver that runs an altered chunk, and goes on', async () => {
  const dist = await installed();
  const { chunks } = JSON.parse(await readFile(join(dist, 'drivers', 'manifest.json'), 'utf8'));
  const [chunk] = chunks.mbus.filter((path: string) => !chunks['modbus-rtu'].includes(path));
  expect(chunk).toBeDefined();
  await writeFile(join(dist, chunk), `${await readFile(join(dist, chunk), 'utf8')}\n`);
  await expectUnloaded(dist, { driver: 'mbus', options: { address: 5 } });
});

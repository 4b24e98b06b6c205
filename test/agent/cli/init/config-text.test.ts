import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configText, type FoundBus, withIds } from '../../../../agent/cli/init/config-text.ts';
import { deviceLine } from '../../../../agent/cli/ports/naming/model-words.ts';
import { loadConfig } from '../../../../config/load.ts';
import { openCatalogue } from '../../../../drivers/registry/loader.ts';
import { newFolder } from '../../../support/folder.ts';

const PORT = {
  path: '/dev/serial/by-path/pci-0:1.0',
  baudRate: 19_200,
  dataBits: 7,
  parity: 'even',
  stopBits: 2,
} as const;
const unit = (number: number, driver = 'modbus-rtu') => ({
  ...{ id: `unit-${number}`, driver },
  lines: (id: string) => [deviceLine(number, driver, [], { id })],
});
const speaking = (driver: string, baudRate: number, frame: object = {}): FoundBus => ({
  port: {
    ...PORT,
    path: `/dev/tty${driver.toUpperCase()}`,
    baudRate,
    dataBits: 8,
    parity: 'none',
    stopBits: 1,
    ...frame,
  },
  devices: [{ id: driver, driver, speaks: true, lines: (id) => [`- { id: ${id}, driver: ${driver} }`] }],
});

async function checked(text: string) {
  const file = join(await newFolder(), 'fieldward.yaml');
  await writeFile(file, text);
  const loaded = await loadConfig({ file, environment: {}, catalogue: openCatalogue() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const ANSWERS = { gateway: 'gw-1', url: 'mqtts://[2001:db8::1]:8883', username: 'no' };

it('is a config that check takes, with ids that differ, whatever the names of the ports are', async () => {
  const server = { host: '10.0.0.9', tcpPort: 502, settleMs: 0, idleCloseMs: 0, silentReopenMs: 0 } as FoundBus['port'];
  const buses = withIds([
    { port: PORT, devices: [unit(1), unit(2)] },
    { port: server, devices: [unit(1, 'modbus-tcp'), unit(0, 'modbus-tcp')] },
    { port: { ...PORT, path: '/dev/ttyS0' }, devices: [], remark: 'nobody' },
  ]);
  const config = await checked(configText(ANSWERS, buses));
  expect(config.buses.map(({ devices }) => devices.map(({ id }) => id))).toEqual([
    ['unit-1', 'unit-2'],
    ['unit-1-2', 'unit-0'],
    [],
  ]);
  expect(config.buses[0]?.port).toMatchObject(PORT);
  expect(config.mqtt).toMatchObject({ url: ANSWERS.url, username: 'no' });
});

it('gives those that are asked a period, and those that speak by themselves none', async () => {
  const buses = withIds([{ port: PORT, devices: [unit(1)] }, speaking('nmea0183', 9600)]);
  const config = await checked(configText(ANSWERS, buses, 60_000));
  expect(config.buses[0]?.devices[0]?.pollMs).toBe(60_000);
});

it.each(['dsmr-p1', 'sml', 'vedirect', 'nmea0183', 'dlms-push'])('%s needs nothing but its port', async (driver) => {
  const config = await checked(configText(ANSWERS, withIds([speaking(driver, 19_200)])));
  expect(config.buses[0]?.devices[0]?.driver).toBe(driver);
});

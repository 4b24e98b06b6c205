import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ports } from '../../../../agent/cli/ports/ports.ts';
import { sharedNames } from '../../../../agent/cli/ports/shared-names.ts';
import { type LoadedConfig, loadConfig } from '../../../../config/load.ts';
import type { FoundPort } from '../../../../drivers/port/list.ts';
import { catalogueWith } from '../../../config/support.ts';
import { newFolder } from '../../../support/folder.ts';

const CONFIG = `
gateway: gw
mqtt: { url: "mqtt://127.0.0.1:1883" }
buses: [{ id: a, port: { path: "PATH" } }]
`;

const BY_ID = '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0';
const byPath = (socket: string) => `/dev/serial/by-path/pci-0-usb-0:${socket}:1.0-port0`;
const one: FoundPort = { path: '/dev/ttyUSB0', byId: BY_ID, byPath: byPath('1'), sharedName: 'model' };
const twins: readonly FoundPort[] = [
  { ...one, sharedName: 'several' },
  { path: '/dev/ttyUSB1', byPath: byPath('2'), sharedName: 'several' },
];
const sure: FoundPort = {
  path: '/dev/ttyUSB2',
  byId: '/dev/serial/by-id/usb-FTDI_A10-if00-port0',
  serialNumber: 'A10',
};

async function loaded(path: string): Promise<LoadedConfig> {
  const file = join(await newFolder(), 'c.yaml');
  await writeFile(file, CONFIG.replace('PATH', path));
  const result = await loadConfig({ file, environment: {}, catalogue: await catalogueWith() });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

test('check tells of a name that several adapters have, or may come to have, and offers the one of the socket', async () => {
  const config = await loaded(BY_ID);
  expect(await sharedNames(config, async () => [one, sure])).toEqual([
    `note: bus a: ${BY_ID}: its adapter has no serial number, so that another one of the same model can take this name; ${byPath('1')} stays with the socket`,
  ]);
  expect(await sharedNames(config, async () => twins)).toEqual([
    `warning: bus a: ${BY_ID}: several adapters that are plugged in have this name, and it leads to one of them; ${byPath('1')} stays with the socket`,
  ]);
  expect(await sharedNames(config, async () => [sure])).toEqual([]);
  expect(await sharedNames(await loaded(byPath('1')), async () => twins)).toEqual([]);
});

test('ports shows the name to use, and why', async () => {
  const [out, err]: [string[], string[]] = [[], []];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    environment: {},
  };
  const shown = async (found: readonly FoundPort[]) => {
    out.length = 0;
    err.length = 0;
    await ports([], io as unknown as Parameters<typeof ports>[1], async () => found);
    return out
      .join('\n')
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[0]);
  };
  expect(await shown([one, sure])).toEqual([BY_ID, sure.byId]);
  expect(err).toEqual([expect.stringContaining('has no serial number')]);
  expect(await shown(twins)).toEqual([byPath('1'), byPath('2')]);
  expect(err).toHaveLength(2);
  expect(await shown([sure])).toEqual([sure.byId]);
  expect(err).toEqual([]);
});

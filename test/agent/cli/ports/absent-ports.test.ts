import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { absentPorts } from '../../../../agent/cli/ports/absent-ports.ts';
import type { BusConfig } from '../../../../config/config.ts';
import { newFolder } from '../../../support/folder.ts';

const withPorts = (...ports: readonly object[]) => ports.map((port, at) => ({ id: `line-${at}`, port }) as BusConfig);

test('check names the ports that are not there, a few of them, and no address of the network', async () => {
  const there = join(await newFolder(), 'ttyUSB0');
  await writeFile(there, '');
  expect(await absentPorts(withPorts({ path: there }, { host: 'nowhere.example' }))).toEqual([]);
  expect(await absentPorts(withPorts({ path: `${there}0` }, { path: there }))).toEqual([
    `note: these ports are not on this machine now: line-0 (${there}0); \`fieldward ports\` lists those that are`,
  ]);
  const many = withPorts(...Array.from({ length: 6 }, (_, at) => ({ path: `/dev/ttyUSB${at}` })));
  expect((await absentPorts(many, async () => true))[0]).toContain(
    'line-2 (/dev/ttyUSB2), line-3 (/dev/ttyUSB3), and 2 more;',
  );
});

test('a port that may not be looked at is not called absent', async () => {
  const file = join(await newFolder(), 'file');
  await writeFile(file, '');
  // ENOTDIR
  expect(await absentPorts(withPorts({ path: join(file, 'ttyUSB0') }))).toEqual([]);
});

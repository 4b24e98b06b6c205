import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../scripts/stage/place.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

it('does not load a driver of which one byte was altered, and runs all others', async () => {
  const folder = await temporaryFolder();
  const dist = join(folder, 'dist');
  await cp(join(checkout(), 'dist'), dist, { recursive: true });
  await cp(join(checkout(), 'package.json'), join(folder, 'package.json'));
  await symlink(join(checkout(), 'node_modules'), join(folder, 'node_modules'));
  const file = join(dist, 'drivers', 'nmea0183', 'driver.js');
  const bytes = await readFile(file);
  // The last byte is the end of a line or of a comment: the file still is good JavaScript.
  bytes[bytes.length - 1] = 0x20;
  await writeFile(file, bytes);

  const rig = await rigFor({ baud: 115_200, units: '1', lines: 2 });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [
        rigBus('line', rig.links[0] ?? '', [rigDevice(1)]),
        rigBus('gps', rig.links[1] ?? '', [{ id: 'gnss', driver: 'nmea0183' }]),
      ],
    },
    { dist },
  );
  const gnss = await witness.until('unloaded', () =>
    witness.status()?.devices.gnss?.health === 'unloaded' ? witness.status()?.devices.gnss : undefined,
  );
  expect(gnss.fault?.code).toBe('driver/altered');
  await witness.until('readings of the other', () => witness.readings('unit-1').length > 5);
  expect(witness.latest('gnss/availability')).toBe('offline');
});

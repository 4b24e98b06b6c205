import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { temporaryFolder } from '../support/agent-process.ts';
import { expectUnloaded } from '../support/unloaded.ts';

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

  await expectUnloaded(dist);
});

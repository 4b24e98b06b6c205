import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { groupName, neededLines, overrideText, portNodes, serviceGroup } from '../../../../agent/cli/init/override.ts';
import { newFolder } from '../../../support/folder.ts';

it('opens kinds of ports to the agent that the unit does not know, each once', () => {
  expect(neededLines([{ major: 188 }, { major: 4, group: 'dialout' }])).toEqual([]);
  expect(neededLines([{ major: 240 }, { major: 207 }, { major: 240 }, { major: 166 }])).toEqual([
    'DeviceAllow=char-207 rw',
    'DeviceAllow=char-240 rw',
  ]);
});

it('names the group of the ports where all have the same and it is another one', () => {
  expect(
    neededLines([
      { major: 188, group: 'uucp' },
      { major: 4, group: 'uucp' },
    ]),
  ).toEqual(['Group=uucp']);
  expect(
    neededLines([
      { major: 188, group: 'uucp' },
      { major: 4, group: 'dialout' },
    ]),
  ).toEqual([]);
});

it('runs the service, which must read the config, by that group alone', () => {
  expect(serviceGroup([])).toBe('dialout');
  expect(serviceGroup([{ major: 188, group: 'uucp' }])).toBe('uucp');
  expect(
    serviceGroup([
      { major: 188, group: 'uucp' },
      { major: 4, group: 'dialout' },
    ]),
  ).toBe('dialout');
});

it('knows a group by its number, and takes no strange name into a unit', () => {
  const groups = 'root:x:0:\nuucp:x:14:\nod\u0001d:x:15:\nUpper:x:16:\n';
  expect([14, 15, 16, 17].map((gid) => groupName(groups, gid))).toEqual(['uucp', undefined, undefined, undefined]);
});

it('looks at what the ports of this machine are, and passes over what is no device', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'etc'));
  await writeFile(join(folder, 'etc/group'), 'root:x:0:\n');
  // memory devices are of major 1 (devices.txt of Linux)
  expect(await portNodes(['/dev/null', '/dev/nowhere', folder], folder)).toEqual([{ major: 1, group: undefined }]);
});

it('shows how to narrow the addresses to the broker’s, where it is one', () => {
  expect(overrideText([], 'mqtts://10.1.2.3:8883')).toContain('#IPAddressAllow=10.1.2.3\n');
  expect(overrideText(['Group=uucp'], 'mqtts://broker.example')).toMatch(/^\[Service\]\nGroup=uucp\n/m);
});

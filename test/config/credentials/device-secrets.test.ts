import { chmod } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Driver } from '../../../drivers/contract/driver.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { good, load, problems, talks, warnings } from '../support.ts';

const given: ReadonlyMap<string, Uint8Array>[] = [];
/** A driver with a key of 4 bytes. */
const keyed: Driver = {
  ...talks,
  name: 'keyed',
  options: z.strictObject({ keyFile: z.string().optional() }),
  secrets: { keyFile: (content) => (content.length === 4 ? undefined : 'must be 4 bytes') },
  create(setup) {
    given.push(setup.secrets ?? new Map());
    return talks.create(setup);
  },
};
const catalogue = openCatalogue({
  table: { keyed: async () => ({ driver: keyed }) },
  folder: '/',
  integrity: 'source',
});

const config = (keyFile: string) => `
gateway: gw
mqtt: { url: mqtt://localhost }
buses:
  - id: b
    port: { path: /dev/ttyUSB0, baudRate: 9600 }
    devices:
      - { id: d, driver: keyed, options: { keyFile: ${keyFile} } }
`;

describe('a credential file of a device', () => {
  it('is read beside the config and given to the driver, which sees no other', async () => {
    const loaded = await good(config('key'), { catalogue, files: { key: 'abcd', other: 'efgh' } });
    expect(given.at(-1)).toEqual(new Map([['keyFile', Buffer.from('abcd')]]));
    expect(loaded.config.buses[0]?.devices[0]?.options).toEqual({ keyFile: expect.stringMatching(/\/key$/) });
  });

  it('is refused at its place where it is not there, empty, too long or not what the driver takes', async () => {
    const refused = async (files: Record<string, string>) => problems(config('key'), { catalogue, files });
    const place = 'c.yaml:8:53: buses[0].devices[0].options.keyFile:';
    expect(await refused({})).toEqual([`${place} must be a readable file, among the credentials or beside the config`]);
    expect(await refused({ key: '' })).toEqual([`${place} is empty`]);
    expect(await refused({ key: 'x'.repeat(4097) })).toEqual([`${place} is longer than 4096 bytes`]);
    expect(await refused({ key: 'secret' })).toEqual([`${place} must be 4 bytes`]);
  });

  it('is warned of where every user may read it', async () => {
    const told = await warnings(config('key'), { catalogue, files: { key: 'abcd' } });
    expect(told).toEqual([expect.stringContaining('options.keyFile: every user of this machine may read the file')]);
    const loaded = await load(config('key'), { catalogue, files: { key: 'abcd' } });
    const found = loaded.ok ? String(loaded.config.buses[0]?.devices[0]?.options.keyFile) : '';
    await chmod(found, 0o400);
    const again = await load(config(found), { catalogue });
    expect(again.ok && again.warnings.filter(({ path }) => path.includes('keyFile'))).toEqual([]);
  });
});

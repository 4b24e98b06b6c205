import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { newFolder } from '../support/folder.ts';
import { good, problems, warnings } from './support.ts';

/** A bus of devices with one profile, each with these options more. */
const bus = (profile: string, more: readonly string[], throttle = '{}') => `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    throttle: ${throttle}
    devices:
${more.map((each, d) => `      - { id: m${d}, driver: modbus-rtu, options: { unit: ${d + 1}, profile: ${profile}${each} } }`).join('\n')}
`;

/** Two devices of which only the number differs share what is worked out of them. */
describe('devices of one model', () => {
  const catalogue = openCatalogue({ integrity: 'source' });

  it('are each named where the bus gives none of them its time', async () => {
    const text = bus('eastron-sdm120', [', timeoutMs: 400', ', timeoutMs: 400'], '{ maxRunMs: 400 }');
    expect(await problems(text, { catalogue })).toEqual([
      expect.stringContaining('buses[0].devices[0].options: its timeout must be below throttle.maxRunMs'),
      expect.stringContaining('buses[0].devices[1].options: its timeout must be below throttle.maxRunMs'),
    ]);
  });

  it('are judged apart where their options differ', async () => {
    const text = bus('eastron-sdm120', [', timeoutMs: 400', ', timeoutMs: 300'], '{ maxRunMs: 400 }');
    expect(await problems(text, { catalogue })).toEqual([expect.stringContaining('buses[0].devices[0].options')]);
  });

  it('are each warned of where the profile leaves something open', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'modbus/profiles'), { recursive: true });
    const points = '[{ name: limit, register: holding, address: 1, type: uint16, writable: true }]';
    const sources = '[{ kind: vendor, title: C }, { kind: list, title: D }]';
    const profile = `{ maker: A, model: B, sources: ${sources}, points: ${points} }`;
    await writeFile(join(folder, 'modbus/profiles/meter.yaml'), profile);
    const found = await warnings(bus('meter', ['', '']), {
      catalogue: openCatalogue({ folder, integrity: 'source' }),
    });
    expect(found.filter((each) => each.includes('without both min and max'))).toEqual([
      expect.stringContaining('devices[0].options.profile'),
      expect.stringContaining('devices[1].options.profile'),
    ]);
  });

  it('have a budget of their own name each', async () => {
    const { budgets } = await good(bus('eastron-sdm120', ['', '']), { catalogue });
    const [first, second] = budgets.get('a')?.devices ?? [];
    expect([first?.id, second?.id]).toEqual(['m0', 'm1']);
    expect({ ...second, id: 'm0' }).toEqual(first);
  });
});

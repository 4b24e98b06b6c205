import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../config/problem.ts';
import { profileNames } from '../../../config/profile.ts';
import { examineProfile } from '../../../config/profiles/examine.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';

const DRIVERS = fileURLToPath(new URL('../../../drivers', import.meta.url));
const NAMES = await profileNames(DRIVERS, 'modbus-rtu');

function examined(name: string) {
  const text = readFileSync(`${DRIVERS}/modbus/profiles/${name}.yaml`, 'utf8');
  return examineProfile({ text, file: `${name}.yaml`, name, driver });
}

test.each(['modbus-ascii', 'modbus-listen', 'modbus-tcp'])('%s takes every profile of its family', async (other) => {
  const taker = await openCatalogue().load(other);
  for (const name of NAMES) {
    const text = readFileSync(`${DRIVERS}/modbus/profiles/${name}.yaml`, 'utf8');
    const { profile } = examineProfile({ text, file: name, name, driver: taker });
    expect(profile, name).toEqual(examined(name).profile);
  }
});

describe('a shipped profile', () => {
  test.each(NAMES)('%s has no mistake, two sources, and a vector for each type', (name) => {
    const { problems, warnings } = examined(name);
    expect([...problems, ...warnings].map(formatProblem)).toEqual([]);
  });

  test.each(NAMES)('%s says what its numbers measure wherever the unit does not', (name) => {
    for (const point of examined(name).profile?.points ?? []) {
      if (String(point.name).startsWith('power-factor'))
        expect(point.quantity, String(point.name)).toBe('power-factor');
    }
  });

  test.each(NAMES)('%s counts its energies', (name) => {
    const energies = (examined(name).profile?.points ?? []).filter(({ unit }) =>
      /^(?:k|M)?(?:Wh|varh|VAh)$/.test(String(unit)),
    );
    for (const { name: point, counts } of energies) expect(counts, String(point)).toMatch(/^total/);
  });

  test.each(NAMES)('%s guards what can be written', (name) => {
    for (const point of examined(name).profile?.points ?? []) {
      if (point.writable !== true || point.type === 'bool' || point.enum !== undefined) continue;
      expect(point, String(point.name)).toMatchObject({ min: expect.any(Number), max: expect.any(Number) });
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { profileNames, readProfile } from '../../../config/profile.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';

const DRIVERS = fileURLToPath(new URL('../../../drivers', import.meta.url));
/** Facts of public register maps; they lie beside the project where they are, and are no part of it. */
const FACTS = fileURLToPath(new URL('../../../../shared/registermaps/meters.tsv', import.meta.url));

interface Fact {
  readonly function: string;
  readonly address: number;
  readonly type: string;
  readonly order: string;
  readonly scale: number;
  readonly unit: string;
}

function factsOf(device: string): readonly Fact[] {
  const [, ...rows] = readFileSync(FACTS, 'utf8').trimEnd().split('\n');
  return rows
    .map((row) => row.split('\t'))
    .filter((cells) => cells[0] === device && cells[6] !== '')
    .map((cells) => ({
      function: cells[4] ?? '',
      address: Number(cells[5]),
      type: cells[6] ?? '',
      order: cells[7] ?? '',
      scale: Number(cells[8] || 1),
      unit: cells[9] ?? '',
    }));
}

/** Profile → device of the table. */
const DEVICES: Readonly<Record<string, string>> = {
  'abb-b21': 'abb-ab-series',
  'abb-b23-b24': 'abb-ab-series',
  'bgetech-ws100': 'bg-etech-ws100',
  'carlo-gavazzi-em24': 'carlo-gavazzi-em24',
  'carlo-gavazzi-em24-e1': 'carlo-gavazzi-em24-e1',
  'carlo-gavazzi-em340': 'carlo-gavazzi-em-et-330-340',
  'chint-dtsu666': 'chint-dtsu666',
  ddm18sd: 'ddm18sd',
  'eastron-sdm120': 'eastron-sdm120',
  'eastron-sdm220': 'eastron-sdm220',
  'eastron-sdm230': 'eastron-sdm230',
  'eastron-sdm54': 'eastron-sdm54',
  'eastron-sdm630': 'eastron-sdm630',
  'eastron-sdm72d': 'eastron-sdm72',
  'eastron-sdm72d-v2': 'eastron-sdm72d-m-v2',
  'eastron-smart-x96-1a': 'eastron-smart-x96-1a',
  'eltako-dsz15dzmod': 'eltako-dsz15dzmod',
  'finder-7m24': 'finder-7m24',
  'finder-7m38': 'finder-7m38',
  'huawei-smartlogger-meter': 'huawei-smartlogger-meter',
  'huawei-sun2000-8-28ktl': 'huawei-sun2000-8-28ktl',
  'inepro-pro380': 'inepro-pro380',
  'janitza-umg96': 'janitza-b-series',
  'lovato-dmg610': 'lovato-dmg610',
  'orno-we-504': 'orno-we-504',
  'orno-we-514-515': 'orno-we-514-515',
  'orno-we-516-517': 'orno-we-516-517',
  'orno-we-525-526': 'orno-we-525-526',
  'saia-ale3': 'saia-burgess-ale3',
  'schneider-iem3000': 'schneider-iem3000',
  'siemens-pac2200': 'siemens-pac2200',
  'wago-879-30xx': 'wago-879-30xx',
  'xy-md02': 'xy-md02',
};

/** Where the profile follows another source than the table, and its notes say why. */
const OTHERWISE: Readonly<Record<string, readonly ('function' | 'type' | 'scale' | 'unit')[]>> = {
  'carlo-gavazzi-em24-e1': ['type'],
  'carlo-gavazzi-em340': ['type'],
  'eastron-sdm120': ['unit'],
  'huawei-smartlogger-meter': ['unit'],
  'orno-we-525-526': ['function'],
  'saia-ale3': ['type', 'scale'],
  'siemens-pac2200': ['function'],
};

describe.skipIf(!existsSync(FACTS))(
  'compared with the facts of public register maps (skipped where they do not lie beside the project)',
  () => {
    test.each(Object.entries(DEVICES))('%s says what is known of %s', async (name, device) => {
      const profile = await readProfile(DRIVERS, driver, name);
      const facts = factsOf(device);
      const otherwise = OTHERWISE[name] ?? [];
      let compared = 0;
      for (const point of profile?.points ?? []) {
        const ofPoint = facts.filter(({ address, function: code }) => {
          return (
            address === point.address &&
            (otherwise.includes('function') || code === (point.register === 'holding' ? '3' : '4'))
          );
        });
        if (ofPoint.length === 0) continue;
        compared += 1;
        const label = `${name} ${String(point.name)}`;
        if (!otherwise.includes('type'))
          expect(
            ofPoint.map(({ type }) => type),
            label,
          ).toContain(point.type);
        if (!otherwise.includes('scale'))
          expect(
            ofPoint.map(({ scale }) => scale),
            label,
          ).toContain(point.scale ?? 1);
        const order = point.wordOrder ?? (ofPoint.some((fact) => fact.order === '-') ? '-' : 'big');
        expect(
          ofPoint.map((fact) => fact.order),
          label,
        ).toContain(order);
        if (!otherwise.includes('unit'))
          expect(
            ofPoint.map(({ unit }) => unit),
            label,
          ).toContain(point.unit ?? '');
      }
      // most of what the profile reads is in the table
      expect(compared).toBeGreaterThanOrEqual(Math.min(facts.length, profile?.points.length ?? 0) * 0.4);
    });

    test('every device of the table that a profile is for is compared', async () => {
      const names = await profileNames(DRIVERS, 'modbus-rtu');
      expect(Object.keys(DEVICES).filter((name) => !names.includes(name))).toEqual([]);
    });
  },
);

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readProfile } from '../../../config/profile.ts';
import type { Profile } from '../../../config/profiles/schema.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { word } from '../../../drivers/modbus/bytes.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { optionsOf, pointOf } from './support.ts';

const DRIVERS = fileURLToPath(new URL('../../../drivers', import.meta.url));
/** The meters of one maker that share a map, a limit and a pace. */
const NAMES = readdirSync(`${DRIVERS}/modbus/profiles`)
  .map((file) => file.replace(/\.yaml$/, ''))
  .filter((name) => name.startsWith('eastron-'))
  .sort();

async function load(name: string): Promise<Profile> {
  const profile = await readProfile(DRIVERS, driver, name);
  if (profile === undefined) throw new Error('the profile is damaged');
  return profile;
}

/** 8E1, silence of 3.5 characters. */
function lineAt(baud: number) {
  return { baudRate: baud, characterMs: 11_000 / baud };
}

function deviceOf(profile: Profile, baud: number): PollDevice {
  const options = optionsOf(profile.options);
  const created = driver.create({ options, points: profile.points.map(pointOf), line: lineAt(baud) });
  if (created.kind !== 'poll') throw new Error('not a device that is polled');
  return created;
}

/** The time of reading all points, if the meter begins each answer after so many milliseconds. */
function wholeReading(profile: Profile, baud: number, turnaround: number): number {
  const device = deviceOf(profile, baud);
  const { characterMs } = lineAt(baud);
  const silence = 3.5 * characterMs;
  return device
    .plan(device.points.map(({ name }) => name))
    .map((dialogue) => exchangeOf(dialogue).answer.usual)
    .reduce((sum, answer) => sum + (8 + answer) * characterMs + 2 * silence + turnaround, 0);
}

describe('the profiles of Eastron', () => {
  test.each(NAMES)('%s is whole, and its options are the driver’s', async (name) => {
    const profile = await load(name);
    expect(driver.options.safeParse({ unit: 1, ...profile.options })).toMatchObject({ success: true });
    const names = profile.points.map((point) => point.name);
    expect(new Set(names).size).toBe(names.length);
    const addresses = profile.points.map((point) => point.address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  // Eastron's protocol documents: two registers a parameter, so starts and counts are even; 40 or 30 in a request.
  test.each(NAMES)('%s asks the meter only what it answers', async (name) => {
    const profile = await load(name);
    const device = deviceOf(profile, 9600);
    const most = /sdm72d|sdm54|x96/.test(name) ? 60 : 80;
    for (const dialogue of device.plan(device.points.map((point) => point.name))) {
      const { request } = exchangeOf(dialogue);
      expect(request[1]).toBe(4);
      expect(word(request, 2) % 2).toBe(0);
      expect(word(request, 4) % 2).toBe(0);
      expect(word(request, 4)).toBeLessThanOrEqual(most);
    }
  });

  test.each(NAMES)('%s is read whole within a second at 19200 baud', async (name) => {
    expect(wholeReading(await load(name), 19_200, 30)).toBeLessThan(1000);
  });

  test.each(NAMES)('%s needs less than half of a line of 9600 baud for its periods', async (name) => {
    const profile = await load(name);
    const periods = new Map<number, Profile['points'][number][]>();
    for (const point of profile.points) {
      const period = Number(point.pollMs ?? 1000);
      periods.set(period, [...(periods.get(period) ?? []), point]);
    }
    const load9600 = Array.from(periods).reduce(
      (sum, [period, points]) => sum + wholeReading({ ...profile, points }, 9600, 30) / period,
      0,
    );
    expect(load9600).toBeLessThan(0.5);
  });

  // Single addresses of the register maps, as the documents print them in hex.
  test.each([
    ['eastron-sdm630', 'voltage-l1', 0x0000, 'V'],
    ['eastron-sdm630', 'current-l3', 0x000a, 'A'],
    ['eastron-sdm630', 'power-active-total', 0x0034, 'W'],
    ['eastron-sdm630', 'frequency', 0x0046, 'Hz'],
    ['eastron-sdm630', 'energy-import-total', 0x0048, 'kWh'],
    ['eastron-sdm630', 'voltage-l3-l1', 0x00cc, 'V'],
    ['eastron-sdm630', 'current-neutral', 0x00e0, 'A'],
    ['eastron-sdm630', 'energy-total', 0x0156, 'kWh'],
    ['eastron-sdm630', 'energy-export-l3', 0x0164, 'kWh'],
    ['eastron-sdm630', 'energy-reactive-total-l2', 0x017a, 'kvarh'],
    ['eastron-sdm120', 'power-active', 0x000c, 'W'],
    ['eastron-sdm120', 'energy-import', 0x0048, 'kWh'],
    ['eastron-sdm120', 'current-demand', 0x0102, 'A'],
    ['eastron-sdm72d', 'power-active-total', 0x0034, 'W'],
    ['eastron-sdm72d', 'energy-import-resettable', 0x0184, 'kWh'],
    ['eastron-sdm72d', 'power-active-export-total', 0x0502, 'W'],
    ['eastron-sdm72d-v2', 'power-apparent-l3', 0x0016, 'VA'],
    ['eastron-sdm72d-v2', 'energy-net-total', 0x018c, 'kWh'],
  ])('%s has %s at %d in %s', async (name, point, address, unit) => {
    const found = (await load(name)).points.find((each) => each.name === point);
    expect(found).toMatchObject({ register: 'input', address, type: 'float32', unit });
  });
});

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { profileNames, readProfile } from '../../../../config/profile.ts';
import { driver } from '../../../../drivers/modbus/sunspec/tcp/driver.ts';
import { SunspecDevice, sunspecInverter, sunspecMeter } from '../../../../scripts/sim/sunspec-device.ts';
import { Bench } from './support.ts';

const DRIVERS = fileURLToPath(new URL('../../../../drivers', import.meta.url));

async function pointsOf(name: string): Promise<readonly Record<string, unknown>[]> {
  const profile = await readProfile(DRIVERS, driver, name);
  if (profile === undefined) throw new Error('the profile is damaged');
  return profile.points;
}

const now = () => 0;

describe('the profiles', () => {
  it('are those of SunSpec, for both transports, and none of other Modbus devices', async () => {
    const names = ['sunspec-inverter', 'sunspec-meter', 'sunspec-storage'];
    expect(await profileNames(DRIVERS, 'sunspec-tcp')).toEqual(names);
    expect(await profileNames(DRIVERS, 'sunspec-rtu')).toEqual(names);
    expect(await readProfile(DRIVERS, driver, 'sunspec-meter')).toMatchObject({ driver: 'sunspec' });
  });

  it('read an inverter', async () => {
    const bench = new Bench([sunspecInverter({ unit: 1, now })], await pointsOf('sunspec-inverter'));
    const { values, faults } = bench.poll();
    expect(faults).toEqual({});
    expect(values).toMatchObject({ state: 'mppt', limit: 100, 'limit-enabled': 'off', temperature: 41.2 });
    expect(values.power).toBeGreaterThan(1000);
    expect(values['power-factor']).toBeCloseTo((100 * Number(values.power)) / Number(values['power-apparent']), 0);
  });

  it('read a meter of floating numbers', async () => {
    const bench = new Bench([sunspecMeter({ unit: 1, base: 0, now })], await pointsOf('sunspec-meter'), {}, 'tcp');
    const { values, faults } = bench.poll();
    expect(faults).toEqual({});
    expect(values['voltage-l1']).toBeGreaterThan(200);
    expect(values['power-factor']).toBeGreaterThan(50);
    expect(values).toMatchObject({ 'energy-export': 0, events: 0 });
  });

  it('read a battery, and write what is guarded', async () => {
    const device = sunspecInverter({ unit: 1, now });
    const bench = new Bench([device], await pointsOf('sunspec-storage'));
    expect(bench.poll()).toMatchObject({
      values: { 'state-of-charge': 64, 'charge-state': 'charging', reserve: 10 },
      faults: {},
    });
    bench.run(bench.device.write(new Map([['reserve', 25]]))[0]);
    expect(bench.poll(['reserve']).values).toEqual({ reserve: 25 });
    expect(() => bench.device.write(new Map([['reserve', 101]]))).toThrow(
      expect.objectContaining({ code: 'command/value' }),
    );
    const writable = bench.device.points.filter((point) => point.writable);
    expect(
      writable.every(({ min, max, choices }) => choices !== undefined || (min !== undefined && max !== undefined)),
    ).toBe(true);
  });

  it('say of a device of another kind that it has no such model', async () => {
    const device = new SunspecDevice(1, 40_000, [{ id: 1 }, { id: 103 }]);
    const { faults } = new Bench([device], await pointsOf('sunspec-meter')).poll();
    expect(new Set(Object.values(faults))).toEqual(new Set(['sunspec/no-model']));
  });
});

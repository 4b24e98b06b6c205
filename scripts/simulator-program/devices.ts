import { fileURLToPath } from 'node:url';
import { profileNames, readProfile } from '../../config/profile.ts';
import { driver } from '../../drivers/modbus/rtu/driver.ts';
import { meterModel } from '../sim/meter-model.ts';
import type { Model } from '../sim/modbus-server.ts';
import { profileDevice } from '../sim/profile-device.ts';
import { sunspecInverter, sunspecMeter } from '../sim/sunspec-device.ts';

const DRIVERS = fileURLToPath(new URL('../../drivers', import.meta.url));

/** A device that is to be simulated. */
export interface WantedDevice {
  readonly name: string;
  readonly unit: number;
}

const SUNSPEC = { 'sunspec-inverter': sunspecInverter, 'sunspec-meter': sunspecMeter } as const;

/** The devices to choose from: SunSpec devices, and the profiles of Modbus. */
export async function deviceNames(): Promise<readonly string[]> {
  return [...Object.keys(SUNSPEC), ...(await profileNames(DRIVERS, driver.name))];
}

/** `NAME` or `NAME@UNIT`; without a unit the one behind that of the device before, from 1. */
export function wantedDevices(words: readonly string[]): readonly WantedDevice[] {
  let last = 0;
  return words.map((each) => {
    const [, name = '', unit = String(last + 1)] = /^([a-z0-9-]{1,63})(?:@([0-9]{1,3}))?$/.exec(each) ?? [];
    last = Number(unit);
    if (name === '' || last < 1 || last > 247) throw new RangeError('a device is NAME or NAME@UNIT, unit 1 to 247');
    return { name, unit: last };
  });
}

/** @param now a monotonic time in milliseconds @throws RangeError where there is no such device */
export async function simulated({ name, unit }: WantedDevice, now: () => number): Promise<Model> {
  const sunspec = Object.entries(SUNSPEC).find(([each]) => each === name)?.[1];
  if (sunspec !== undefined) return sunspec({ unit, now });
  const isKnown = (await deviceNames()).includes(name);
  const profile = isKnown ? await readProfile(DRIVERS, driver, name) : undefined;
  if (profile === undefined) throw new RangeError('there is no such device: --list names all');
  const isLive = profile.points.every(
    ({ register, type, writable }) => writable === true || (register === 'input' && type === 'float32'),
  );
  return isLive ? meterModel(name, { unit, now }) : profileDevice(profile, unit);
}

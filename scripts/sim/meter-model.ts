import { fileURLToPath } from 'node:url';
import { readProfile } from '../../config/profile.ts';
import type { Profile } from '../../config/profiles/schema.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { driver } from '../../drivers/modbus/rtu/driver.ts';
import type { Model } from './modbus-server.ts';
import { Plant } from './plant.ts';

const DRIVERS = fileURLToPath(new URL('../../drivers', import.meta.url));

/** Watts that the relay's load takes on the first phase. */
const RELAY_LOAD = 1800;

export interface MeterOptions {
  readonly unit: number;
  /** A monotonic time in milliseconds. */
  readonly now: () => number;
}

/**
 * A meter that lives: voltages and loads wander, energies grow, and its first coil is a relay whose load is seen in the
 * powers. It answers exactly the input registers of its profile; registers between them read 0, as in the real one.
 * @param profile a profile of the Modbus driver that has only 32-bit floats, such as the Eastron meters'
 * @throws Fault `driver/options` where there is no such profile
 */
export async function meterModel(profile: string, { unit, now }: MeterOptions): Promise<Model> {
  const read = await readProfile(DRIVERS, driver, profile);
  if (read === undefined) throw new Fault('driver/options');
  const names = new Map(read.points.map((point) => [Number(point.address), String(point.name)]));
  const last = Math.max(...names.keys()) + 1;
  const most = Number(read.options.maxRegisters ?? 125);
  const codes = codesOf(read.probe);
  const coils = [false, false];
  const setpoints = new Uint8Array(32);
  const plant = new Plant(unit, () => (coils[0] === true ? RELAY_LOAD : 0), now());
  return {
    unit,
    maxRegisters: most,
    registers(kind, address, count) {
      if (kind === 'holding') {
        const code = codes.get(address);
        if (code !== undefined && count === 1) return Uint8Array.of(code >> 8, code & 0xff);
        const end = (address + count) * 2;
        return end <= setpoints.length ? setpoints.slice(address * 2, end) : undefined;
      }
      if (address + count - 1 > last) return undefined;
      plant.advance(now());
      const view = new DataView(new ArrayBuffer(count * 2 + 4));
      for (let at = 0; at < count; at += 1) {
        const name = names.get(address + at);
        if (name !== undefined) view.setFloat32(at * 2, plant.value(name));
      }
      return new Uint8Array(view.buffer, 0, count * 2);
    },
    bits: (_, address, count) => (address + count <= coils.length ? coils.slice(address, address + count) : undefined),
    writeRegisters(address, registers) {
      if (address * 2 + registers.length > setpoints.length) return false;
      setpoints.set(registers, address * 2);
      return true;
    },
    writeCoils(address, values) {
      if (address + values.length > coils.length) return false;
      values.forEach((value, index) => {
        coils[address + index] = value;
      });
      return true;
    },
  };
}

/** By their registers, the numbers by which the meter's probe names it. */
function codesOf(probe: Profile['probe'] = []): ReadonlyMap<number, number> {
  return new Map(
    probe.flatMap(({ read, equals: [code] = [] }) =>
      read?.register === 'holding' && typeof code === 'number' ? [[Number(read.address), code] as const] : [],
    ),
  );
}

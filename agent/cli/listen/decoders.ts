import { profileNames, readProfile } from '../../../config/profile.ts';
import type { Profile } from '../../../config/profiles/schema.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import { OverheardPoints } from '../../../drivers/modbus/listen/overheard-points.ts';
import { order } from '../../../drivers/modbus/options.ts';
import { point } from '../../../drivers/modbus/point.ts';
import { createDevice, openCatalogue } from '../../../drivers/registry/loader.ts';
import type { DecoderEvents, LineDecoder } from './decoder.ts';
import { IecDecoder } from './iec-decoder.ts';
import { LinesDecoder } from './lines-decoder.ts';
import { MbusDecoder } from './mbus-decoder.ts';
import { ModbusDecoder } from './modbus-decoder.ts';
import { StreamDecoder } from './stream-decoder.ts';

/** By what a line can be understood. */
export const LISTEN_DRIVERS = [
  ...(['modbus-rtu', 'modbus-ascii', 'mbus', 'iec62056-21', 'dsmr-p1', 'sml'] as const),
  ...(['dlms-push', 'vedirect', 'nmea0183', 'lines'] as const),
];
export type ListenDriver = (typeof LISTEN_DRIVERS)[number];

export interface DecoderSetup {
  readonly line: LineTiming;
  readonly seesSilence: boolean;
  /** Of Modbus: the profile whose points are shown. */
  readonly profile?: Profile | undefined;
}

export function isListenDriver(name: unknown): name is ListenDriver {
  return LISTEN_DRIVERS.some((each) => each === name);
}

/** @throws Fault of a driver that can not be loaded */
export async function decoderOf(
  driver: ListenDriver,
  setup: DecoderSetup,
  events: DecoderEvents,
): Promise<LineDecoder> {
  switch (driver) {
    case 'modbus-rtu':
    case 'modbus-ascii': {
      const { line, seesSilence, profile } = setup;
      return new ModbusDecoder({ mode: driver, line, seesSilence, points: profile && pointsOf(profile) }, events);
    }
    case 'mbus':
      return new MbusDecoder(events);
    case 'iec62056-21':
      return new IecDecoder(events);
    case 'lines':
      return new LinesDecoder(events);
    default: {
      const device = createDevice(await openCatalogue().load(driver), { options: {}, points: [], line: setup.line });
      return device.kind === 'stream' ? new StreamDecoder(device, events) : new LinesDecoder(events);
    }
  }
}

/** A profile of Modbus by its name; undefined: there is none, or it is damaged. */
export async function modbusProfile(name: string): Promise<Profile | undefined> {
  const catalogue = openCatalogue();
  if (!(await profileNames(catalogue.folder, 'modbus-rtu')).includes(name)) return undefined;
  return readProfile(catalogue.folder, await catalogue.load('modbus-rtu'), name);
}

function pointsOf({ points, options }: Profile) {
  const checked = points.map((each) => point.parse(each));
  const orderOf = (key: string) => order.default('big').parse(options[key]);
  const find = new OverheardPoints(checked, { wordOrder: orderOf('wordOrder'), byteOrder: orderOf('byteOrder') });
  return { find, units: new Map(checked.map(({ name, unit }) => [name, unit])) };
}

import type { Driver, StreamDevice } from '../../../drivers/contract/driver.ts';

/** The protocols of smartmeter-obis, by its own names. */
export type ObisProtocol = 'SmlProtocol' | 'D0Protocol';

/** One protocol of devices that talk by themselves. */
export interface DecodeSubject {
  readonly name: string;
  readonly device: StreamDevice;
  /** One after the other as on the line, each other than the one before; together some tens of KB. */
  readonly telegrams: readonly Uint8Array[];
  /** The protocol by which smartmeter-obis decodes them; nothing where it can't. */
  readonly peer?: ObisProtocol;
}

/** A device of a driver with its usual points. */
export function usualDevice(driver: Driver, options: object = {}, secrets?: ReadonlyMap<string, Uint8Array>) {
  const read = driver.options.safeParse(options);
  if (!read.success) throw new TypeError('the options do not fit the driver');
  const line = { baudRate: 115_200, characterMs: 0 };
  const device = driver.create({ options: read.data, points: [], line, secrets });
  if (device.kind !== 'stream') throw new TypeError('the device does not talk by itself');
  return device;
}

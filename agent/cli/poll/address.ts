import type { BusConfig, DeviceConfig } from '../../../config/config.ts';

/** Options of the drivers that say which of the devices on a line is asked. */
const UNIT_OPTIONS = ['unit', 'address'] as const;

/**
 * How a device is reached, for a person who looks for the mistake in it.
 *
 * @returns as `modbus-rtu, unit 7, at /dev/ttyUSB0, 9600 8N1`
 */
export function addressText(
  { port }: Pick<BusConfig, 'port'>,
  device: Pick<DeviceConfig, 'driver' | 'options'>,
): string {
  const units = UNIT_OPTIONS.flatMap((name) => {
    const unit = Object.hasOwn(device.options, name) ? device.options[name] : undefined;
    // text of an option is not repeated: it may be anything
    return typeof unit === 'number' ? [`${name} ${unit}`] : [];
  });
  const line =
    'path' in port
      ? [`at ${port.path}`, `${port.baudRate} ${port.dataBits}${port.parity.charAt(0).toUpperCase()}${port.stopBits}`]
      : [`at ${port.host}:${port.tcpPort}`];
  return [device.driver, ...units, ...line].join(', ');
}

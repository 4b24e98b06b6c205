/**
 * For each driver of the table a config of each kind of device that it makes, as they stand in the file: the property
 * suite runs over all of them, and fails for a driver without one.
 */
export interface SampleDevice {
  readonly driver: string;
  readonly options: Record<string, unknown>;
  readonly points: readonly Record<string, unknown>[];
  /** Contents of credential files. */
  readonly secrets?: Readonly<Record<string, Uint8Array>>;
}

const registers = [
  { name: 'a', register: 'holding', address: 0, type: 'float32', writable: true },
  { name: 'b', register: 'input', address: 3, type: 'uint16' },
  { name: 'c', register: 'input', address: 9, type: 'int64' },
  { name: 'd', register: 'coil', address: 0, type: 'bool', writable: true },
  { name: 'e', register: 'discrete', address: 5, type: 'bool' },
];

export const SAMPLES: readonly SampleDevice[] = [
  { driver: 'modbus-rtu', options: { unit: 7 }, points: registers },
  {
    driver: 'modbus-rtu',
    options: { unit: 1, writeFunction: 'read-write', maxRegisters: 2 },
    points: registers.slice(0, 2),
  },
  { driver: 'modbus-rtu', options: { unit: 0, anyUnit: true }, points: registers },
  { driver: 'modbus-ascii', options: { unit: 7 }, points: registers },
  { driver: 'modbus-tcp', options: { unit: 7 }, points: registers },
  { driver: 'modbus-tcp', options: { unit: 255, anyUnit: true, maxInFlight: 16, maxRegisters: 4 }, points: registers },
  { driver: 'lines', options: { template: '{weight:number} kg' }, points: [] },
  { driver: 'lines', options: { template: '>{temperature:number}', request: '#01\\r', delimiter: '\\r' }, points: [] },
  { driver: 'nmea0183', options: {}, points: [] },
  { driver: 'dsmr-p1', options: {}, points: [] },
  { driver: 'sml', options: {}, points: [] },
];

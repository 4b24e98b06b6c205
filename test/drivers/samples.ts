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

/** As it stands in a file. */
const KEY = Uint8Array.from('000102030405060708090A0B0C0D0E0F\n', (each) => each.charCodeAt(0));

const registers = [
  { name: 'a', register: 'holding', address: 0, type: 'float32', writable: true },
  { name: 'b', register: 'input', address: 3, type: 'uint16' },
  { name: 'c', register: 'input', address: 9, type: 'int64' },
  { name: 'd', register: 'coil', address: 0, type: 'bool', writable: true },
  { name: 'e', register: 'discrete', address: 5, type: 'bool' },
];

const models = [
  { name: 'power', model: 'inverter', point: 'W' },
  { name: 'maker', model: 'common', point: 'Mn' },
  { name: 'tracker', model: 160, point: 'DCW', instance: 9 },
  { name: 'curve', model: 705, point: 'V', instance: [0, 1, 2] },
  { name: 'alarm', model: 701, point: 'MnAlrmInfo' },
  { name: 'limit', model: 123, point: 'WMaxLimPct', writable: true, min: 0, max: 100 },
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
  { driver: 'modbus-listen', options: { unit: 7 }, points: registers },
  { driver: 'modbus-tcp', options: { unit: 7 }, points: registers },
  { driver: 'modbus-tcp', options: { unit: 255, anyUnit: true, maxInFlight: 16, maxRegisters: 4 }, points: registers },
  { driver: 'sunspec-rtu', options: { unit: 7 }, points: [] },
  { driver: 'sunspec-rtu', options: { unit: 7, base: 0, maxRegisters: 34 }, points: models },
  { driver: 'sunspec-tcp', options: { unit: 126 }, points: models },
  { driver: 'lines', options: { template: '{weight:number} kg' }, points: [] },
  { driver: 'lines', options: { template: '>{temperature:number}', request: '#01\\r', delimiter: '\\r' }, points: [] },
  { driver: 'lines', options: { preset: 'mt-sics' }, points: [{ name: 'zero', writable: true }] },
  { driver: 'nmea0183', options: {}, points: [] },
  { driver: 'dsmr-p1', options: {}, points: [] },
  { driver: 'dsmr-p1', options: { keyFile: 'key' }, points: [], secrets: { keyFile: KEY } },
  { driver: 'dlms-push', options: {}, points: [] },
  { driver: 'dlms-push', options: { keyFile: 'key', framing: 'hdlc' }, points: [], secrets: { keyFile: KEY } },
  { driver: 'sml', options: {}, points: [] },
  { driver: 'iec62056-21', options: {}, points: [{ name: 'energy', obis: '1.8.0' }] },
  { driver: 'iec62056-21', options: { mode: 'd' }, points: [{ name: 'energy', obis: '1.8.0' }] },
  { driver: 'mbus', options: { address: 5 }, points: [] },
  { driver: 'mbus', options: { secondary: '12345678' }, points: [{ name: 'energy', record: 0 }] },
  { driver: 'vedirect', options: {}, points: [] },
  {
    driver: 'vedirect',
    options: {},
    points: [
      { name: 'voltage', label: 'V' },
      { name: 'charger-temperature', register: 0xeddb, type: 'int16', scale: 0.01, unit: '°C' },
      { name: 'serial', register: 0x010a, type: 'text', pollMs: 60_000 },
    ],
  },
  {
    driver: 'sdi12',
    options: { address: 0 },
    points: [
      { name: 'depth', index: 0 },
      { name: 'temperature', index: 4, measurement: 1 },
      { name: 'there', about: 'active' },
      { name: 'serial', about: 'serial' },
    ],
  },
  { driver: 'sdi12', options: { address: 'z', command: 'C', crc: true }, points: [{ name: 'last', index: 19 }] },
  { driver: 'sdi12', options: { address: 'Q', command: 'R', break: false }, points: [{ name: 'now', index: 1 }] },
  { driver: 'sdi12', options: { address: 5, break: false, answerMs: 5000 }, points: [{ name: 'now', index: 8 }] },
];

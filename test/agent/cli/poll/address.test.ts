import { expect, it } from 'vitest';
import { addressText } from '../../../../agent/cli/poll/address.ts';
import type { SerialPortConfig, TcpPortConfig } from '../../../../config/config.ts';

const SERIAL = { path: '/dev/ttyUSB0', baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 2 } as SerialPortConfig;
const TCP = { host: 'inverter.example', tcpPort: 502 } as TcpPortConfig;

it.each([
  ['modbus-rtu', { unit: 7 }, SERIAL, 'modbus-rtu, unit 7, at /dev/ttyUSB0, 9600 7E2'],
  ['mbus', { address: 12 }, { ...SERIAL, parity: 'none' as const }, 'mbus, address 12, at /dev/ttyUSB0, 9600 7N2'],
  ['modbus-tcp', { unit: 1 }, TCP, 'modbus-tcp, unit 1, at inverter.example:502'],
  ['lines', {}, TCP, 'lines, at inverter.example:502'],
  ['lines', { address: 'any text' }, TCP, 'lines, at inverter.example:502'],
])('says how a device of %s with %j is reached', (driver, options, port, text) => {
  expect(addressText({ port }, { driver, options })).toBe(text);
});

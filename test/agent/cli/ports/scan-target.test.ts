import { expect, test } from 'vitest';
import { portArgument } from '../../../../agent/cli/ports/port-argument.ts';
import { serverArgument, usualDriver } from '../../../../agent/cli/ports/scan-target.ts';
import type { BusConfig } from '../../../../config/config.ts';

test.each([
  ['10.0.0.9:502', '10.0.0.9', 502],
  ['gateway.plant.example:4001', 'gateway.plant.example', 4001],
  ['[fe80::1]:502', 'fe80::1', 502],
])('%s is a server', (where, host, tcpPort) => {
  expect(serverArgument(where)).toMatchObject({ host, tcpPort, echo: false });
});

test.each([
  'hall',
  '/dev/ttyS0',
  '10.0.0.9',
  '10.0.0.9:0',
  '10.0.0.9:65536',
  ':502',
  'a b:502',
  'user@host:502',
  '1.2.3:5',
  '[x]:1',
])('%s is none', (where) => {
  expect(serverArgument(where)).toBeUndefined();
});

const server = serverArgument('10.0.0.9:4001') as BusConfig['port'];
const tty = portArgument('/dev/ttyS0', {}) as BusConfig['port'];
const busOf = (port: BusConfig['port'], driver?: string) =>
  ({ port, devices: driver === undefined ? [] : [{ driver: 'nmea0183' }, { driver }] }) as unknown as BusConfig;

test('a bus is asked as its devices are', () => {
  expect(usualDriver(server, busOf(server, 'modbus-tcp'))).toBe('modbus-tcp');
  expect(usualDriver(tty, busOf(tty, 'modbus-ascii'))).toBe('modbus-ascii');
});

test('without such a device a server is asked by Modbus TCP where it is named or has its port, and a line by Modbus RTU', () => {
  expect(usualDriver(server)).toBe('modbus-tcp');
  expect(usualDriver(server, busOf(server))).toBe('modbus-rtu');
  const usual = serverArgument('10.0.0.9:502') as BusConfig['port'];
  expect(usualDriver(usual, busOf(usual))).toBe('modbus-tcp');
  expect(usualDriver(tty)).toBe('modbus-rtu');
});

import type { Ports } from './field.ts';

const GATEWAY = 'demo';
export const PREFIX = `fieldward/${GATEWAY}`;

/** So much of each device has room on a terminal of 24 rows; its other values are published all the same. */
export const PICKED: Readonly<Record<string, readonly string[]>> = {
  'main-meter': ['voltage-l1', 'current-l1', 'power-active-l1'],
  'pump-meter': ['voltage', 'current', 'power-active'],
  'heat-meter': ['power', 'volume-flow', 'flow-temperature', 'return-temperature'],
  'p1-meter': ['power-import', 'voltage-l1', 'gas'],
  gnss: ['latitude', 'longitude'],
};

/** The config that an operator would write, with JSON's quotes: JSON is YAML. */
export function demoConfig(parts: { readonly brokerUrl: string; readonly ports: Ports }): object {
  return {
    gateway: GATEWAY,
    mqtt: { url: parts.brokerUrl, protocolVersion: 4, meta: true },
    buses: [
      {
        id: 'rs485',
        port: { path: parts.ports.rs485, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
        devices: [
          { id: 'main-meter', driver: 'modbus-rtu', options: { unit: 1, profile: 'eastron-sdm630' }, pollMs: 2000 },
          { id: 'pump-meter', driver: 'modbus-rtu', options: { unit: 2, profile: 'eastron-sdm120' }, pollMs: 1000 },
        ],
      },
      {
        id: 'mbus',
        port: { path: parts.ports.mbus, baudRate: 2400, parity: 'even' },
        devices: [{ id: 'heat-meter', driver: 'mbus', options: { address: 1, minPollMs: 5000 }, pollMs: 5000 }],
      },
      {
        id: 'p1',
        port: { path: parts.ports.p1, baudRate: 115_200 },
        devices: [{ id: 'p1-meter', driver: 'dsmr-p1', staleAfterMs: 10_000 }],
      },
      {
        id: 'gps',
        port: { path: parts.ports.gps, baudRate: 9600, reopenMinMs: 250, reopenMaxMs: 1000 },
        devices: [{ id: 'gnss', driver: 'nmea0183', staleAfterMs: 5000 }],
      },
    ],
  };
}

import type {
  PlantEvent,
  ShownDevice,
  ShownFault,
  ShownGateway,
  ShownPoint,
  ShownValues,
} from '../../../agent/console/wire.ts';

/** A plant that nobody has, of any size, for the page to show. */

const SILENT: ShownFault = {
  code: 'device/silent',
  message: 'the device does not answer',
  advice: 'Check power, wiring, termination, address and baud rate.',
};
const UNPLUGGED: ShownFault = {
  code: 'port/missing',
  message: 'the port is not there',
  advice: 'Check the cable of the adapter; it is opened again by itself.',
};

export interface PlantSize {
  readonly gateways: number;
  readonly devices: number;
  readonly points: number;
}

export function gatewayOf(number: number, at: number): ShownGateway {
  const second = number % 7 === 3;
  return {
    id: `plant7-gw${String(number + 1).padStart(2, '0')}`,
    online: number % 11 !== 10,
    version: '0.9.2',
    uptimeS: 86_400 * 12 + number * 977,
    statusAt: at - ((number * 1300) % 50_000),
    link: { reconnects: number % 3, certificateDaysLeft: number % 9 === 4 ? 9 : 212 - number },
    outbox: { held: number % 5 === 2 ? 1840 : 0, bytes: number % 5 === 2 ? 412_000 : 0, dropped: 0, durable: true },
    memoryBytes: 78_400_000 + number * 100_000,
    auditHead: '9f4c1e07b2d35a8866e1f0c4d7a92b3e5f60718293a4b5c6d7e8f90a1b2c3d4e',
    buses: [
      {
        ...{
          id: 'rs485-a',
          open: true,
          fault: null,
          utilisation: 0.42 + (number % 5) / 10,
          exchanges: 184_220 + number,
        },
        ...{ timeouts: 14, checksumErrors: 2, lateFrames: 0, reopens: 1 },
      },
      {
        ...{ id: 'mbus', open: !second, fault: second ? UNPLUGGED : null, utilisation: second ? null : 0.08 },
        ...{ exchanges: 12_040, timeouts: 3, checksumErrors: 0, lateFrames: 1, reopens: 0 },
      },
    ],
  };
}

const POINTS: readonly ShownPoint[] = [
  { name: 'supply', label: 'Supply temperature', unit: '°C', quantity: 'temperature', type: 'number' },
  { name: 'return', label: 'Return temperature', unit: '°C', quantity: 'temperature', type: 'number' },
  {
    ...{ name: 'setpoint', label: 'Setpoint', unit: '°C', quantity: 'temperature', type: 'number' },
    write: { min: 20, max: 90, step: 0.5, confirm: false },
  },
  {
    ...{ name: 'limit', label: 'Limit of power', unit: 'kW', quantity: 'power', type: 'number' },
    write: { min: 0, max: 120, step: 1, confirm: true },
  },
  { name: 'power', label: 'Power', unit: 'kW', quantity: 'power', type: 'number' },
  { name: 'pump', label: 'Pump', unit: null, quantity: null, type: 'boolean', write: { confirm: false } },
  {
    ...{ name: 'mode', label: 'Mode', unit: null, quantity: null, type: 'text' },
    write: { oneOf: ['off', 'heating', 'cooling'], confirm: false },
  },
  { name: 'energy', label: 'Energy', unit: 'kWh', quantity: 'energy', type: 'number' },
];

export function pointOf(number: number): ShownPoint {
  const base = POINTS[number % POINTS.length] as ShownPoint;
  return number < POINTS.length ? base : { ...base, name: `${base.name}-${number}`, label: `${base.label} ${number}` };
}

const NAMES = ['Boiler', 'Heat pump', 'Chiller', 'Air handler', 'Heat meter'];

export function deviceOf(gateway: number, number: number, points: number, at: number): ShownDevice {
  const isSilent = (gateway + number * 3) % 29 === 8;
  return {
    gateway: gatewayOf(gateway, at).id,
    id: `unit-${number + 1}`,
    label: `${NAMES[number % NAMES.length]} ${number + 1}`,
    bus: number % 4 === 3 ? 'mbus' : 'rs485-a',
    driver: number % 4 === 3 ? 'mbus' : 'modbus-rtu',
    health: isSilent ? 'offline' : 'online',
    fault: isSilent ? SILENT : null,
    latencyMs: isSilent ? null : 18 + ((gateway * 7 + number * 13) % 40),
    lastGoodAt: isSilent ? at - 5_400_000 : at - 400,
    identity: {
      maker: 'Acme',
      model: `VR-${900 + number}`,
      serial: `2110${4711 + gateway * 20 + number}`,
      firmware: '1.8',
    },
    points: Array.from({ length: points }, (_, place) => pointOf(place)),
    commands: ['read', 'write', 'pause', 'resume'],
  };
}

/** The value of a point at a time: it swings, each at a pace of its own. */
export function swungValue(point: ShownPoint, at: number, shift: number): number | boolean | string {
  if (point.type === 'boolean') return Math.sin(at / 400_000 + shift) > 0;
  if (point.type === 'text') return 'heating';
  if (point.name.startsWith('setpoint')) return 55;
  if (point.name.startsWith('limit')) return 80;
  if (point.name.startsWith('energy')) return Math.round(at / 60_000 - 29_000_000) + shift;
  if (point.unit === 'kW') return Number((60 + Math.cos(at / 300_000 + shift) * 22).toFixed(1));
  const middle = point.name.startsWith('return') ? 38 : 58;
  const swing = Math.sin(at / 500_000 + shift) * 9 + Math.sin(at / 61_000 + shift * 3) * 1.5;
  return Number((middle + swing).toFixed(1));
}

export function valuesOf(device: ShownDevice, at: number): ShownValues {
  const shift = Number(device.id.replace(/\D/g, ''));
  const values = Object.fromEntries(device.points.map((point) => [point.name, swungValue(point, at, shift)]));
  const { gateway, id } = device;
  if (device.health === 'online') return { gateway, device: id, at, values };
  return {
    gateway,
    device: id,
    at: device.lastGoodAt ?? at,
    values,
    quality: Object.fromEntries(device.points.map(({ name }) => [name, 'stale'])),
  };
}

export function wholePlant({ gateways, devices, points }: PlantSize, at: number): PlantEvent {
  const told = Array.from({ length: gateways }, (_, gateway) =>
    Array.from({ length: devices }, (_, device) => deviceOf(gateway, device, points, at)),
  ).flat();
  return {
    at,
    broker: 'connected',
    gateways: Array.from({ length: gateways }, (_, gateway) => gatewayOf(gateway, at)),
    devices: told,
    values: told.map((device) => valuesOf(device, at)),
    gone: [],
    leftOut: 0,
  };
}

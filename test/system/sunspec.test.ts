import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Model, serve } from '../../scripts/sim/modbus-server.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { type SunspecDevice, sunspecInverter } from '../../scripts/sim/sunspec-device.ts';
import { brokerFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';
import { witnessOf } from '../support/witness.ts';

const UNIT = 126;

/** On a serial line. @returns the port of a config */
async function onLine(model: Model): Promise<object> {
  const pty = await openPty();
  onTestFinished(() => pty.close());
  serve({ write: (bytes) => pty.write(bytes).catch(() => undefined), onBytes: (hear) => pty.onBytes(hear) }, [model]);
  return { path: pty.path, baudRate: 115_200 };
}

/** On the network. */
async function onNetwork(model: Model): Promise<object> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const hears = (hear: (chunk: Uint8Array) => void) => void socket.on('data', hear);
    serve({ write: (bytes) => socket.write(bytes), onBytes: hears }, [model], { framing: 'tcp' });
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { host: '127.0.0.1', tcpPort: (server.address() as AddressInfo).port };
}

/** Model 123 begins with two windows of time; the limit is the fourth register of its data. */
const limitOf = (device: SunspecDevice) => device.held[device.dataAt(123) + 3];

it.each([
  ['sunspec-rtu', onLine],
  ['sunspec-tcp', onNetwork],
] as const)('reads and writes an inverter by %s', async (driver, place) => {
  const inverter = sunspecInverter({ unit: UNIT, now: () => 0 });
  const port = await place(inverter);
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    commands: { enabled: true, allow: ['read', 'write'], directory: await temporaryFolder() },
    buses: [
      {
        id: 'roof',
        port,
        throttle: { maxWaitMs: 20_000 },
        devices: [
          { id: 'inverter', driver, options: { unit: UNIT, profile: 'sunspec-inverter' }, pollMs: 5000 },
          {
            id: 'strings',
            ...{ driver, options: { unit: UNIT }, pollMs: 5000 },
            points: [
              { name: 'west', model: 'mppt', point: 'DCA', instance: 1 },
              { name: 'serial', model: 'common', point: 'SN' },
            ],
          },
        ],
      },
    ],
  });
  // a request that a busy machine answers too late is missing in one reading, and comes with the next
  const valuesOf = (id: string) => Object.assign({}, ...witness.readings(id).map((reading) => reading.values ?? {}));
  const values = () => valuesOf('inverter');
  // the raw numbers of the simulated device and its scale factors
  await witness.until('values', () => values().limit !== undefined && values().temperature !== undefined);
  expect(values()).toMatchObject({ temperature: 41.2, limit: 100, state: 'mppt', 'dc-voltage': null });
  expect(values().frequency).toBeCloseTo(50, 0);
  expect(values()['voltage-l1']).toBeGreaterThan(220);
  const ctl = toolFor({ args: ['ctl', 'system', 'write', 'inverter', 'limit=75', '--url', broker.url] });
  expect(await ctl.ended).toMatchObject({ code: 0 });
  expect(ctl.stdout).toMatch(/^verified .*\n {2}limit +75\n$/);
  // two digits behind the comma
  expect(limitOf(inverter)).toBe(7500);
  await witness.until('strings', () => ['west', 'serial'].every((name) => name in valuesOf('strings')));
  expect(valuesOf('strings')).toMatchObject({ west: 3.05, serial: 'INV-126' });
});

import { expect, it, onTestFinished } from 'vitest';
import { type Model, serve } from '../../scripts/sim/modbus-server.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { sunspecInverter } from '../../scripts/sim/sunspec-device.ts';
import { agentFor, brokerFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const OBJECTS = { 0: 'Acme', 1: 'M-7', 2: 'V1.2', 5: 'M-7 three-phase' };

/** A unit whose registers all hold 7; `objects` is what it says of itself. */
function modelOf(unit: number, objects?: Readonly<Record<number, string>>): Model {
  return {
    unit,
    registers: (_, __, count) => new Uint8Array(count * 2).fill(7),
    bits: () => undefined,
    writeRegisters: () => false,
    writeCoils: () => false,
    ...(objects && { identification: { objects } }),
  };
}

/** A line with these units on a pseudo terminal. */
async function lineWith(...models: readonly Model[]) {
  const pty = await openPty();
  onTestFinished(() => pty.close());
  serve(pty, models);
  return pty.path;
}

it('a running agent asks its devices what they are, and tells it', async () => {
  const path = await lineWith(modelOf(1, OBJECTS), modelOf(2));
  const broker = await brokerFor();
  const device = (unit: number, more = {}) => ({
    ...{ id: `unit-${unit}`, driver: 'modbus-rtu', options: { unit, timeoutMs: 500 }, pollMs: 1000, ...more },
    points: [{ name: 'value', register: 'holding', address: 0, type: 'uint16' }],
  });
  const config = {
    gateway: 'ident',
    mqtt: { url: broker.url },
    buses: [
      {
        ...{ id: 'line', port: { path, baudRate: 115_200 } },
        devices: [
          device(1, { identity: { serial: 'of the config' } }),
          device(2, { identity: { maker: 'unknown to it' } }),
        ],
      },
    ],
  };
  const witness = await witnessOf(broker.url, 'fieldward/ident');
  const agent = await runAgent(config);
  const identity = (id: string) =>
    witness.messages.findLast(({ topic }) => topic === `fieldward/ident/${id}/identity`)?.text ?? '{}';
  await expect
    .poll(() => JSON.parse(identity('unit-1')), { interval: 50, timeout: 30_000 })
    .toEqual({ maker: 'Acme', model: 'M-7 three-phase', serial: 'of the config', firmware: 'V1.2' });
  expect(JSON.parse(identity('unit-2'))).toEqual({ maker: 'unknown to it' });
  await agent.stop();
});

it('the command line asks one device on a port, says where it does not tell, and where nobody answers', async () => {
  const path = await lineWith(modelOf(1, OBJECTS), modelOf(2));
  const ask = (...more: readonly string[]) =>
    agentFor({ args: ['identify', path, '--baud', '115200', '--timeout-ms', '500', ...more] });
  const told = ask();
  expect(await told.ended).toEqual({ code: 0, signal: null });
  expect(told.stdout).toBe('maker     Acme\nmodel     M-7 three-phase\nfirmware  V1.2\n');
  const json = ask('--json');
  expect(await json.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(json.stdout)).toEqual({ maker: 'Acme', model: 'M-7 three-phase', firmware: 'V1.2' });
  const mute = ask('--unit', '2');
  expect(await mute.ended).toEqual({ code: 69, signal: null });
  expect(mute.stdout).toBe('');
  expect(mute.stderr).toContain('It answers, and does not tell what it is');
  const nobody = ask('--unit', '3');
  expect(await nobody.ended).toEqual({ code: 69, signal: null });
  expect(nobody.stderr).toContain('Many Modbus devices do not know this question');
});

it('the command line asks a SunSpec device for its common model, by name of the driver and without', async () => {
  const inverter = sunspecInverter({ unit: 126, now: () => 0 });
  const objects = { 0: 'Acme of the basic objects', 2: 'V9' };
  const both = Object.assign(sunspecInverter({ unit: 127, now: () => 0 }), { identification: { objects } });
  const path = await lineWith(inverter, both);
  const ask = (...more: readonly string[]) =>
    agentFor({ args: ['identify', path, '--baud', '115200', '--timeout-ms', '500', ...more] });
  const named = ask('--unit', '126', '--driver', 'sunspec-rtu', '--json');
  expect(await named.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(named.stdout)).toMatchObject({ serial: 'INV-126', maker: expect.any(String) });
  const found = ask('--unit', '126', '--json');
  expect(await found.ended).toEqual({ code: 0, signal: null });
  expect(found.stdout).toBe(named.stdout);
  const one = ask('--unit', '127', '--json');
  expect(await one.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(one.stdout)).toMatchObject({ serial: 'INV-127', maker: JSON.parse(named.stdout).maker });
  const asked = ask('--unit', '127', '--driver', 'modbus-rtu', '--json');
  expect(await asked.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(asked.stdout)).toEqual({ maker: 'Acme of the basic objects', firmware: 'V9' });
  const wrong = ask('--driver', 'sunspec-tcp');
  expect(await wrong.ended).toEqual({ code: 64, signal: null });
  expect(wrong.stderr).toContain('sunspec-tcp needs a server');
});

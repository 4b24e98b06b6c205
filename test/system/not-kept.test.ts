import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { brokerFor, rigDevice, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { notifySocket } from '../support/notify-socket.ts';
import { toolFor } from '../support/tool.ts';
import { type Habit, WillfulDevice } from '../support/willful-device.ts';
import { witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const at = { stuck: 1, kept: 2, slow: 3, accepted: 4, gateway: 5, busy: 6, pulse: 7 };
const HABITS: Readonly<Record<number, Habit>> = {
  [at.stuck]: 'drops',
  [at.slow]: { afterMs: 400 },
  [at.accepted]: { exception: 5 },
  [at.gateway]: { exception: 11 },
  [at.busy]: { exception: 6 },
  [at.pulse]: 'drops',
};
const register = (name: keyof typeof at) => ({
  ...{ name, register: 'holding', address: at[name], type: 'uint16', writable: true },
});
const points = [
  { name: 'relay', register: 'coil', address: at.stuck, type: 'bool', writable: true },
  ...(['kept', 'slow', 'accepted', 'gateway', 'busy'] as const).map(register),
  { name: 'pulse', register: 'coil', address: at.pulse, type: 'bool', writable: true, readBack: false },
];

async function staged(more: object = {}, setup: Parameters<typeof runAgent>[1] = {}) {
  const device = await WillfulDevice.start(HABITS);
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const directory = await temporaryFolder();
  const port = { host: '127.0.0.1', tcpPort: device.tcpPort };
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1_000 },
    commands: { enabled: true, allow: ['read', 'write'], directory },
    buses: [{ id: 'line', port, devices: [rigDevice(1, { points, ...more })] }],
  };
  const agent = await runAgent(config, setup);
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  const ctl = async (line: string) => {
    const program = toolFor({ args: ['ctl', 'system', ...line.split(' '), '--url', broker.url] });
    const { code } = await program.ended;
    return { code, out: program.stdout, err: program.stderr };
  };
  return { device, broker, witness, agent, ctl };
}

it('says that a device confirmed a write and did not keep it, with what it holds', async () => {
  const { ctl, device } = await staged();
  const stuck = await ctl('write unit-1 relay=true kept=7');
  expect(stuck).toMatchObject({ code: 74, err: expect.stringContaining('(command/not-kept)') });
  expect(stuck.out).toMatch(/^failed at .*\n {2}relay +false\n {2}kept +7\n$/);
  expect(await ctl('write unit-1 kept=8')).toMatchObject({ code: 0, out: expect.stringMatching(/^verified/) });
  const slow = await ctl('write unit-1 slow=9');
  expect(slow).toMatchObject({ code: 0, out: expect.stringMatching(/^verified .*\n {2}slow +9\n$/) });
  expect(await ctl('write unit-1 pulse=true')).toMatchObject({ code: 0, out: expect.stringMatching(/^applied/) });
  expect(device.written).toEqual(['1=1', '2=7', '2=8', '3=9', '7=1']);
});

it('does not know what became of a write after exceptions 5 and 11, and sends it once', async () => {
  const { ctl, device } = await staged();
  const accepted = await ctl('write unit-1 accepted=1');
  expect(accepted).toMatchObject({ code: 76, err: expect.stringContaining('(modbus/acknowledge)') });
  const gateway = await ctl('write unit-1 gateway=1');
  expect(gateway).toMatchObject({ code: 76, err: expect.stringContaining('(modbus/gateway-target)') });
  const busy = await ctl('write unit-1 busy=1');
  expect(busy).toMatchObject({ code: 74, err: expect.stringContaining('(modbus/device-busy)') });
  expect(device.written).toEqual(['4=1', '5=1', '6=1']);
});

it('goes on setting outputs that the device does not keep, and tells so', async () => {
  const onLinkLoss = { afterMs: 1_000, write: { relay: true } };
  const { address, until } = await notifySocket();
  const through = ['perl', resolve('systemd/notify-launcher')];
  const { device, broker, witness, agent } = await staged({ onLinkLoss }, { through, env: { NOTIFY_SOCKET: address } });
  const line = until('outputs of 1 device not set');
  await broker.kill();
  await expect.poll(() => device.written.length).toBeGreaterThanOrEqual(3);
  expect(agent.stdout).toMatch(/"outputs not set: the broker is away".*"code":"command\/not-kept"/);
  expect(agent.stdout).not.toContain('outputs set');
  await line;
  device.habits.set(at.stuck, 'keeps');
  await expect.poll(() => agent.stdout).toContain('"outputs set: the broker is away"');
  expect(device.held.get(at.stuck)).toBe(1);
  const tries = device.written.length;
  await broker.start();
  const told = () => witness.status()?.devices['unit-1'];
  await witness.until('the status', () => told()?.outputs?.outcome === 'verified');
  expect(told()?.outputs).toMatchObject({ tries, fault: null });
});

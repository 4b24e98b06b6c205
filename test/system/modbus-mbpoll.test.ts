import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Duplex, type Model, serve } from '../../scripts/sim/modbus-server.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { agentFor, configFile } from '../support/agent-process.ts';

const HERE = spawnSync('mbpoll', ['-V']).status === 0;
const run = promisify(execFile);

/** 32 registers and coils that hold what is written. */
function memory(unit: number): Model {
  const registers = Uint8Array.from({ length: 64 }, (_, index) => index);
  const coils = Array.from({ length: 32 }, (_, index) => index % 3 === 0);
  return {
    unit,
    registers: (_, address, count) =>
      address + count > 32 ? undefined : registers.slice(address * 2, (address + count) * 2),
    bits: (_, address, count) => (address + count > 32 ? undefined : coils.slice(address, address + count)),
    writeRegisters(address, bytes) {
      if (address * 2 + bytes.length > registers.length) return false;
      registers.set(bytes, address * 2);
      return true;
    },
    writeCoils(address, values) {
      if (address + values.length > coils.length) return false;
      coils.splice(address, values.length, ...values);
      return true;
    },
  };
}

/** A server that reaches these units, and says of all others that it does not. */
async function serverFor(models: readonly Model[]): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    const duplex: Duplex = {
      write: (bytes) => socket.write(bytes),
      onBytes: (listener) => void socket.on('data', listener),
    };
    serve(duplex, models, { framing: 'tcp', unreached: 11 });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Arguments of mbpoll that lead to our simulator. */
const WAYS = {
  async 'Modbus RTU'(): Promise<readonly string[]> {
    const pty = await openPty();
    onTestFinished(() => pty.close());
    serve(pty, [memory(7), memory(9)]);
    return ['-m', 'rtu', '-b', '115200', '-P', 'none', pty.path];
  },
  async 'Modbus TCP'(): Promise<readonly string[]> {
    const port = await serverFor([memory(7), memory(9)]);
    return ['-m', 'tcp', '-p', String(port), '127.0.0.1'];
  },
};

describe.skipIf(!HERE)('mbpoll as master', () => {
  it.each(Object.entries(WAYS))('reads and writes our simulator over %s', async (_, open) => {
    const way = await open();
    const mbpoll = async (own: readonly string[], values: readonly string[] = []): Promise<string> => {
      const { stdout } = await run('mbpoll', ['-1', '-0', '-o', '10', ...own, ...way, ...values]);
      return stdout;
    };
    const valuesOf = (text: string) => [...text.matchAll(/^\[(\d+)\]:\s+(\S+)/gm)].map(([, at, value]) => [at, value]);
    expect(valuesOf(await mbpoll(['-a', '7', '-r', '3', '-c', '3']))).toEqual([
      ['3', String(0x0607)],
      ['4', String(0x0809)],
      ['5', String(0x0a0b)],
    ]);
    expect(await mbpoll(['-a', '9', '-r', '3'], ['1234', '4321'])).toContain('Written 2 references');
    expect(valuesOf(await mbpoll(['-a', '9', '-r', '3', '-c', '2', '-t', '4']))).toEqual([
      ['3', '1234'],
      ['4', '4321'],
    ]);
    expect(await mbpoll(['-a', '9', '-r', '1', '-t', '0'], ['1'])).toContain('Written 1 references');
    expect(valuesOf(await mbpoll(['-a', '9', '-r', '0', '-c', '4', '-t', '0'])).map(([, value]) => value)).toEqual([
      ...['1', '1', '0', '1'],
    ]);
    const refused = await run('mbpoll', ['-1', '-0', '-a', '7', '-r', '40', ...way]).catch((error) => error);
    expect(`${refused.stdout}${refused.stderr}`).toContain('Illegal data address');
  });
});

describe('a server of Modbus TCP', () => {
  it('is scanned by name, and the units are told apart that its gateway does not reach', async () => {
    const port = await serverFor([memory(7), memory(9)]);
    const found = agentFor({ args: ['scan', `127.0.0.1:${port}`, '--units', '5-10'] });
    expect(await found.ended).toEqual({ code: 0, signal: null });
    expect(found.stdout.trimEnd().split('\n')).toEqual(['unit 7: answers', 'unit 9: answers']);
    const nobody = agentFor({ args: ['scan', `127.0.0.1:${port}`, '--units', '20-22'] });
    expect(await nobody.ended).toEqual({ code: 69, signal: null });
    expect(nobody.stderr).toContain('The gateway answers, and reaches no device: 3 units.');
  });

  it('is polled, also raw, and a unit that is not reached is a matter of its own', async () => {
    const port = await serverFor([memory(7)]);
    const device = (id: string, unit: number) => ({
      ...{ id, driver: 'modbus-tcp', options: { unit, maxInFlight: 4, timeoutMs: 2000 } },
      points: [
        { name: 'first', register: 'holding', address: 0, type: 'uint16' },
        { name: 'last', register: 'holding', address: 31, type: 'uint16' },
      ],
    });
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: 'mqtt://127.0.0.1:1' },
      buses: [
        { id: 'net', port: { host: '127.0.0.1', tcpPort: port }, devices: [device('there', 7), device('gone', 8)] },
      ],
    });
    const there = agentFor({ args: ['poll', 'there', '--once', '--json', '--config', file] });
    expect(await there.ended).toEqual({ code: 0, signal: null });
    expect(JSON.parse(there.stdout).values).toEqual({ first: 1, last: 0x3e3f });
    const raw = agentFor({ args: ['poll', 'there', 'first', '--raw', '--config', file] });
    expect(await raw.ended).toEqual({ code: 0, signal: null });
    expect(raw.stdout).toMatch(/^first: holding 0: uint16$[\s\S]*^ *registers +0001 +0203/m);
    const gone = agentFor({ args: ['poll', 'gone', '--once', '--json', '--config', file] });
    expect(await gone.ended).toEqual({ code: 70, signal: null });
    expect(gone.stdout).toContain('modbus/gateway-target');
  });

  it('is refused at a serial port before anything runs', async () => {
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: 'mqtt://127.0.0.1:1' },
      buses: [
        {
          id: 'line',
          port: { path: '/dev/ttyS0' },
          devices: [
            {
              ...{ id: 'd', driver: 'modbus-tcp', options: { unit: 1 } },
              points: [{ name: 'first', register: 'holding', address: 0, type: 'uint16' }],
            },
          ],
        },
      ],
    });
    const check = agentFor({ args: ['check', file] });
    expect(await check.ended).toEqual({ code: 78, signal: null });
    expect(check.stderr + check.stdout).toContain('speaks over TCP: its bus needs a port with host and tcpPort');
  });
});

describe('a line of Modbus ASCII', () => {
  it('is scanned and polled, with pauses within an answer', async () => {
    const pty = await openPty();
    onTestFinished(() => pty.close());
    let before = Promise.resolve();
    const slow: Duplex = {
      onBytes: (listener) => pty.onBytes(listener),
      write(bytes) {
        const half = bytes.length >> 1;
        const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 400));
        before = before
          .then(() => pty.write(bytes.subarray(0, half)))
          .then(pause)
          .then(() => pty.write(bytes.subarray(half)));
      },
    };
    serve(slow, [memory(7)], { framing: 'ascii' });
    const line = ['--baud', '115200', '--data-bits', '7', '--parity', 'even'];
    const found = agentFor({
      args: ['scan', pty.path, '--driver', 'modbus-ascii', ...line, '--units', '6-7', '--listen-ms', '0'],
    });
    expect(await found.ended).toEqual({ code: 0, signal: null });
    expect(found.stdout.trimEnd()).toBe('unit 7: answers');
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: 'mqtt://127.0.0.1:1' },
      buses: [
        {
          id: 'line',
          port: { path: pty.path, baudRate: 115_200, dataBits: 7, parity: 'even' },
          devices: [
            {
              ...{ id: 'drive', driver: 'modbus-ascii', options: { unit: 7 }, pollMs: 60_000 },
              points: [{ name: 'first', register: 'holding', address: 1, type: 'uint16' }],
            },
          ],
        },
      ],
    });
    const polled = agentFor({ args: ['poll', 'drive', '--once', '--json', '--config', file] });
    expect(await polled.ended).toEqual({ code: 0, signal: null });
    expect(JSON.parse(polled.stdout).values).toEqual({ first: 0x0203 });
  });
});

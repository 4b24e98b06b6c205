import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { freePort } from '../../scripts/testbed/place.ts';
import { device as rtuDevice, tcpDevice } from '../drivers/modbus/support.ts';
import { asked, type Flat } from '../support/dialogue.ts';

const SOURCE = fileURLToPath(new URL('../rig/modbus-slave.c', import.meta.url));
const FLAGS = spawnSync('pkg-config', ['--cflags', '--libs', 'libmodbus'], { encoding: 'utf8' });
const HERE = FLAGS.status === 0 && spawnSync('gcc', ['--version']).status === 0;

/** Longer than any pause of a loaded machine; nothing waits for it when all is well. */
const PATIENCE = 10_000;

/** A way to the slave: the requests that are written there, and the bytes that come. */
interface Wire {
  /** As the slave's program names it. */
  readonly name: string;
  connected(): Promise<{ write(bytes: Uint8Array): unknown; onBytes(listener: (chunk: Uint8Array) => void): void }>;
  close(): unknown;
}

async function lineWire(): Promise<Wire> {
  const pty = await openPty();
  return { name: pty.path, connected: async () => pty, close: () => pty.close() };
}

async function networkWire(): Promise<Wire> {
  const port = await freePort();
  let open: Socket | undefined;
  return {
    name: `tcp:${port}`,
    async connected() {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      open = socket;
      await once(socket, 'connect');
      return { write: (bytes) => socket.write(bytes), onBytes: (listener) => void socket.on('data', listener) };
    },
    close: () => open?.destroy(),
  };
}

describe.skipIf(!HERE).each([
  ['Modbus RTU', lineWire, rtuDevice],
  ['Modbus TCP', networkWire, tcpDevice],
] as const)('against libmodbus over %s', (_, open, device) => {
  let folder: string;
  let wire: Wire;
  let line: Awaited<ReturnType<Wire['connected']>>;
  let slave: ChildProcess;
  let received: Buffer = Buffer.alloc(0);
  let runs = 65_530;
  let arrived: () => void = () => {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'libmodbus-'));
    const program = join(folder, 'modbus-slave');
    execFileSync('gcc', ['-O2', '-Wall', '-o', program, SOURCE, ...FLAGS.stdout.trim().split(/\s+/)]);
    wire = await open();
    slave = spawn(program, [wire.name, '7'], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (slave.stdout !== null) await once(slave.stdout, 'data');
    line = await wire.connected();
    line.onBytes((chunk) => {
      received = Buffer.concat([received, chunk]);
      arrived();
    });
  });

  afterAll(async () => {
    slave?.kill('SIGKILL');
    await wire?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(dialogue: Dialogue): Promise<Flat> {
    const exchange = asked(dialogue, runs++);
    received = Buffer.alloc(0);
    const ended = AbortSignal.timeout(PATIENCE);
    await line.write(exchange.request);
    let answer = exchange.answer(received, false);
    while (answer.state === 'more' && !ended.aborted) {
      const more = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      await Promise.race([more, wait(50)]);
      answer = exchange.answer(received, ended.aborted);
    }
    return answer;
  }

  async function values(dialogues: readonly Dialogue[]): Promise<Record<string, Value>> {
    const samples = [];
    for (const dialogue of dialogues) {
      const answer = await ask(dialogue);
      if (answer.state === 'failed') throw answer.fault;
      if (answer.state === 'done') samples.push(...answer.samples);
    }
    return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
  }

  test('reads its encodings in all orders', async () => {
    const float = (name: string, address: number, wordOrder: string, byteOrder: string) => ({
      ...{ name, register: 'input', address, type: 'float32', wordOrder, byteOrder },
    });
    const made = device(
      [
        float('abcd', 0, 'big', 'big'),
        float('cdab', 2, 'little', 'big'),
        float('badc', 4, 'big', 'little'),
        float('dcba', 6, 'little', 'little'),
        { name: 'int32', register: 'input', address: 8, type: 'int32' },
        { name: 'int64', register: 'input', address: 10, type: 'int64' },
      ],
      { unit: 7 },
    );
    const plan = made.plan(made.points.map(({ name }) => name));
    expect(plan).toHaveLength(1);
    expect(await values(plan)).toEqual({
      abcd: 230.1,
      cdab: 230.1,
      badc: 230.1,
      dcba: 230.1,
      int32: -123456789,
      int64: -1234567890123,
    });
  });

  test('reads discrete inputs', async () => {
    const made = device(
      Array.from({ length: 64 }, (_, address) => ({
        name: `d${address}`,
        register: 'discrete',
        address,
        type: 'bool',
      })),
      { unit: 7 },
    );
    const read = await values(made.plan(made.points.map(({ name }) => name)));
    for (let address = 0; address < 64; address += 1) expect(read[`d${address}`]).toBe(address % 3 === 0);
  });

  test.each(['single', 'multiple', 'read-write'])('reads what it wrote by %s', async (writeFunction) => {
    const holding = (name: string, address: number, type: string, more = {}) => ({
      ...{ name, register: 'holding', address, type, writable: true, ...more },
    });
    const made = device(
      [
        holding('uint16', 0, 'uint16'),
        holding('double', 1, 'float64', { wordOrder: 'little' }),
        holding('bcd', 5, 'bcd32'),
        holding('text', 7, 'string', { length: 4 }),
        { name: 'coil-1', register: 'coil', address: 5, type: 'bool', writable: true },
        { name: 'coil-2', register: 'coil', address: 6, type: 'bool', writable: true },
      ],
      { unit: 7, writeFunction },
    );
    for (const given of [
      { uint16: 65_535, double: -1.5e300, bcd: 12_345_678, text: 'Fieldwrd', 'coil-1': true, 'coil-2': false },
      { uint16: 1, double: 0.1, bcd: 0, text: 'x', 'coil-1': false, 'coil-2': true },
    ]) {
      for (const [name, value] of Object.entries(given)) await values(made.write(new Map([[name, value]])));
      expect(await values(made.plan(Object.keys(given)))).toEqual(given);
      const written = await values(made.write(new Map(Object.entries(given))));
      if (writeFunction === 'read-write') expect(written).toMatchObject({ double: given.double, text: given.text });
    }
  });

  test('takes its exception for an address that it does not have', async () => {
    const made = device([{ name: 'beyond', register: 'holding', address: 64, type: 'uint16' }], { unit: 7 });
    for (const dialogue of made.plan(['beyond'])) {
      await expect(values([dialogue])).rejects.toMatchObject({ code: 'modbus/illegal-address' });
    }
  });

  test('reads all kinds of registers at once where that can be', async () => {
    const points = [
      { name: 'coil', register: 'coil', address: 60, type: 'bool' },
      { name: 'discrete', register: 'discrete', address: 33, type: 'bool' },
      { name: 'input', register: 'input', address: 8, type: 'int32' },
      { name: 'holding', register: 'holding', address: 60, type: 'uint16' },
    ];
    const inFlight = device === tcpDevice ? { maxInFlight: 4 } : {};
    const made = device(points, { unit: 7, ...inFlight });
    const plan = made.plan(points.map(({ name }) => name));
    expect(plan).toHaveLength(device === tcpDevice ? 1 : 4);
    expect(await values(plan)).toEqual({ coil: false, discrete: true, input: -123456789, holding: 0 });
  });
});

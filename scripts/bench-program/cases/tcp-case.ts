import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startAgent } from '../../testbed/agent-process.ts';
import { asTheUnit } from '../../testbed/as-the-unit.ts';
import { compileC } from '../../testbed/compile.ts';
import { startMosquitto } from '../../testbed/mosquitto.ts';
import { checkout, freePort } from '../../testbed/place.ts';
import { type Program, startProgram } from '../../testbed/program.ts';
import { type Figures, ratios } from '../figures.ts';
import { installNodePeer } from '../node-peer.ts';
import { buildCPeer } from '../peers.ts';
import { deviceId } from '../subject.ts';
import { cpuMsOf, residentBytes } from '../usage.ts';
import { type Arrival, subscribe } from '../witness.ts';
import type { Case, CaseSetup, Row } from './case.ts';

/** Each request reads so many registers, so far from those of the next one that no program joins them. */
const REGISTERS = 10;
const APART = 1000;
const REQUESTS = 8;
const IN_FLIGHT = [1, REQUESTS] as const;

const WARM_UP = 2000;
const READY_WITHIN = 20_000;
const TIMEOUT_MS = 500;

/** The server that answers. */
interface Server {
  readonly name: string;
  words(port: number): Promise<readonly [string, ...string[]]>;
}

const SERVERS: readonly Server[] = [
  {
    name: 'libmodbus',
    async words(port) {
      const { stdout } = await promisify(execFile)('pkg-config', ['--cflags', '--libs', 'libmodbus']);
      return [await compileC('test/bench/tcp-server.c', stdout.trim().split(/\s+/)), String(port)];
    },
  },
  {
    name: 'pymodbus',
    // Debian's own Python, which has Debian's packages
    words: async (port) => ['/usr/bin/python3', join(checkout(), 'test', 'bench', 'tcp-server.py'), String(port)],
  },
];

/** The measured program: `start` gets the server's port, the broker's, and a folder for its files. */
interface Client {
  readonly name: string;
  start(port: number, brokerPort: number, inFlight: number, folder: string): Promise<Program>;
}

export const tcpCase: Case = {
  name: 'tcp',
  summary: '8 requests of 10 registers each to a Modbus TCP server of libmodbus or pymodbus, 1 or 8 in flight',
  bauds: [],
  columns: [
    { head: 'in flight', figure: 'inFlight', digits: 0 },
    { head: 'requests/s', figure: 'requestsPerS', digits: 0 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
    { head: 'CPU ms/1000', figure: 'cpuMsPer1000Requests', digits: 0 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
  ],
  async *run(setup) {
    for (const server of SERVERS) {
      for (const inFlight of IN_FLIGHT) {
        const ours = await measure(setup, server, fieldward, inFlight);
        yield ours;
        for (const client of setup.peers ? await clients() : []) {
          const theirs = await measure(setup, server, client, inFlight);
          const compared = ['requestsPerS', 'cpuMsPer1000Requests', 'rssMiB'];
          yield { ...theirs, ratios: ratios(ours.figures, theirs.figures, compared) };
        }
      }
    }
  },
};

const fieldward: Client = {
  name: 'fieldward',
  async start(port, brokerPort, inFlight, folder) {
    const config = join(folder, 'fieldward.yaml');
    const points = Array.from({ length: REQUESTS * REGISTERS }, (_, index) => {
      const address = Math.floor(index / REGISTERS) * APART + (index % REGISTERS);
      return { name: `r${address}`, register: 'holding', address, type: 'uint16' };
    });
    const device = {
      ...{ id: deviceId(0, 1), driver: 'modbus-tcp', pollMs: 0, points },
      options: { unit: 1, timeoutMs: TIMEOUT_MS, maxInFlight: inFlight },
    };
    const content = {
      gateway: 'bench',
      mqtt: { url: `mqtt://127.0.0.1:${brokerPort}` },
      log: { level: 'warn' },
      buses: [{ id: 'net', port: { host: '127.0.0.1', tcpPort: port }, devices: [device] }],
    };
    await writeFile(config, JSON.stringify(content, null, 2));
    return startAgent(asTheUnit({ args: ['run', '--config', config] }));
  },
};

async function clients(): Promise<readonly Client[]> {
  const programs = [
    ['c', [await buildCPeer()]],
    ['node', [process.execPath, await installNodePeer('peer-node')]],
  ] as const;
  return programs.map(([name, words]) => ({
    name,
    async start(port, brokerPort, inFlight, folder) {
      const plan = join(folder, 'plan');
      await writeFile(plan, Array.from({ length: REQUESTS }, (_, at) => planLine(at * APART)).join(''));
      const [program = '', ...args] = words;
      return startProgram({
        words: [program, ...args, `tcp:${port}`, '0', String(brokerPort), plan, '0', String(inFlight)],
      });
    },
  }));
}

function planLine(address: number): string {
  const names = Array.from({ length: REGISTERS }, (_, index) => `r${address + index}`).join(',');
  return `1 3 ${address} ${REGISTERS} uint16 peer/bench/${deviceId(0, 1)}/readings ${names}\n`;
}

async function measure(setup: CaseSetup, server: Server, client: Client, inFlight: number): Promise<Row> {
  const { seconds, signal } = setup;
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    signal.throwIfAborted();
    const port = await freePort();
    const answering = startProgram({ words: await server.words(port) });
    undo.push(() => answering.stop());
    await said(answering, 'ready', signal);
    const broker = await startMosquitto();
    undo.push(() => broker.stop());
    const witness = await subscribe(broker.url);
    undo.push(() => witness.end());
    const program = await client.start(port, broker.port, inFlight, folder);
    undo.push(() => program.stop());
    const late = wait(READY_WITHIN, undefined, { signal }).then(() => {
      throw new Error(`no reading came:\n${(program.stdout + program.stderr).slice(-3000)}`);
    });
    await Promise.race([witness.first, late]);
    late.catch(() => undefined);
    await wait(WARM_UP, undefined, { signal });
    const [from, cpuBefore] = [performance.now(), await cpuMsOf(program.pid)];
    witness.forget();
    await wait(seconds * 1000, undefined, { signal });
    const took = (performance.now() - from) / 1000;
    const cpu = (await cpuMsOf(program.pid)) - cpuBefore;
    const figures = figuresOf(witness.arrivals(), took, cpu, await residentBytes(program.pid));
    return { case: `tcp ${server.name}`, subject: client.name, baud: 0, figures: { inFlight, ...figures } };
  } finally {
    for (const each of undo.reverse()) await each().catch(() => {});
  }
}

/** Every program publishes each value once for each answer that it came in. */
function figuresOf(arrivals: readonly Arrival[], seconds: number, cpu: number, rssBytes: number): Figures {
  let [values, wrongValues] = [0, 0];
  for (const arrival of arrivals) {
    for (const [name, value] of Object.entries(arrival.values)) {
      values += 1;
      if (value !== Number(name.slice(1))) wrongValues += 1;
    }
  }
  const requests = values / REGISTERS;
  return {
    seconds,
    requestsPerS: requests / seconds,
    wrongValues,
    cpuMsPer1000Requests: (cpu / requests) * 1000,
    rssMiB: rssBytes / 1_048_576,
  };
}

async function said(program: Program, word: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_WITHIN;
  while (!program.stdout.includes(word)) {
    if (performance.now() > until) throw new Error(`the server does not start:\n${program.stderr.slice(-3000)}`);
    await wait(20, undefined, { signal });
  }
  // it says so right before it listens
  await wait(500, undefined, { signal });
}

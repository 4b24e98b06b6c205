import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Model, serve } from '../sim/modbus-server.ts';
import { openPty } from '../sim/pty.ts';
import { deviceNames, simulated, wantedDevices } from './devices.ts';

const USAGE = `scripts/simulator: simulated Modbus and SunSpec devices, to try the agent with

    scripts/simulator [DEVICE…] [--baud N] [--link PATH]      on a serial line, which it names
    scripts/simulator [DEVICE…] --tcp PORT                    on the loopback by Modbus TCP; 0: any free port

DEVICE is NAME or NAME@UNIT, as sunspec-inverter@126; without a unit the next one, from 1.
Default: eastron-sdm630 sunspec-inverter. Ctrl-C ends it.

  --baud N     how fast the answers come, 1200 to 115200 (default 9600)
  --link PATH  a stable name for the line
  --list       the names of all devices: SunSpec, and each Modbus profile with what its test vectors hold
`;

/** A real meter thinks before it answers, milliseconds. */
const TURNAROUND = 20;

const over = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => over.abort());

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      baud: { type: 'string', default: '9600' },
      link: { type: 'string' },
      tcp: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const baud = Number(values.baud);
  if (!/^[0-9]{4,6}$/.test(values.baud) || baud < 1200 || baud > 115_200)
    throw new RangeError('--baud is 1200 to 115200');
  if (values.tcp !== undefined && !/^[0-9]{1,5}$/.test(values.tcp)) throw new RangeError('--tcp is a port, or 0');
  const devices = wantedDevices(positionals.length > 0 ? positionals : ['eastron-sdm630', 'sunspec-inverter']);
  return { ...values, baud, devices };
}

async function run(): Promise<void> {
  const { baud, link, tcp, list, help, devices } = readArguments();
  if (help) return void process.stdout.write(USAGE);
  if (list) return void process.stdout.write(`${(await deviceNames()).join('\n')}\n`);
  const models = await Promise.all(devices.map((each) => simulated(each, () => performance.now())));
  for (const [at, { name }] of devices.entries()) process.stdout.write(`unit ${models[at]?.unit}: ${name}\n`);
  const close = tcp === undefined ? await onLine(models, baud, link) : await onNetwork(models, Number(tcp));
  if (!over.signal.aborted) await once(over.signal, 'abort');
  await close();
}

async function onLine(models: readonly Model[], baud: number, link?: string): Promise<() => unknown> {
  const pty = await openPty(link === undefined ? {} : { link });
  const write = (bytes: Uint8Array) => pty.write(bytes).catch(() => undefined);
  serve({ write, onBytes: (listener) => pty.onBytes(listener) }, models, {
    pause: (length) => wait(TURNAROUND + (length * 10_000) / baud),
  });
  process.stdout.write(`line: ${pty.name}, ${baud} baud. Name it where a page names a port.\n`);
  process.stdout.write(`Try: fieldward scan ${pty.name} --baud ${baud} --units 1-10\n`);
  return () => pty.close();
}

async function onNetwork(models: readonly Model[], port: number): Promise<() => unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const line = {
      write: (bytes: Uint8Array) => socket.write(bytes),
      onBytes: (hear: (chunk: Uint8Array) => void) => void socket.on('data', hear),
    };
    serve(line, models, { framing: 'tcp', unreached: 11, pause: () => wait(TURNAROUND) });
    over.signal.addEventListener('abort', () => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`Try: fieldward scan 127.0.0.1:${(server.address() as AddressInfo).port} --units 1-10\n`);
  return () => server.close();
}

try {
  await run();
} catch (thrown) {
  process.stderr.write(`simulator: ${thrown instanceof Error ? thrown.message : 'wrong usage'}\n\n${USAGE}`);
  process.exitCode = 64;
}

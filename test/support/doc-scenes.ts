import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gpsEpoch } from '../../scripts/sim/gps.ts';
import { serveMeters } from '../../scripts/sim/mbus-bus.ts';
import { heatMeter } from '../../scripts/sim/mbus-meters.ts';
import { meterModel } from '../../scripts/sim/meter-model.ts';
import { type Duplex, serve } from '../../scripts/sim/modbus-server.ts';
import { P1Meter } from '../../scripts/sim/p1-meter.ts';
import { openPty, type Pty } from '../../scripts/sim/pty.ts';

/** Has something done at the end of the test whose equipment it is; several tests run at once. */
type AtEnd = (act: () => void | Promise<void>) => void;

/** Something at the other end of a line. */
type Equipment = (pty: Pty, atEnd: AtEnd) => void | Promise<void>;

const now = () => performance.now();

/** Equipment of the pages, by what it shows. */
const EQUIPMENT = {
  meter: async (pty) => void serve(duplex(pty), [await meterModel('eastron-sdm120', { unit: 1, now })]),
  heat: (pty) => {
    serveMeters(duplex(pty), [heatMeter(5, '24083001', Date.now)], { pause: () => wait(20) });
  },
  p1: (pty, atEnd) => {
    const meter = new P1Meter(Date.now());
    talk(pty, atEnd, () => meter.telegram(Date.now()));
  },
  gps: (pty, atEnd) => talk(pty, atEnd, () => Buffer.from(gpsEpoch(Date.now()).join(''), 'ascii')),
  /** It takes all and says nothing: a pair that is exchanged, a device without power. */
  nobody: (pty) => pty.onBytes(() => {}),
  /** Answers that no checksum fits, as at a wrong speed. */
  garbled: (pty) => pty.onBytes(() => void send(pty, Buffer.from([0xf8, 0x1e, 0x80, 0xfe, 0x06, 0x98, 0x7e]))),
  /** Every request comes back, and nothing else. */
  echo: (pty) => pty.onBytes((bytes) => void send(pty, bytes)),
} satisfies Readonly<Record<string, Equipment>>;

export type EquipmentName = keyof typeof EQUIPMENT;

/** Ports that the pages name, below /dev/serial/by-id, each with its usual equipment. */
const PORTS: Readonly<Record<string, EquipmentName>> = {
  'usb-FTDI_USB-RS485-if00-port0': 'meter',
  'usb-FTDI_MBUS-if00-port0': 'heat',
  'usb-FTDI_P1-if00-port0': 'p1',
  'usb-u-blox-if00': 'gps',
};

/** Puts equipment behind the ports that a text names, and a Modbus TCP meter on the network where it names that. */
export async function setUp(
  folder: string,
  text: string,
  other: Readonly<Record<string, EquipmentName>>,
  atEnd: AtEnd,
): Promise<void> {
  for (const [name, usual] of Object.entries(PORTS)) {
    if (!text.includes(name)) continue;
    const pty = await openPty({ link: join(folder, 'ports', name) });
    atEnd(() => pty.close());
    const equipment: Equipment = EQUIPMENT[other[name] ?? usual];
    await equipment(pty, atEnd);
  }
  if (text.includes('10.0.0.9')) await serveOnNetwork(join(folder, 'network.sock'), atEnd);
}

/** A Unix socket, because the box has a network of its own. */
async function serveOnNetwork(path: string, atEnd: AtEnd): Promise<void> {
  const model = await meterModel('eastron-sdm120', { unit: 1, now });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    atEnd(() => void socket.destroy());
    const line: Duplex = { write: (bytes) => socket.write(bytes), onBytes: (listener) => socket.on('data', listener) };
    serve(line, [model], { framing: 'tcp' });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  atEnd(() => void server.close());
}

function duplex(pty: Pty): Duplex {
  return { write: (bytes) => send(pty, bytes), onBytes: (listener) => pty.onBytes(listener) };
}

function talk(pty: Pty, atEnd: AtEnd, telegram: () => Uint8Array): void {
  const timer = setInterval(() => void send(pty, telegram()), 1000);
  atEnd(() => clearInterval(timer));
}

/** A plug that is pulled takes along what is on its way. */
async function send(pty: Pty, bytes: Uint8Array): Promise<void> {
  await pty.write(bytes).catch(() => {});
}

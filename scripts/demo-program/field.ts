import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gpsEpoch } from '../sim/gps.ts';
import { serveMeters } from '../sim/mbus-bus.ts';
import { heatMeter } from '../sim/mbus-meters.ts';
import { meterModel } from '../sim/meter-model.ts';
import { type Duplex, serve } from '../sim/modbus-server.ts';
import { P1Meter } from '../sim/p1-meter.ts';
import { openPty, type Pty } from '../sim/pty.ts';

/** The stable name of each line's port. */
export interface Ports {
  readonly rs485: string;
  readonly mbus: string;
  readonly p1: string;
  readonly gps: string;
}

/** The simulated devices, behind ports as the operating system would show them. */
export interface Field {
  readonly ports: Ports;
  /** Pulls the GPS's plug or puts it in again; does nothing where it already is so. */
  plug(gps: boolean): Promise<void>;
  close(): Promise<void>;
}

const BAUD = 9600;
const MBUS_BAUD = 2400;
/** A real meter thinks before it answers. */
const TURNAROUND = 20;
/** As a GPS and a P1 meter of DSMR 5 do. */
const TALK_EVERY = 1000;

/** @param folder where the ports get their stable names */
export async function startField(folder: string): Promise<Field> {
  const ports: Ports = {
    rs485: join(folder, 'rs485'),
    mbus: join(folder, 'mbus'),
    p1: join(folder, 'p1'),
    gps: join(folder, 'gps'),
  };
  const now = () => performance.now();
  const [meters, line, mbus, p1, gps] = await Promise.all([
    Promise.all([meterModel('eastron-sdm630', { unit: 1, now }), meterModel('eastron-sdm120', { unit: 2, now })]),
    openPty({ link: ports.rs485 }),
    openPty({ link: ports.mbus }),
    openPty({ link: ports.p1 }),
    openPty({ link: ports.gps }),
  ]);
  serve(duplex(line), meters, {
    pause: (answerLength) => wait(TURNAROUND + (answerLength * 10_000) / BAUD),
  });
  serveMeters(duplex(mbus), [heatMeter(1, '24083001', () => Date.now())], {
    pause: (answerLength) => wait(TURNAROUND + (answerLength * 11_000) / MBUS_BAUD),
  });
  const p1Meter = new P1Meter(Date.now());
  let receiver: Pty | undefined = gps;
  const talk = setInterval(() => {
    void send(p1, p1Meter.telegram(Date.now()));
    if (receiver !== undefined) void send(receiver, Buffer.from(gpsEpoch(Date.now()).join(''), 'ascii'));
  }, TALK_EVERY);
  return {
    ports,
    async plug(gps) {
      if (gps) {
        receiver ??= await openPty({ link: ports.gps });
        return;
      }
      const pulled = receiver;
      receiver = undefined;
      await pulled?.unplug();
    },
    async close() {
      clearInterval(talk);
      await Promise.all([line.close(), mbus.close(), p1.close(), receiver?.close()]);
    },
  };
}

function duplex(pty: Pty): Duplex {
  return { write: (bytes) => send(pty, bytes), onBytes: (listener) => pty.onBytes(listener) };
}

/** Bytes that are sent as the plug is pulled are lost, as on a real line. */
async function send(pty: Pty, bytes: Uint8Array): Promise<void> {
  await pty.write(bytes).catch(() => {});
}

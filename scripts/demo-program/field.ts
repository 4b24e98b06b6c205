import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gpsEpoch } from '../sim/gps.ts';
import { meterModel } from '../sim/meter-model.ts';
import { serve } from '../sim/modbus-server.ts';
import { openPty, type Pty } from '../sim/pty.ts';

/** The simulated devices, behind ports as the operating system would show them. */
export interface Field {
  readonly meterPort: string;
  readonly gpsPort: string;
  /** Pulls the GPS's plug or puts it in again; does nothing where it already is so. */
  plug(gps: boolean): Promise<void>;
  close(): Promise<void>;
}

const BAUD = 9600;
/** A real meter thinks before it answers. */
const TURNAROUND = 20;
const FIX_EVERY = 1000;

/** @param folder where the ports get their stable names */
export async function startField(folder: string): Promise<Field> {
  const meterPort = join(folder, 'rs485');
  const gpsPort = join(folder, 'gps');
  const now = () => performance.now();
  const meters = await Promise.all([
    meterModel('eastron-sdm630', { unit: 1, now }),
    meterModel('eastron-sdm120', { unit: 2, now }),
  ]);
  const line = await openPty({ link: meterPort });
  serve({ write: (bytes) => send(line, bytes), onBytes: (listener) => line.onBytes(listener) }, meters, {
    pause: (answerLength) => wait(TURNAROUND + (answerLength * 10_000) / BAUD),
  });
  let receiver: Pty | undefined = await openPty({ link: gpsPort });
  const talk = setInterval(() => {
    if (receiver !== undefined) void send(receiver, Buffer.from(gpsEpoch(Date.now()).join(''), 'ascii'));
  }, FIX_EVERY);
  return {
    meterPort,
    gpsPort,
    async plug(gps) {
      if (gps) {
        receiver ??= await openPty({ link: gpsPort });
        return;
      }
      const pulled = receiver;
      receiver = undefined;
      await pulled?.unplug();
    },
    async close() {
      clearInterval(talk);
      await Promise.all([line.close(), receiver?.close()]);
    },
  };
}

/** What is sent as the plug is pulled is lost, as on a real line. */
async function send(pty: Pty, bytes: Uint8Array): Promise<void> {
  await pty.write(bytes).catch(() => {});
}

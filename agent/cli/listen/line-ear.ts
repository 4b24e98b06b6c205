import type { BusConfig } from '../../../config/config.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';

const OPENING: Duration = milliseconds(5000);
const CLOSING: Duration = milliseconds(1000);

/** A port that is open and only listened to. */
export interface LineEar {
  /** The adapter holds bytes back for so long, milliseconds; undefined: it does not. */
  readonly latencyTimerMs: number | undefined;
  /** Why it can not be listened to any more; undefined while it can. */
  readonly lost: Fault | undefined;
  close(): Promise<void>;
}

/**
 * Opens a port to listen: nothing is ever written to it, and DTR and RTS are as the config asks, or as they are.
 * @param heard the bytes are valid during the call
 * @throws Fault of the port
 */
export async function openEar(
  port: BusConfig['port'],
  clock: Clock,
  signal: AbortSignal,
  heard: (chunk: Uint8Array, at: Instant) => void,
): Promise<LineEar> {
  const bound = (work: Promise<void>): Promise<void> =>
    withDeadline(clock, CLOSING, new AbortController().signal, () => work).catch(() => undefined);
  const settings = 'path' in port ? { ...port, onlyListens: true } : port;
  const ear: Port = createPort(settings, bound);
  let lost: Fault | undefined;
  const listener = {
    bytes: (chunk: Uint8Array) => heard(chunk, clock.now()),
    lost(fault: Fault) {
      lost = fault;
    },
  };
  try {
    await withDeadline(clock, OPENING, signal, (stop) => ear.open(listener, stop));
  } catch (thrown) {
    await ear.close();
    throw thrown;
  }
  return {
    latencyTimerMs: ear.latencyTimerMs,
    get lost() {
      return lost;
    },
    close: () => ear.close(),
  };
}

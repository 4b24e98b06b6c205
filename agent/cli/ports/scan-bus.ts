import type { BusConfig, ThrottleConfig } from '../../../config/config.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { createBus } from '../../app/buses.ts';
import type { Bus, Dialogues } from '../../bus/bus.ts';
import type { Asker } from '../../bus/dialogue/inquiry.ts';
import type { StreamingMember } from '../../bus/member.ts';
import type { Clock } from '../../clock/clock.ts';
import { silentLog } from '../../log/log.ts';

/** A line that only the command line asks. */
export interface ScanBus {
  readonly bus: Bus;
  /** The dialogues with which it is asked. */
  readonly dialogues: Dialogues;
  /** Frees the port. Safe any number of times. */
  close(): Promise<void>;
}

export interface ScanBusRequest {
  readonly port: BusConfig['port'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** No dialogue holds the line for longer, milliseconds. */
  readonly maxRunMs: number;
  /** Bytes that nobody asked for. */
  heard(chunk: Uint8Array): void;
}

const THROTTLE: Omit<ThrottleConfig, 'maxRunMs'> = { gapMs: 0, maxQueue: 4, maxWaitMs: 10_000, commandBurst: 1 };

/** The asker of a scan remembers nothing. */
const NOBODY: Asker = { id: 'scan', memory: undefined, keep: () => undefined, forget: () => undefined };

/**
 * Opens the port.
 * @throws Fault of the port; `internal/cancelled` by the signal
 */
export async function openScanBus({ port, clock, signal, maxRunMs, heard }: ScanBusRequest): Promise<ScanBus> {
  const { bus } = createBus(
    { id: 'scan', port, throttle: { ...THROTTLE, maxRunMs }, devices: [] },
    {
      clock,
      log: silentLog,
      random: Math.random,
      pacer: undefined,
      isClockSynchronized: () => false,
      events: { samples: () => undefined, failed: () => undefined, availability: () => undefined },
      drivers: new Map(),
      devices: new Map(),
      budgets: new Map(),
    },
  );
  const dialogues = bus.register('poll', NOBODY);
  const opened = new Promise<void>((resolve, reject) => {
    bus.add(listener(heard, resolve, reject));
    signal.addEventListener('abort', () => reject(new Fault('internal/cancelled')), { once: true });
  });
  const close = () => bus.stop(AbortSignal.abort());
  await bus.start();
  try {
    await opened;
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { bus, dialogues, close };
}

/** A member that asks nothing: it knows whether the port opens, and hears what nobody asked for. */
function listener(
  heard: (chunk: Uint8Array) => void,
  opened: () => void,
  failed: (fault: Fault) => void,
): StreamingMember {
  return {
    kind: 'stream',
    id: 'scan',
    bytes: heard,
    lineOpened: opened,
    lineClosed: failed,
    tick: () => undefined,
  };
}

import { type Dialogue, MOST_TOLD } from '../../../drivers/contract/dialogue.ts';
import type { Framer, PollDevice, StreamDevice } from '../../../drivers/contract/driver.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import type { Memory } from '../../../drivers/contract/memory.ts';
import type { Clock } from '../../clock/clock.ts';
import { contained } from '../../device/contained.ts';
import { SelfTold } from '../../device/identity/self-told.ts';
import { openScanBus, type ScanBus } from '../ports/scan-bus.ts';
import type { IdentifyTarget } from './target.ts';

/** Milliseconds: a readout at 300 baud takes minutes. */
const LONGEST_RUN = 600_000;

/**
 * The parts of a device's account that it tells in several frames come within this, milliseconds: mostly all of it
 * comes in one.
 */
const MORE_WITHIN = milliseconds(3000);

export interface IdentityInquiry extends IdentifyTarget {
  readonly clock: Clock;
  /** So long a device that talks by itself is listened to at the most. */
  readonly listen: Duration;
  readonly signal: AbortSignal;
}

export interface Inquired {
  /** Undefined: nothing was told. */
  readonly identity: ToldIdentity | undefined;
  /** Why not; undefined of a device that talks by itself. */
  readonly fault: FaultCode | undefined;
  /** It is there, with any answer. */
  readonly answered: boolean;
}

/**
 * Asks the device what it is, or listens to it.
 * @throws Fault of the port; `internal/cancelled` by the signal
 */
export async function inquire(inquiry: IdentityInquiry): Promise<Inquired> {
  const { device, port, clock, signal } = inquiry;
  let identity: ToldIdentity | undefined;
  let news: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    news = resolve;
  });
  const told = new SelfTold((known) => {
    identity = known;
    news();
  });
  const ear =
    device.kind === 'stream'
      ? new Ear(
          contained(device, () => undefined),
          told,
        )
      : undefined;
  const line = await openScanBus({
    ...{ port, clock, signal, maxRunMs: LONGEST_RUN },
    heard: (chunk) => ear?.hear(chunk),
  });
  try {
    if (device.kind === 'poll') {
      const end = await askAll(
        line,
        contained(device, () => undefined),
        told,
        signal,
      );
      return { identity, ...end };
    }
    const stop = new AbortController();
    const end = () => stop.abort();
    signal.addEventListener('abort', end);
    const over = clock.sleep(inquiry.listen, stop.signal).catch(() => undefined);
    await Promise.race([heard, over]);
    if (identity !== undefined)
      await Promise.race([clock.sleep(MORE_WITHIN, stop.signal).catch(() => undefined), over]);
    signal.removeEventListener('abort', end);
    end();
    return { identity, fault: undefined, answered: ear?.heard === true };
  } finally {
    await line.close();
  }
}

/**
 * Its own question, and those that may follow; where it has none, the dialogues that read its points, until it has told
 * of itself.
 */
async function askAll(
  { bus, dialogues }: ScanBus,
  device: PollDevice,
  told: SelfTold,
  signal: AbortSignal,
): Promise<Omit<Inquired, 'identity'>> {
  const own = device.identify?.();
  const left: Dialogue[] = own === undefined ? [...device.plan(device.points.map(({ name }) => name))] : [own];
  let answered = false;
  let fault: FaultCode | undefined;
  for (let asked = 0; asked <= MOST_TOLD; asked += 1) {
    const dialogue = left.shift();
    if (dialogue === undefined) break;
    const outcome = await bus.ask(dialogues, { dialogue }, signal);
    if (outcome.ok) {
      answered = true;
      told.take(outcome.identity);
      if (outcome.further !== undefined) left.unshift(outcome.further);
      if (own === undefined && outcome.identity !== undefined) break;
    } else {
      answered ||= outcome.answered;
      fault ??= outcome.fault.code;
    }
  }
  return { answered, fault };
}

/** Cuts what comes into frames and hears what they tell of their device. */
class Ear {
  readonly #device: StreamDevice;
  readonly #framer: Framer;
  readonly #told: SelfTold;
  #memory: Memory | undefined;
  /** A sound frame has come. */
  heard = false;

  constructor(device: StreamDevice, told: SelfTold) {
    this.#device = device;
    this.#framer = device.framer();
    this.#told = told;
  }

  hear(chunk: Uint8Array): void {
    this.#framer.push(chunk, (frame) => {
      const decoded = this.#device.decode(frame, this.#memory);
      this.#memory = decoded.memory ?? this.#memory;
      if ('fault' in decoded) return;
      this.heard = true;
      this.#told.take(decoded.identity);
    });
  }
}

import type { Stray } from '../../drivers/contract/dialogue.ts';
import { Fault } from '../../drivers/contract/fault.ts';

/** The calls of a driver's device. */
export type DriverCall =
  | 'plan'
  | 'write'
  | 'begin'
  | 'judge'
  | 'next'
  | 'split'
  | 'identify'
  | 'agrees'
  | 'raw'
  | 'framer'
  | 'push'
  | 'decode';

/** Hears each call that threw, with `driver/threw` around what was thrown. Must not throw. */
export type Threw = (call: DriverCall, fault: Fault) => void;

/** The one way into a driver. */
export class DriverCalls {
  readonly #threw: Threw;

  constructor(threw: Threw) {
    this.#threw = threw;
  }

  /**
   * @param isGood of what the contract lets the call give
   * @param mayRefuse the contract lets the call throw a fault of its own
   * @throws Fault `driver/threw`
   */
  make<T>(call: DriverCall, work: () => T, isGood: (given: T) => boolean, mayRefuse = false): T {
    let cause: unknown;
    try {
      const given = work();
      if (isGood(given)) return given;
    } catch (thrown) {
      if (mayRefuse && thrown instanceof Fault) throw thrown;
      cause = thrown;
    }
    const fault = new Fault('driver/threw', undefined, cause);
    this.#threw(call, fault);
    throw fault;
  }

  /** The same for a call that has something to give in place of a fault. */
  makeOr<T>(call: DriverCall, work: () => T, isGood: (given: T) => boolean, otherwise: (fault: Fault) => T): T {
    try {
      return this.make(call, work, isGood);
    } catch (thrown) {
      return otherwise(thrown instanceof Fault ? thrown : new Fault('driver/threw', undefined, thrown));
    }
  }
}

/** Whether it can be read as a device's account of itself; its users clean its texts. */
export function isIdentity(told: unknown): boolean {
  return told === undefined || isObject(told);
}

/** The most that a driver may keep between its runs, as JSON. */
const LONGEST_MEMORY = 4096;

export function isMemory(memory: unknown): boolean {
  return memory === undefined || (isObject(memory) && JSON.stringify(memory).length <= LONGEST_MEMORY);
}

export function isObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

/** Anything else in a value would be written out as it is. */
const VALUES: ReadonlySet<string> = new Set(['number', 'boolean', 'string']);

export function areSamples(samples: unknown): boolean {
  return Array.isArray(samples) && samples.every(isSample);
}

function isSample(sample: unknown): boolean {
  if (!isObject(sample)) return false;
  const { point, value } = sample as { readonly point?: unknown; readonly value?: unknown };
  return typeof point === 'string' && (value === null || VALUES.has(typeof value));
}

const STRAYS: ReadonlySet<unknown> = new Set<Stray>(['echo', 'foreign', 'noise', 'checksum', 'truncated']);

/** Whether it names a counter of the bus. */
export function isStray(stray: unknown): boolean {
  return STRAYS.has(stray);
}

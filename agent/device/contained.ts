import type {
  Answer,
  Decoded,
  Device,
  Exchange,
  Framer,
  PollDevice,
  RawView,
  StreamDevice,
} from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Value } from '../../drivers/contract/reading.ts';

/** The calls of a driver's device. */
export type DriverCall = 'plan' | 'split' | 'answer' | 'write' | 'agrees' | 'raw' | 'framer' | 'push' | 'decode';

/** Hears each call that threw, with `driver/threw` around what was thrown. Must not throw. */
export type Threw = (call: DriverCall, fault: Fault) => void;

/**
 * A device whose driver's mistakes stay its own: whatever a call throws, or gives in place of what the contract says, comes out
 * as the fault `driver/threw`, and nothing else of it reaches the bus, the line or another device.
 */
export function contained(device: PollDevice, threw: Threw): PollDevice;
export function contained(device: StreamDevice, threw: Threw): StreamDevice;
export function contained(device: Device, threw: Threw): Device {
  const calls = new Calls(threw);
  return device.kind === 'poll' ? polled(device, calls) : streaming(device, calls);
}

/** The one way into a driver. */
class Calls {
  readonly #threw: Threw;
  /** One contained exchange for each of the driver's: others remember exchanges by identity. */
  readonly #exchanges = new WeakMap<Exchange, Exchange>();

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

  /** The driver's exchanges, contained. */
  exchanges(call: DriverCall, work: () => readonly Exchange[], mayRefuse = false): readonly Exchange[] {
    return this.make(
      call,
      () => work().map((exchange) => this.#contain(exchange)),
      () => true,
      mayRefuse,
    );
  }

  #contain(exchange: Exchange): Exchange {
    const known = this.#exchanges.get(exchange);
    if (known !== undefined) return known;
    const { request, timeout, answerLength, longestAnswer, signature, lateWithin, points } = exchange;
    const made: Exchange = {
      ...{ request, timeout, answerLength, signature, lateWithin, points },
      ...(longestAnswer === undefined ? {} : { longestAnswer }),
      answer: (received, ended) => this.#judge(exchange, received, ended),
      ...(exchange.split === undefined ? {} : { split: (why: Fault) => this.#split(exchange, why) }),
    };
    this.#exchanges.set(exchange, made);
    return made;
  }

  /** Who can't judge what has come may be able to judge the whole; at the end it is no answer, as if none had come. */
  #judge(exchange: Exchange, received: Uint8Array, ended: boolean): Answer {
    try {
      return this.make(
        'answer',
        () => exchange.answer(received, ended),
        (answer) => isAnswer(answer) && !(ended && answer.state === 'more'),
      );
    } catch (thrown) {
      if (!ended) return { state: 'more' };
      const fault = thrown instanceof Fault ? thrown : new Fault('driver/threw', undefined, thrown);
      return { state: 'failed', fault, answered: false, strays: [] };
    }
  }

  /** A driver that can't make parts has none. */
  #split(exchange: Exchange, why: Fault): readonly Exchange[] {
    try {
      return this.exchanges('split', () => exchange.split?.(why) ?? []);
    } catch {
      return [];
    }
  }
}

function polled(device: PollDevice, calls: Calls): PollDevice {
  const { points } = device;
  return {
    kind: 'poll',
    points,
    plan: (names) => calls.exchanges('plan', () => device.plan(names)),
    write: (values) => calls.exchanges('write', () => device.write(values), true),
    ...(device.agrees === undefined
      ? {}
      : {
          agrees: (point: string, written: Value, read: Value, exact?: string) =>
            calls.make(
              'agrees',
              () => device.agrees?.(point, written, read, exact) as boolean,
              (agrees) => typeof agrees === 'boolean',
            ),
        }),
    ...(device.raw === undefined
      ? {}
      : { raw: (names: readonly string[]) => calls.make('raw', () => device.raw?.(names) as RawView, isObject, true) }),
  };
}

function streaming(device: StreamDevice, calls: Calls): StreamDevice {
  const { points } = device;
  return {
    kind: 'stream',
    points,
    framer: () =>
      containedFramer(
        calls.make('framer', () => device.framer(), isObject),
        calls,
      ),
    decode: (frame, memory) => calls.make('decode', () => device.decode(frame, memory), isDecoded),
  };
}

/** What our own side does with a frame must not look like a mistake of the driver, and comes out as it is. */
function containedFramer(framer: Framer, calls: Calls): Framer {
  const count = (key: 'discarded' | 'skipped') => {
    try {
      const counted = framer[key];
      return typeof counted === 'number' && counted >= 0 ? counted : 0;
    } catch {
      return 0;
    }
  };
  return {
    push(chunk, frame) {
      const failed: { thrown: unknown }[] = [];
      const heard = (bytes: Uint8Array) => {
        if (failed.length > 0) return;
        try {
          frame(bytes);
        } catch (thrown) {
          failed.push({ thrown });
        }
      };
      calls.make(
        'push',
        () => framer.push(chunk, heard),
        () => true,
      );
      for (const { thrown } of failed) throw thrown;
    },
    get discarded() {
      return count('discarded');
    },
    get skipped() {
      return count('skipped');
    },
  };
}

function isObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

function isAnswer(answer: Answer): boolean {
  if (!isObject(answer)) return false;
  if (answer.state === 'more') return true;
  if (!Array.isArray(answer.strays)) return false;
  if (answer.state === 'done') return Array.isArray(answer.samples);
  return answer.state === 'failed' && answer.fault instanceof Fault;
}

/** The most that a driver may keep between its runs, as JSON. */
const LONGEST_MEMORY = 4096;

function isMemory(memory: unknown): boolean {
  return memory === undefined || (isObject(memory) && JSON.stringify(memory).length <= LONGEST_MEMORY);
}

function isDecoded(decoded: Decoded): boolean {
  if (!isObject(decoded) || !isMemory(decoded.memory)) return false;
  return 'fault' in decoded ? decoded.fault instanceof Fault : Array.isArray(decoded.samples);
}

import type { BusConfig } from '../../../config/config.ts';
import type { Dialogue, Exchange, Step } from '../../../drivers/contract/dialogue.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { createDevice, openCatalogue } from '../../../drivers/registry/loader.ts';
import type { Clock } from '../../clock/clock.ts';
import type { FittingModel, NameUnit } from './naming/model-finder.ts';
import { Overheard, type Talk } from './overheard.ts';
import { openScanBus, type ScanBus } from './scan-bus.ts';
import type { ScanDriver } from './scan-target.ts';

export interface ScanRequest {
  readonly port: BusConfig['port'];
  readonly driver: ScanDriver;
  readonly units: readonly number[];
  readonly timeout: Duration;
  /** So long it only listens, before it asks. */
  readonly listen: Duration;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Asks a unit that answered what it is; absent: nobody wants to know. */
  readonly name?: NameUnit | undefined;
}

/** A unit's answer. `fault`: an exception, or damaged; `isLate`: it came after the wait was over. */
export interface UnitAnswer {
  readonly fault?: FaultCode;
  readonly isLate?: true;
}

/** The same for people. */
export function answerWords({ fault, isLate }: UnitAnswer): string {
  if (isLate === true) return 'answers, but late: raise --timeout-ms';
  return fault === undefined ? 'answers' : `answers, but ${FAULTS[fault].message}`;
}

export interface ScanEvents {
  /** A unit that is there. */
  found(unit: number, answer: UnitAnswer): void;
  /** After `found`, where the probe of a profile fits it. */
  named(unit: number, fitting: readonly FittingModel[]): void;
  /** After each question. */
  asked(count: number): void;
}

/** The bytes that were heard beside the answers. */
export interface ScanResult {
  /** Units whose valid answers came. */
  readonly valid: number;
  /** Somebody talks by himself: then the rest was not asked. */
  readonly talk: Talk | undefined;
  /** Requests that came back. */
  readonly echoes: number;
  /** Bytes that were neither an answer nor an echo. */
  readonly strayBytes: number;
  /** Units of which a gateway said that it does not reach them. */
  readonly unreached: number;
}

/** Milliseconds, far above the longest timeout of a unit. */
const LONGEST_RUN = 10_000;
/** How long an answer may come after the last question, where none came before. */
const LATE = milliseconds(600);

/** Of these the unit's own answer came back whole or in part; all others say nothing of the sender. */
const DAMAGED: readonly FaultCode[] = ['modbus/checksum', 'modbus/truncated'];
const UNHEARD: readonly FaultCode[] = ['device/silent', 'modbus/echo'];
/** The words of a gateway for a unit that does not answer it. */
const UNREACHED: readonly FaultCode[] = ['modbus/gateway-path', 'modbus/gateway-target'];

/**
 * Listens, then asks each unit once, in order, unless something on the line talks by itself.
 * @throws Fault of the port
 */
export async function scanLine(request: ScanRequest, events: ScanEvents): Promise<ScanResult> {
  const { port, clock, signal } = request;
  const stray = new Overheard();
  const asked = new Set<number>();
  const valid = new Set<number>();
  let unreached = 0;
  const questions = await questionsOf(request);
  let line: ScanBus | undefined;
  const late = (): void => {
    for (const unit of stray.answerers()) {
      if (!asked.has(unit) || valid.has(unit)) continue;
      valid.add(unit);
      events.found(unit, { isLate: true });
    }
  };
  const result = (talk?: Talk): ScanResult => {
    const echoes = line?.bus.snapshot().echoes ?? 0;
    return { valid: valid.size, talk, echoes, strayBytes: stray.count, unreached };
  };
  try {
    line = await openScanBus({ port, clock, signal, maxRunMs: LONGEST_RUN, heard: (chunk) => stray.add(chunk) });
    const { bus, dialogues } = line;
    if (request.listen > 0) await clock.sleep(request.listen, signal);
    const before = stray.talk();
    if (before !== undefined) return result(before);
    for (const [number, { unit, dialogue, received }] of questions.entries()) {
      if (signal.aborted) return result();
      asked.add(unit);
      const outcome = await bus.ask(dialogues, { dialogue }, signal).catch(hungUp);
      const code = outcome === undefined || outcome.ok ? undefined : outcome.fault.code;
      if (outcome === undefined) late();
      else if (code !== undefined && UNREACHED.includes(code)) unreached += 1;
      else if (outcome.ok || outcome.consequence === 'refused') {
        valid.add(unit);
        events.found(unit, code === undefined ? {} : { fault: code });
        const fitting = await request.name?.(unit, (each) => bus.ask(dialogues, { dialogue: each }, signal), code);
        if (fitting !== undefined && fitting.length > 0) events.named(unit, fitting);
      } else if (code !== undefined && !UNHEARD.includes(code)) {
        stray.add(received());
        if (DAMAGED.includes(code)) events.found(unit, { fault: code });
        late();
        const talk = stray.talk();
        // bytes that may be damaged answers are no reason to stop
        if (talk?.driver !== undefined && talk.driver !== 'modbus-listen') return result(talk);
      }
      events.asked(number + 1);
    }
    if (valid.size === 0) await clock.sleep(LATE, signal);
    late();
    return result();
  } catch (thrown) {
    if (signal.aborted) return result();
    throw thrown;
  } finally {
    await line?.close();
  }
}

/** A server that hangs up in place of an answer: its unit has not answered, and the next one is asked. */
function hungUp(thrown: unknown): undefined {
  if (toFault(thrown).code !== 'bus/answer-pending') throw thrown;
}

interface Asked {
  readonly unit: number;
  readonly dialogue: Dialogue;
  /** The bytes since the request. */
  received(): Uint8Array;
}

async function questionsOf({ port, driver: name, units, timeout: timeoutMs }: ScanRequest): Promise<readonly Asked[]> {
  const driver = await openCatalogue().load(name);
  const points = [{ name: 'first', register: 'holding', address: 0, type: 'uint16' }];
  return units.flatMap((unit) => {
    const device = createDevice(driver, {
      options: { unit, timeoutMs, anyUnit: true },
      points,
      line: portTiming(port),
    });
    return device.kind === 'poll' ? device.plan(['first']).map((dialogue) => recorded(unit, dialogue)) : [];
  });
}

/** The same question, which remembers the bytes that it was judged by. */
function recorded(unit: number, dialogue: Dialogue): Asked {
  let last: Uint8Array = new Uint8Array(0);
  const judged = <T>(exchange: Exchange<T>): Exchange<T> => ({
    ...exchange,
    judge(received, ended) {
      const verdict = exchange.judge(received, ended);
      if (verdict.state === 'failed') last = received.slice();
      return verdict;
    },
  });
  const begin = (_: unknown, run?: number): Step => {
    const step = dialogue.begin(undefined, run);
    return step.kind === 'ask' ? { ...step, exchange: judged(step.exchange) } : step;
  };
  return { unit, received: () => last, dialogue: { ...dialogue, begin } };
}

import type { Dialogue, Step } from '../../../../drivers/contract/dialogue.ts';
import type { Driver, PollDevice } from '../../../../drivers/contract/driver.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { driver as rtu } from '../../../../drivers/modbus/sunspec/rtu/driver.ts';
import { driver as tcp } from '../../../../drivers/modbus/sunspec/tcp/driver.ts';
import { UNKNOWN_LINE } from '../../../../drivers/port/line.ts';
import { createDevice } from '../../../../drivers/registry/loader.ts';
import type { Framing } from '../../../../scripts/sim/modbus-framing.ts';
import { type Duplex, type Model, serve } from '../../../../scripts/sim/modbus-server.ts';
import { runWith } from '../../../drivers/dialogue-machine.ts';
import { LINE } from '../support.ts';

/** A connection without a port: the master's bytes go to the device at once, and its answer is kept. */
class Loop implements Duplex {
  #received: number[] = [];
  #listener: (chunk: Uint8Array) => void = () => {};

  onBytes(listener: (chunk: Uint8Array) => void): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): void {
    this.#received.push(...bytes);
  }

  ask(request: Uint8Array): Uint8Array {
    this.#received = [];
    this.#listener(request);
    return Uint8Array.from(this.#received);
  }
}

/** The outcome of a dialogue. */
export interface Told {
  readonly end: Extract<Step, { kind: 'end' | 'fail' }>;
  /** Function, address and count or first register of each request. */
  readonly asked: readonly string[];
}

/** A device with its driver, which remembers as the agent does. */
export class Bench {
  readonly device: PollDevice;
  memory: Memory | undefined;
  /** Bytes that come in place of the answer to a request; undefined: the device's own. */
  tamper: (request: Uint8Array, answer: Uint8Array) => Uint8Array = (_, answer) => answer;
  readonly #loop = new Loop();
  readonly #framing: Framing;

  constructor(
    models: readonly Model[],
    points: readonly Record<string, unknown>[],
    options: Record<string, unknown> = {},
    framing: 'rtu' | 'tcp' = 'rtu',
  ) {
    this.#framing = framing;
    serve(this.#loop, models, { framing });
    const driver: Driver = framing === 'rtu' ? rtu : tcp;
    const line = framing === 'rtu' ? LINE : UNKNOWN_LINE;
    const made = createDevice(driver, { options: { unit: 1, ...options }, points, line });
    if (made.kind !== 'poll') throw new Error('not a device that is polled');
    this.device = made;
  }

  run(dialogue: Dialogue | undefined): Told {
    if (dialogue === undefined) throw new Error('nothing is asked');
    const line = this.#framing === 'rtu' ? LINE : UNKNOWN_LINE;
    const { end, requests } = runWith(
      dialogue,
      line,
      (request) => ({ bytes: this.tamper(request, this.#loop.ask(request)), cuts: [] }),
      this.memory,
    );
    this.memory = end.memory ?? this.memory;
    const at = this.#framing === 'rtu' ? 1 : 7;
    const asked = requests.map((request) => {
      const view = new DataView(request.buffer, request.byteOffset, request.length);
      return `${view.getUint8(at)} ${view.getUint16(at + 1)} ${view.getUint16(at + 3)}`;
    });
    return { end, asked };
  }

  /** As a poll does: with the parts of what is refused. */
  poll(names: readonly string[] = this.device.points.map(({ name }) => name)): {
    readonly values: Record<string, Value>;
    readonly faults: Record<string, string>;
    readonly asked: readonly string[];
  } {
    const values: Record<string, Value> = {};
    const faults: Record<string, string> = {};
    const asked: string[] = [];
    const left = [...this.device.plan(names)];
    for (let dialogue = left.shift(); dialogue; dialogue = left.shift()) {
      const told = this.run(dialogue);
      asked.push(...told.asked);
      const { end } = told;
      if (end.kind === 'end') for (const { point, value } of end.samples) values[point] = value;
      else {
        const parts = end.consequence === 'refused' ? (dialogue.split?.(end.fault) ?? []) : [];
        left.unshift(...parts);
        if (parts.length === 0) for (const point of dialogue.points) faults[point] = end.fault.code;
      }
    }
    return { values, faults, asked };
  }
}

/** A device that holds these registers from an address on, and no others. */
export function registersFrom(unit: number, address: number, hex: string): Model {
  const held = Uint8Array.from(Buffer.from(hex, 'hex'));
  return {
    unit,
    registers(kind, from, count) {
      const begin = (from - address) * 2;
      const end = begin + count * 2;
      return kind === 'holding' && begin >= 0 && end <= held.length ? held.slice(begin, end) : undefined;
    },
    bits: () => undefined,
    writeRegisters: () => false,
    writeCoils: () => false,
  };
}

import { Fault } from '../contract/fault.ts';
import type { Value } from '../contract/reading.ts';
import { WRITE_LIMITS } from './limits.ts';
import type { WriteFunction } from './options.ts';
import { type Mapped, type ReadSetup, samplesOf } from './read.ts';
import type { Request } from './request.ts';
import type { Ask } from './wire.ts';

/** A point and its content to be written: one coil, or its registers as they go on the wire. */
interface Write {
  readonly mapped: Mapped;
  readonly coil: boolean;
  readonly registers: Uint8Array;
  readonly by: WriteFunction;
}

/**
 * The requests that write these values. Values side by side go in one request, so that the device takes it at once, but
 * for `writeFunction: single`; the requests come in the order of the values.
 * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`, before anything is built
 */
export function writes(
  setup: ReadSetup,
  points: ReadonlyMap<string, Mapped>,
  values: ReadonlyMap<string, Value>,
): readonly Ask[] {
  const each = Array.from(values, ([name, value]) => writeOf(setup, points.get(name), value));
  const groups = [...runs(setup, each, 'coil'), ...runs(setup, each, 'holding')];
  const place = (group: readonly Write[]) => Math.min(...group.map((write) => each.indexOf(write)));
  return groups
    .sort((a, b) => place(a) - place(b))
    .flatMap((group) => {
      const members = group.map(({ mapped }) => mapped);
      const names = members.map(({ point }) => point.name);
      return requestsFor(group).map((request) => ({
        ...{ request, points: names },
        samples: (data) => samplesOf(members, data, request.address, 'holding'),
      }));
    });
}

function writeOf(setup: ReadSetup, mapped: Mapped | undefined, value: Value): Write {
  if (mapped === undefined) throw new Fault('command/unknown-point');
  const { point, codec } = mapped;
  if (!point.writable) throw new Fault('command/not-writable');
  const by = point.writeFunction ?? setup.options.writeFunction;
  if (point.register === 'coil') {
    if (typeof value !== 'boolean') throw new Fault('command/value');
    return { mapped, coil: value, registers: new Uint8Array(0), by };
  }
  const registers = codec.encode(value);
  if (registers === undefined) throw new Fault('command/value');
  return { mapped, coil: false, registers, by };
}

/** Runs of neighbours that one function writes, none longer than a request may be. Two values for one register are refused. */
function runs(setup: ReadSetup, writes: readonly Write[], kind: 'coil' | 'holding'): readonly Write[][] {
  const sorted = writes
    .filter(({ mapped }) => mapped.point.register === kind)
    .sort((a, b) => a.mapped.address - b.mapped.address);
  const result: Write[][] = [];
  let start = 0;
  let end = -1;
  for (const write of sorted) {
    const { address, count } = write.mapped;
    const most = mostOf(setup, kind, write.by);
    if (count > most || address < end) throw new Fault('command/value');
    const run = result.at(-1);
    const isNext = address === end && address + count - start <= most && write.by !== 'single';
    if (run !== undefined && isNext && run[0]?.by === write.by) run.push(write);
    else {
      result.push([write]);
      start = address;
    }
    end = address + count;
  }
  return result;
}

function mostOf({ options }: ReadSetup, kind: 'coil' | 'holding', by: WriteFunction): number {
  if (kind === 'coil') return Math.min(options.maxCoils, WRITE_LIMITS.coils);
  const most = by === 'read-write' ? WRITE_LIMITS.readWriteRegisters : WRITE_LIMITS.registers;
  return Math.min(options.maxRegisters, most);
}

type AddressedRequest = Extract<Request, { readonly address: number }>;

/** One request for all of them; of `single` one for each register of the only one, from the lowest address on. */
function requestsFor(group: readonly Write[]): readonly AddressedRequest[] {
  const first = group[0];
  if (first === undefined) return [];
  const { address } = first.mapped;
  if (first.mapped.point.register === 'coil') {
    const coils = group.map(({ coil }) => coil);
    const isOne = coils.length === 1 && first.by !== 'multiple';
    return [isOne ? { function: 5, address, on: first.coil } : { function: 15, address, coils }];
  }
  const registers = Uint8Array.from(group.flatMap((write) => Array.from(write.registers)));
  const count = registers.length / 2;
  if (first.by === 'read-write') return [{ function: 23, address, count, writeAddress: address, registers }];
  if (first.by === 'multiple' || (first.by === 'auto' && count > 1)) return [{ function: 16, address, registers }];
  return Array.from({ length: count }, (_, at) => ({
    ...{ function: 6 as const, address: address + at },
    registers: registers.subarray(at * 2, at * 2 + 2),
  }));
}

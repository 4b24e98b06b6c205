import type { Dialogue } from '../contract/dialogue.ts';
import { Fault } from '../contract/fault.ts';
import type { Value } from '../contract/reading.ts';
import { WRITE_LIMITS } from './limits.ts';
import { type Mapped, type ReadSetup, samplesOf } from './read.ts';
import type { Request } from './request.ts';
import { dialogue } from './rtu/exchange.ts';

/** A point and what is to be written to it: one coil, or its registers as they go on the wire. */
interface Write {
  readonly mapped: Mapped;
  readonly coil: boolean;
  readonly registers: Uint8Array;
}

/**
 * The dialogues that write these values. What lies side by side goes in one request, so that the device takes it
 * at once; the requests come in the order of the values.
 * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`, before anything is built
 */
export function writeDialogues(
  setup: ReadSetup,
  points: ReadonlyMap<string, Mapped>,
  values: ReadonlyMap<string, Value>,
): readonly Dialogue[] {
  const writes = Array.from(values, ([name, value]) => writeOf(points.get(name), value));
  const groups = [...runs(setup, writes, 'coil'), ...runs(setup, writes, 'holding')];
  const place = (group: readonly Write[]) => Math.min(...group.map((write) => writes.indexOf(write)));
  return groups
    .sort((a, b) => place(a) - place(b))
    .map((group) => {
      const request = requestFor(setup, group);
      const members = group.map(({ mapped }) => mapped);
      const names = members.map(({ point }) => point.name);
      return dialogue(setup, request, names, (data) =>
        request.function === 23 ? samplesOf(members, data, request.address, 'holding') : [],
      );
    });
}

function writeOf(mapped: Mapped | undefined, value: Value): Write {
  if (mapped === undefined) throw new Fault('command/unknown-point');
  const { point, codec } = mapped;
  if (!point.writable) throw new Fault('command/not-writable');
  if (point.register === 'coil') {
    if (typeof value !== 'boolean') throw new Fault('command/value');
    return { mapped, coil: value, registers: new Uint8Array(0) };
  }
  const registers = codec.encode(value);
  if (registers === undefined) throw new Fault('command/value');
  return { mapped, coil: false, registers };
}

/** Runs of neighbours, none longer than a request may be. Two values for one register are refused. */
function runs(setup: ReadSetup, writes: readonly Write[], kind: 'coil' | 'holding'): readonly Write[][] {
  const { maxCoils, maxRegisters, writeFunction } = setup.options;
  const most =
    kind === 'coil'
      ? Math.min(maxCoils, WRITE_LIMITS.coils)
      : Math.min(
          maxRegisters,
          writeFunction === 'read-write' ? WRITE_LIMITS.readWriteRegisters : WRITE_LIMITS.registers,
        );
  const sorted = writes
    .filter(({ mapped }) => mapped.point.register === kind)
    .sort((a, b) => a.mapped.address - b.mapped.address);
  const result: Write[][] = [];
  let start = 0;
  let end = -1;
  for (const write of sorted) {
    const { address, count } = write.mapped;
    if (count > most || address < end) throw new Fault('command/value');
    const run = result.at(-1);
    if (run !== undefined && address === end && address + count - start <= most) run.push(write);
    else {
      result.push([write]);
      start = address;
    }
    end = address + count;
  }
  return result;
}

function requestFor(setup: ReadSetup, group: readonly Write[]): Request {
  const { writeFunction } = setup.options;
  const first = group[0];
  const address = first?.mapped.address ?? 0;
  if (first?.mapped.point.register === 'coil') {
    const coils = group.map(({ coil }) => coil);
    if (coils.length === 1 && writeFunction !== 'multiple') return { function: 5, address, on: first.coil };
    return { function: 15, address, coils };
  }
  const registers = Uint8Array.from(group.flatMap((write) => Array.from(write.registers)));
  const count = registers.length / 2;
  if (writeFunction === 'read-write') return { function: 23, address, count, writeAddress: address, registers };
  if (count === 1 && writeFunction === 'single') return { function: 6, address, registers };
  return { function: 16, address, registers };
}

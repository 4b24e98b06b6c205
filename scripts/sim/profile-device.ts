import { meets, probedPoint } from '../../config/profiles/probes.ts';
import type { Probe, Profile } from '../../config/profiles/schema.ts';
import type { Mapping } from '../../config/source/data.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import { word } from '../../drivers/modbus/bytes.ts';
import { type PointOptions, point as pointSchema, type RegisterKind, widthOf } from '../../drivers/modbus/point.ts';
import { type ValueCodec, valueCodec } from '../../drivers/modbus/values/value.ts';
import type { Model } from './modbus-server.ts';

/** Registers, or bits as 0 and 1, by their addresses. */
type Contents = Readonly<Record<RegisterKind, Map<number, number>>>;

/**
 * A device that has the registers of a profile's points, and no others. They hold the content of the profile's test
 * vectors, of several for the same register the first; and the values that its probe expects.
 */
export function profileDevice({ points, options, probe = [], vectors }: Profile, unit: number): Model {
  const held: Contents = { coil: new Map(), discrete: new Map(), input: new Map(), holding: new Map() };
  const writable: Contents = { coil: new Map(), discrete: new Map(), input: new Map(), holding: new Map() };
  for (const { register, address, registers, bits } of vectors) {
    const values = registers?.split(' ').map((each) => Number.parseInt(each, 16)) ?? Array.from(bits ?? '', Number);
    for (const [at, value] of values.entries()) setIfAbsent(held[register], address + at, value);
  }
  for (const mapping of points) {
    const entry = pointOf(mapping);
    for (let at = 0; at < widthOf(entry); at += 1) {
      setIfAbsent(held[entry.register], entry.address + at, 0);
      if (entry.writable) writable[entry.register].set(entry.address + at, 1);
    }
  }
  const orders = { wordOrder: orderIn(options.wordOrder), byteOrder: orderIn(options.byteOrder) };
  for (const part of probe) {
    const entry = pointOf(probedPoint(points, part, 'probed'));
    satisfy(held[entry.register], entry, valueCodec(entry, orders), part);
  }
  return {
    unit,
    registers: (kind, address, count) => bytesOf(held[kind], address, count),
    bits: (kind, address, count) => listOf(held[kind], address, count)?.map((bit) => bit === 1),
    writeRegisters(address, registers) {
      const words = Array.from({ length: registers.length / 2 }, (_, at) => word(registers, at * 2));
      return put(held.holding, writable.holding, address, words);
    },
    writeCoils: (address, coils) => put(held.coil, writable.coil, address, coils.map(Number)),
  };
}

function setIfAbsent(map: Map<number, number>, address: number, value: number): void {
  if (!map.has(address)) map.set(address, value);
}

function pointOf(mapping: Mapping): PointOptions {
  return pointSchema.parse(mapping);
}

function orderIn(value: unknown): 'big' | 'little' {
  return value === 'little' ? 'little' : 'big';
}

/** Puts what the probe expects where its registers hold something else. */
function satisfy(map: Map<number, number>, entry: PointOptions, codec: ValueCodec, part: Probe): void {
  const { address } = entry;
  const count = widthOf(entry);
  const now = bytesOf(map, address, count);
  if (now !== undefined && meets(part, codec.decode(now))) return;
  const wanted: Value = part.equals?.find((each) => typeof each !== 'bigint') ?? part.beginsWith?.[0] ?? middle(part);
  const bytes = codec.encode(wanted) ?? new Uint8Array(count * 2);
  for (let at = 0; at < count; at += 1) map.set(address + at, word(bytes, at * 2));
}

function middle({ between: [least, most] = [0, 0] }: Probe): number {
  return (least + most) / 2;
}

function listOf(map: Map<number, number>, address: number, count: number): readonly number[] | undefined {
  const values = Array.from({ length: count }, (_, at) => map.get(address + at));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function bytesOf(map: Map<number, number>, address: number, count: number): Uint8Array | undefined {
  const words = listOf(map, address, count);
  return words && Uint8Array.from(words.flatMap((each) => [each >> 8, each & 0xff]));
}

function put(
  map: Map<number, number>,
  writable: Map<number, number>,
  address: number,
  values: readonly number[],
): boolean {
  if (!values.every((_, at) => writable.has(address + at))) return false;
  for (const [at, value] of values.entries()) map.set(address + at, value);
  return true;
}

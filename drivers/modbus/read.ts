import type { Fault } from '../contract/fault.ts';
import type { Sample } from '../contract/reading.ts';
import { Once } from './once.ts';
import type { Options } from './options.ts';
import { blocks, type Rules, rulesFor, type Span } from './plan.ts';
import { type PointOptions, REGISTER_KINDS, type RegisterKind, widthOf } from './point.ts';
import { bitAt, type ReadFunction } from './request.ts';
import { halves, NARROWER_MAY_HELP } from './split.ts';
import { type RemarkOn, remarkOn } from './values/remark.ts';
import { codecsByPower } from './values/scaled-by.ts';
import { type ValueCodec, valueCodec } from './values/value.ts';
import type { Ask, Wire } from './wire.ts';

/** A point, and how its value lies in its registers. */
export interface Mapped extends Span {
  readonly point: PointOptions;
  readonly codec: ValueCodec;
  readonly remarkOn?: RemarkOn | undefined;
  /** The registers that must be read at once: its own, or from them to those of its factor. */
  readonly reach: Span;
  readonly factor?: Factor | undefined;
}

/** The power of ten of a point with `scaleFrom`, in the same answer. */
interface Factor extends Span {
  readonly codec: ValueCodec;
  readonly scaled: (value: unknown) => ValueCodec | undefined;
}

export const READ: Readonly<Record<RegisterKind, ReadFunction>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

export interface ReadSetup {
  readonly options: Options;
  readonly wire: Wire;
}

type Orders = Pick<Options, 'wordOrder' | 'byteOrder'>;

/** Of each point how it is read, by the device's orders. Devices of one profile share its points, and so these. */
const MAPPED = new Once<PointOptions, Mapped>();

/** @param factor the point that its `scaleFrom` names */
export function mapped(point: PointOptions, device: Orders, factor?: PointOptions): Mapped {
  if (factor !== undefined) return mappedAnew(point, device, factor);
  return MAPPED.of(point, ordersOf(device), () => mappedAnew(point, device));
}

/** Of each list of points how they are read, by the device's orders. */
const NAMED = new Once<readonly PointOptions[], ReadonlyMap<string, Mapped>>();

/** All points of a device by name; of two with one name the second. */
export function mappedByName(points: readonly PointOptions[], device: Orders): ReadonlyMap<string, Mapped> {
  return NAMED.of(points, ordersOf(device), () => {
    return new Map(points.map((point) => [point.name, mapped(point, device, factorOf(point, points))]));
  });
}

function ordersOf({ wordOrder, byteOrder }: Orders): string {
  return `${wordOrder} ${byteOrder}`;
}

function mappedAnew(point: PointOptions, device: Orders, factor?: PointOptions): Mapped {
  return {
    point,
    codec: valueCodec(point, device),
    remarkOn: remarkOn(point, device),
    address: point.address,
    count: widthOf(point),
    reach: reachOf(point, factor),
    ...(factor && {
      factor: {
        address: factor.address,
        count: widthOf(factor),
        codec: valueCodec(factor, device),
        scaled: codecsByPower(point, device),
      },
    }),
  };
}

/** The point that another one's `scaleFrom` names; undefined where there is none. */
export function factorOf({ scaleFrom }: PointOptions, points: readonly PointOptions[]): PointOptions | undefined {
  return scaleFrom === undefined ? undefined : points.find(({ name }) => name === scaleFrom);
}

/** From the first to the last address of a point and of its factor. */
export function reachOf(point: PointOptions, factor: PointOptions = point): Span {
  const address = Math.min(point.address, factor.address);
  return { address, count: Math.max(point.address + widthOf(point), factor.address + widthOf(factor)) - address };
}

/** The requests that read these points: by kind of register, then by address. */
export function reads({ options, wire }: ReadSetup, points: readonly Mapped[]): readonly Ask[] {
  return REGISTER_KINDS.flatMap((kind) => {
    const ofKind = points.filter(({ point }) => point.register === kind);
    return plannedOnce(kind, ofKind, rulesFor(kind, options, wire.cost));
  });
}

/** Of points the requests that read them, by what a request may hold and costs. */
interface Planned {
  readonly members: readonly Mapped[];
  readonly rules: Rules;
  readonly asks: readonly Ask[];
}

/** By the first of the points. Devices of one profile read the same points, and so share their requests. */
const PLANNED = new WeakMap<Mapped, Planned[]>();

/** So many are kept for each first point: one for each combination of periods, and a few more. */
const MOST_PLANNED = 64;

function plannedOnce(kind: RegisterKind, members: readonly Mapped[], rules: Rules): readonly Ask[] {
  const [first] = members;
  if (first === undefined) return [];
  const known = PLANNED.get(first) ?? [];
  const found = known.find((each) => isSame(each.members, members) && isEqual(each.rules, rules));
  if (found !== undefined) return found.asks;
  const asks = planned(kind, members, rules);
  PLANNED.set(first, [...known.slice(1 - MOST_PLANNED), { members, rules, asks }]);
  return asks;
}

function planned(kind: RegisterKind, members: readonly Mapped[], rules: Rules): readonly Ask[] {
  const spans = members.map(({ reach }) => reach);
  return blocks(spans, rules).map((block) =>
    readOf(
      kind,
      block.members.flatMap((index) => members[index] ?? []),
    ),
  );
}

function isSame(one: readonly Mapped[], other: readonly Mapped[]): boolean {
  return one.length === other.length && one.every((member, index) => member === other[index]);
}

function isEqual(one: Rules, other: Rules): boolean {
  const { most, maxHole, exchange, address } = one;
  const isBound = most === other.most && maxHole === other.maxHole;
  return isBound && exchange === other.exchange && address === other.address;
}

/** One request from the first to the last address of these points. */
function readOf(kind: RegisterKind, members: readonly Mapped[]): Ask {
  const start = Math.min(...members.map(({ reach }) => reach.address));
  const end = Math.max(...members.map(({ reach }) => reach.address + reach.count));
  return {
    request: { function: READ[kind], address: start, count: end - start },
    points: members.map(({ point }) => point.name),
    samples: (data) => samplesOf(members, data, start, kind),
    split: ({ code }: Fault) => (NARROWER_MAY_HELP.has(code) ? narrower(kind, members) : []),
  };
}

function narrower(kind: RegisterKind, members: readonly Mapped[]): readonly Ask[] {
  const spans = members.map((member) => ({ ...member.reach, member }));
  return halves(spans).map((half) => {
    const own = half.map(({ member }) => member);
    return readOf(kind, own);
  });
}

/** The values of the points in what was read from `start` on. */
export function samplesOf(
  members: readonly Mapped[],
  data: Uint8Array,
  start: number,
  kind: RegisterKind,
): readonly Sample[] {
  if (kind !== 'coil' && kind !== 'discrete') return registerSamples(members, data, start);
  return members.map(({ point, address }) => ({ point: point.name, value: bitAt(data, address - start) }));
}

/** The same of registers. @param data all that the points and their factors lie in */
export function registerSamples(members: readonly Mapped[], data: Uint8Array, start: number): readonly Sample[] {
  return members.map((member) => sampleOf(member, data, start));
}

function sampleOf(member: Mapped, data: Uint8Array, start: number): Sample {
  const { point, remarkOn, factor } = member;
  const registers = registersOf(member, data, start);
  const codec =
    factor === undefined ? member.codec : factor.scaled(factor.codec.decode(registersOf(factor, data, start)));
  if (codec === undefined) return { point: point.name, value: null };
  const value = codec.decode(registers);
  if (codec.exact === undefined && remarkOn === undefined) return { point: point.name, value };
  const exact = codec.exact?.(registers);
  const remark = remarkOn?.(registers);
  return { point: point.name, value, ...(exact !== undefined && { exact }), ...(remark !== undefined && { remark }) };
}

function registersOf({ address, count }: Span, data: Uint8Array, start: number): Uint8Array {
  return data.subarray((address - start) * 2, (address + count - start) * 2);
}

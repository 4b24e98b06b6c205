import { word } from '../bytes.ts';
import { blocks, type Rules, type Span } from '../plan.ts';
import type { WireCost } from '../wire.ts';
import { HEADER_SIZE } from './chain.ts';
import { type GroupModel, type Model, type PointModel, repeatsOf } from './models/definition.ts';
import type { Target } from './target.ts';

/** How often a group stands in the one around it, by the point that says it; addresses count from the model's data. */
export type GroupCounts = ReadonlyMap<string, number>;

/** A target's registers, from the begin of the model's data. */
export interface PlacedTarget {
  readonly target: Target;
  readonly point: PointModel;
  readonly span: Span;
  readonly factor: Span | undefined;
}

/** In front of a model's data: its number and its length. */
export const MODEL_HEADER: Span = { address: -HEADER_SIZE, count: HEADER_SIZE };

/** A model's data are without gaps: all that lies between two points may be read along. */
const NO_HOLE_TOO_LARGE = 125;

/** @returns undefined where the device's model has no such point: it is shorter, or its counts are smaller */
export function placed(target: Target, model: Model, length: number, counts: GroupCounts): PlacedTarget | undefined {
  const point = target.points.get(model.id);
  if (point === undefined) return undefined;
  const address = addressOf(model, point, target.instances, counts);
  if (address === undefined || address + point.size > length) return undefined;
  const scaled = point.factor === undefined ? undefined : model.points.get(point.factor);
  const factor = scaled && { address: scaled.at, count: scaled.size };
  if (factor !== undefined && factor.address + factor.count > length) return undefined;
  return { target, point, span: { address, count: point.size }, factor };
}

function addressOf(
  model: Model,
  { group, at }: PointModel,
  instances: readonly number[],
  counts: GroupCounts,
): number | undefined {
  let address = at;
  let level = instances.length - 1;
  for (let each = group; each !== undefined; each = each.above) {
    address += each.at;
    if (each.count === undefined) continue;
    const instance = instances[level] ?? 0;
    const count = counts.get(each.count);
    if (count !== undefined && instance >= count) return undefined;
    address += instance * strideOf(model, each, counts);
    level -= 1;
  }
  return address;
}

/** Registers of one instance, with the groups that repeat in it. */
function strideOf(model: Model, group: GroupModel, counts: GroupCounts): number {
  let stride = model.lengths.get(group) ?? 0;
  for (const inner of model.lengths.keys()) {
    if (inner.above !== group || inner.count === undefined) continue;
    stride += (counts.get(inner.count) ?? 0) * strideOf(model, inner, counts);
  }
  return stride;
}

/** Whether the device's counts must be known to say where these points lie. */
export function isCounted(model: Model, targets: readonly Target[]): boolean {
  if (!model.isNested) return false;
  return targets.some(({ points }) => {
    const point = points.get(model.id);
    return point !== undefined && repeatsOf(point).length > 0;
  });
}

/** The counts that a model's own points say, where they decide where something lies. @param data of the fixed part */
export function countsIn(model: Model, data: Uint8Array): GroupCounts {
  const counts = new Map<string, number>();
  for (const { count } of model.lengths.keys()) {
    const point = count === undefined ? undefined : model.points.get(count);
    if (count !== undefined && point !== undefined) counts.set(count, word(data, point.at * 2));
  }
  return counts;
}

/** The spans that are read of a model: first these, and those once more at the end. */
export interface Reads {
  readonly first: readonly Span[];
  /** Factors that lie too far from their values for one request: they must be the same before and behind them. */
  readonly again: readonly Span[];
}

/** The cheapest requests that read a model's number and these points, each with its factor in the same answer. */
export function readsOf(targets: readonly PlacedTarget[], most: number, cost: WireCost): Reads {
  const rules: Rules = { most, maxHole: NO_HOLE_TOO_LARGE, exchange: cost.exchange, address: 2 * cost.byte };
  const spans: Span[] = [MODEL_HEADER];
  const far: Span[] = [];
  for (const { span, factor } of targets) {
    const reach = factor === undefined ? span : around(span, factor);
    if (factor === undefined || reach.count <= most) spans.push(reach);
    else {
      spans.push(span, factor);
      far.push(factor);
    }
  }
  const all = blocks(spans, rules);
  const holdsFactor = (block: Span) => far.some((factor) => isWithin(factor, block));
  return {
    first: [...all.filter(holdsFactor), ...all.filter((block) => !holdsFactor(block))],
    again: blocks(far, rules),
  };
}

function around(one: Span, other: Span): Span {
  const address = Math.min(one.address, other.address);
  return { address, count: Math.max(one.address + one.count, other.address + other.count) - address };
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.address >= outer.address && inner.address + inner.count <= outer.address + outer.count;
}

/** Registers that have come, by where they lie in the model. */
export class Registers {
  readonly #parts: readonly { readonly span: Span; readonly data: Uint8Array }[];

  constructor(parts: Registers['all'] = []) {
    this.#parts = parts;
  }

  get all(): readonly { readonly span: Span; readonly data: Uint8Array }[] {
    return this.#parts;
  }

  with(span: Span, data: Uint8Array): Registers {
    return new Registers([...this.#parts, { span, data }]);
  }

  /** Of these both, as one answer held them. */
  together(spans: readonly Span[]): readonly Uint8Array[] | undefined {
    const part = this.#parts.find(({ span: outer }) => spans.every((span) => isWithin(span, outer)));
    if (part === undefined) return undefined;
    return spans.map(({ address, count }) => {
      const from = (address - part.span.address) * 2;
      return part.data.subarray(from, from + count * 2);
    });
  }

  of(span: Span): Uint8Array | undefined {
    return this.together([span])?.[0];
  }
}

/** The requests that read a model's number and the factors of these points, and nothing else of them. */
export function factorReads(targets: readonly PlacedTarget[], most: number, cost: WireCost): readonly Span[] {
  const rules: Rules = { most, maxHole: NO_HOLE_TOO_LARGE, exchange: cost.exchange, address: 2 * cost.byte };
  return blocks([MODEL_HEADER, ...targets.flatMap(({ factor }) => factor ?? [])], rules);
}

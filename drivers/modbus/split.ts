import type { FaultCode } from '../contract/faults.ts';
import type { Span } from './plan.ts';

/**
 * The exceptions that a narrower request may be spared (V1.1b3, 7, and the state diagrams of 6.1 to 6.4):
 *
 * - 2: "the combination of reference number and transfer length is invalid": a hole, or one point, is not there;
 * - 3: "the implied length is incorrect": devices that read fewer addresses at once than the protocol allows say so;
 * - 4: reading failed, which devices say of a register whose sensor is missing;
 * - 8: memory is damaged, which may be in one place only.
 *
 * And silence: devices that can't answer a request of that length, or about one of its addresses, often say nothing.
 *
 * Not 1 and 7: the function stays the same. Not 5 and 6: the device wants time, and more questions would cost it more.
 * Not 10 and 11: they come from a gateway that did not reach the device. Not those that the standard does not name.
 */
export const NARROWER_MAY_HELP: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'modbus/illegal-address',
  'modbus/illegal-value',
  'modbus/device-failure',
  'modbus/memory-parity',
  'device/silent',
]);

/** Where spans in the order of their addresses can be cut in two. */
interface Cut {
  /** The second half begins with this span. */
  readonly at: number;
  /** Addresses between the halves; below 0: they overlap. */
  readonly hole: number;
  /** From the middle of the whole. */
  readonly distance: number;
}

/**
 * The two halves of what one request reads. Holes are the first suspects, since no point says that the device has them:
 * as long as there are any the cut is made there, and nobody reads the hole any more; else between two points, and only
 * if there is no other place between points that overlap. Of several such places it is the one nearest the middle: one
 * bad address among n then costs about log2(n) requests more, where asking for each point alone would cost n.
 * @param spans in the order of their addresses
 * @returns nothing where no half would be narrower: one span, or the same one several times
 */
export function halves<T extends Span>(spans: readonly T[]): readonly (readonly T[])[] {
  const start = spans[0]?.address ?? 0;
  const middle = start + (Math.max(...spans.map(({ address, count }) => address + count)) - start) / 2;
  let best: Cut | undefined;
  let end = start;
  spans.forEach((span, at) => {
    const before = spans[at - 1];
    const same = before?.address === span.address && before.count === span.count;
    const hole = span.address - end;
    const cut = { at, hole, distance: Math.abs(span.address - hole / 2 - middle) };
    if (before && !same && (best === undefined || isBetter(cut, best))) best = cut;
    end = Math.max(end, span.address + span.count);
  });
  return best === undefined ? [] : [spans.slice(0, best.at), spans.slice(best.at)];
}

function isBetter(cut: Cut, than: Cut): boolean {
  const rank = Math.sign(cut.hole) - Math.sign(than.hole);
  return rank === 0 ? cut.distance < than.distance : rank > 0;
}

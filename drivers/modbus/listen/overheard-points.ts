import type { Sample } from '../../contract/reading.ts';
import type { Options } from '../options.ts';
import type { PointOptions } from '../point.ts';
import { factorOf, type Mapped, mapped, READ, samplesOf } from '../read.ts';
import type { Request } from '../request.ts';

/** The points of one device, found in what another master reads of it. */
export class OverheardPoints {
  readonly #points: readonly Mapped[];

  constructor(points: readonly PointOptions[], orders: Pick<Options, 'wordOrder' | 'byteOrder'>) {
    this.#points = points.map((each) => mapped(each, orders, factorOf(each, points)));
  }

  /** The values of the points that lie whole in what was read. @param data as they lie on the wire */
  samples(request: Request, data: Uint8Array): readonly Sample[] {
    if (!('count' in request)) return [];
    const { address, count } = request;
    const code = request.function === 23 ? READ.holding : request.function;
    const inside = this.#points.filter(
      ({ point, reach }) =>
        READ[point.register] === code && reach.address >= address && reach.address + reach.count <= address + count,
    );
    const [one] = inside;
    return one === undefined ? [] : samplesOf(inside, data, address, one.point.register);
  }
}

import type { ToldIdentity } from '../contract/identity.ts';
import { decodeText } from '../framing/text.ts';
import type { Ask, Told } from './wire.ts';

/** Objects of the basic and of the regular level (V1.1b3, 6.21). */
const VENDOR = 0;
const PRODUCT_CODE = 1;
const REVISION = 2;
const PRODUCT_NAME = 4;
const MODEL_NAME = 5;

const MORE_FOLLOWS = 0xff;
/** Of the conformity level: the bit beside the level itself says whether single objects can be asked for. */
const LEVEL = 0x7f;
const REGULAR = 2;

/** Level, conformity, whether more follows, the next object, how many objects. */
const HEAD = 5;

/**
 * Asks a device for its identity (V1.1b3, 6.21, function 43 / 14): first the basic level, which every device with the
 * function has; then the regular level, where the device says that it has it. Objects that do not fit into one answer
 * are asked for on and on, as long as the next object is a later one.
 * @param object from which on
 */
export function identification(level: 1 | 2, object: number): Ask {
  return {
    request: { function: 43, level, object },
    points: [],
    samples: () => [],
    told: (data) => toldBy(data, level, object),
  };
}

function toldBy(data: Uint8Array, level: 1 | 2, object: number): Told {
  const [, conformity = 0, more = 0, next = 0] = data;
  const identity = identityOf(objectsIn(data));
  if (more === MORE_FOLLOWS && next > object) return { identity, further: identification(level, next) };
  const isRegular = level === 1 && (conformity & LEVEL) >= REGULAR;
  return { identity, ...(isRegular && { further: identification(REGULAR, 0) }) };
}

/** The texts by their number. The frame was judged: its lengths fit. */
function objectsIn(data: Uint8Array): ReadonlyMap<number, string> {
  const objects = new Map<number, string>();
  for (let at = HEAD; at + 2 <= data.length; ) {
    const [number = 0, size = 0] = data.subarray(at, at + 2);
    at += 2;
    objects.set(number, decodeText(data.subarray(at, at + size), 'latin1'));
    at += size;
  }
  return objects;
}

function identityOf(objects: ReadonlyMap<number, string>): ToldIdentity {
  const text = (number: number) => objects.get(number)?.trim() || undefined;
  return {
    maker: text(VENDOR),
    model: text(MODEL_NAME) ?? text(PRODUCT_NAME) ?? text(PRODUCT_CODE),
    firmware: text(REVISION),
  };
}

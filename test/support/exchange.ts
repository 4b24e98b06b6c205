import type { Dialogue, Exchange, Verdict } from '../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { single } from '../../drivers/contract/single.ts';

/** The silence that the made-up protocol needs before a request. */
export const QUIET = 4;

/** A request of a made-up protocol: `[unit, length]`, answered by `[unit, ...length bytes]`; 0xee after the unit refuses. */
export function exchange(
  unit: number,
  length: number,
  changes: Partial<Exchange<Uint8Array>> = {},
): Exchange<Uint8Array> {
  const judge = (received: Uint8Array, ended: boolean): Verdict<Uint8Array> => {
    const at = received.indexOf(unit);
    const strays = at > 0 || (at < 0 && received.length > 0) ? (['foreign'] as const) : [];
    const failed = { state: 'failed', answered: true } as const;
    if (at >= 0 && received[at + 1] === 0xee) {
      return { ...failed, fault: new Fault('modbus/illegal-address'), consequence: 'refused', strays };
    }
    if (at >= 0 && received[at + 1] === 0xbb) {
      return { ...failed, fault: new Fault('modbus/checksum'), consequence: 'damaged', strays: ['checksum'] };
    }
    if (at >= 0 && received.length >= at + 1 + length) {
      const end = at + 1 + length;
      return { state: 'done', result: received.slice(at + 1, end), used: end, strays };
    }
    if (!ended) return { state: 'more' };
    return { ...failed, fault: new Fault('device/silent'), consequence: 'silent', answered: false, strays };
  };
  return {
    request: Uint8Array.of(unit, length),
    answer: { usual: 1 + length, most: 512 },
    timeout: milliseconds(100),
    quietBefore: milliseconds(QUIET),
    signature: `${unit}/${length}`,
    lateWithin: milliseconds(2000),
    judge,
    ...changes,
  };
}

/** The dialogue that asks this once, one point a byte. */
export function dialogue(
  unit: number,
  length: number,
  points: readonly string[] = [],
  changes: Partial<Exchange<Uint8Array>> = {},
  more: Partial<Pick<Parameters<typeof single>[0], 'key' | 'split' | 'acts'>> = {},
): Dialogue {
  const asked = exchange(unit, length, changes);
  return single({
    ...{ key: Array.from(asked.request).join('-'), points, exchange: asked, ...more },
    samples: (bytes) => points.map((point, index) => ({ point, value: bytes[index] ?? null })),
  });
}

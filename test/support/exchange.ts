import type { Answer, Exchange } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';

/** A question of a made-up protocol: `[unit, length]`, answered by `[unit, ...length bytes]`; 0xee after the unit refuses. */
export function exchange(unit: number, length: number, points: readonly string[] = []): Exchange {
  const answer = (received: Uint8Array, ended: boolean): Answer => {
    const at = received.indexOf(unit);
    const strays = at > 0 || (at < 0 && received.length > 0) ? (['foreign'] as const) : [];
    if (at >= 0 && received[at + 1] === 0xee) {
      return { state: 'failed', fault: new Fault('modbus/illegal-address'), answered: true, refused: true, strays };
    }
    if (at >= 0 && received[at + 1] === 0xbb) {
      return { state: 'failed', fault: new Fault('modbus/checksum'), answered: true, strays: ['checksum'] };
    }
    if (at >= 0 && received.length >= at + 1 + length) {
      const samples = points.map((point, index) => ({ point, value: received[at + 1 + index] ?? null }));
      return { state: 'done', samples, used: at + 1 + length, strays };
    }
    if (!ended) return { state: 'more' };
    return { state: 'failed', fault: new Fault('device/silent'), answered: false, strays };
  };
  return {
    request: Uint8Array.of(unit, length),
    timeout: milliseconds(100),
    answerLength: 1 + length,
    signature: `${unit}/${length}`,
    lateWithin: milliseconds(2000),
    points,
    answer,
  };
}

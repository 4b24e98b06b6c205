import type { LineTiming } from '../contract/port.ts';

/** FTDI's chips fill USB packets of 64 bytes, of which two are status (AN232B-04). */
const PACKET = 62;

/** Sums of binary fractions: an answer that ends with the timer is not one that missed it. */
const ROUNDING = 1e-9;

/** A request and its answer: lengths in characters, and the silence by which the device knows the request's end. */
export interface Lengths {
  readonly request: number;
  readonly answer: number;
  readonly quietMs: number;
}

/**
 * How long one exchange takes, milliseconds, from one answer in hand to the next one: gap, request, the silence by
 * which the device knows its end, answer, and the adapter's delay. Its timer starts anew with each packet; bytes go to
 * the computer when 62 are there or the timer expires, also without any (AN232B-04). So the next exchange begins at an
 * expiry and takes whole timers: one of 6.4 ms takes 16 ms at a timer of 16 ms, and 7 ms at 1 ms.
 *
 * That is for a device that answers at once. One that takes its time moves the answer's end against the timer: over
 * many devices, half the timer is added, and never more than the whole.
 * @param gapMs the silence that is kept before the request
 * @param timerMs the latency timer; 0: an adapter without
 */
export function exchangeMs(
  { request, answer, quietMs }: Lengths,
  line: LineTiming,
  gapMs: number,
  timerMs: number,
): number {
  const { characterMs } = line;
  const first = gapMs + request * characterMs + quietMs;
  if (!(timerMs > 0) || !(characterMs > 0) || answer === 0) return first + answer * characterMs;
  let packetAt = Math.floor(first / timerMs) * timerMs;
  let handedOver = 0;
  while (handedOver < answer) {
    const expiresAt = packetAt + timerMs;
    const fullAt = first + (handedOver + PACKET) * characterMs;
    if (handedOver + PACKET <= answer && fullAt < expiresAt) {
      handedOver += PACKET;
      packetAt = fullAt;
    } else {
      handedOver = Math.min(answer, Math.floor((expiresAt - first) / characterMs + ROUNDING));
      packetAt = expiresAt;
    }
  }
  return packetAt;
}

/** The share of its rate that a line keeps behind an adapter with this timer: 0 to 1, 1 without a timer. */
export function keptShare(lengths: Lengths, line: LineTiming, gapMs: number, timerMs: number): number {
  return exchangeMs(lengths, line, gapMs, 0) / exchangeMs(lengths, line, gapMs, timerMs);
}

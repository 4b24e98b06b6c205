import type { Consequence, Exchange, Verdict } from '../contract/dialogue.ts';
import { type Duration, milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import { type FrameCountBit, LONG_OVERHEAD, LONGEST_FRAME, requestFrame, SELECTED } from './link/frame.ts';
import { type Heard, type Scanned, scanForAck, scanForData } from './link/scan.ts';
import type { Timing } from './timing.ts';

/** Bytes of what converters and an echo may put before an answer. */
const NOISE_ROOM = 64;

/** Bytes of an answer of middle size, for planning. */
const USUAL_ANSWER = 100;

/** A request that one character answers: a reset, or a selection. */
export function acknowledged(request: Uint8Array, timing: Timing, more: Repeat): Exchange<true> {
  return {
    request,
    answer: { usual: 1, most: 1 + request.length + NOISE_ROOM },
    timeout: timing.acknowledgement,
    idle: timing.idle,
    quietBefore: more.afterDamage === true ? timing.quietAfterDamage : timing.quiet,
    // the character carries no address: any device's may pass for another's
    signature: 'mbus/acknowledgement',
    lateWithin: more.isRepeated ? milliseconds(0) : timing.acknowledgement,
    judge(received, ended): Verdict<true> {
      const scanned = scanForAck(received, ended, request);
      if (scanned.state === 'more') return scanned;
      if (scanned.state === 'found') {
        return { state: 'done', result: true, used: scanned.end, strays: scanned.heard.strays };
      }
      return failed(scanned, 'mbus/several-answers');
    },
  };
}

/** How a request is sent once more. */
export interface Repeat {
  /** The same request follows where this one is not answered: then a late answer is as good as the new one. */
  readonly isRepeated: boolean;
  /** The answer before was no sound one. */
  readonly afterDamage?: boolean | undefined;
}

/** The user data of an answer: from its control information on. */
export type UserData = Uint8Array;

/** Asks for a telegram. */
export function requested(address: number, bit: FrameCountBit, timing: Timing, more: Repeat): Exchange<UserData> {
  const request = requestFrame(address, bit);
  return {
    request,
    answer: { usual: USUAL_ANSWER, most: LONGEST_FRAME + request.length + NOISE_ROOM },
    timeout: timing.data,
    idle: timing.idle,
    quietBefore: more.afterDamage === true ? timing.quietAfterDamage : timing.quiet,
    // a selected slave may answer under its own address
    signature: address >= SELECTED ? 'mbus/data' : `mbus/data/${address}`,
    lateWithin: more.isRepeated ? milliseconds(0) : lateOf(timing),
    judge(received, ended): Verdict<UserData> {
      const scanned = scanForData(received, ended, request, address);
      if (scanned.state === 'more') return scanned;
      if (scanned.state === 'none') return failed(scanned, 'device/garbled');
      const result = received.slice(scanned.at + LONG_OVERHEAD, scanned.end - 2);
      return { state: 'done', result, used: scanned.end, strays: scanned.heard.strays };
    },
  };
}

function lateOf(timing: Timing): Duration {
  return milliseconds(timing.data + timing.idle);
}

type Nothing = Extract<Scanned, { readonly state: 'none' }>;

/** @param garbled what bytes are that are no frame */
function failed(
  { heard, acknowledged: isAcknowledged }: Nothing,
  garbled: FaultCode,
): Extract<Verdict<never>, { state: 'failed' }> {
  const [code, consequence] = causeOf(heard, isAcknowledged, garbled);
  const answered = consequence === 'refused' || heard.damage === 'checksum';
  return { state: 'failed', fault: new Fault(code), consequence, answered, strays: heard.strays };
}

function causeOf(heard: Heard, isAcknowledged: boolean, garbled: FaultCode): readonly [FaultCode, Consequence] {
  if (heard.damage !== undefined) return [`mbus/${heard.damage}`, 'damaged'];
  // EN 13757-2: the slave has no data
  if (isAcknowledged) return ['mbus/no-data', 'refused'];
  if (!heard.silent) return [garbled, 'damaged'];
  if (heard.strays.includes('foreign')) return ['mbus/foreign-address', 'silent'];
  return [heard.strays.includes('echo') ? 'bus/echo' : 'device/silent', 'silent'];
}

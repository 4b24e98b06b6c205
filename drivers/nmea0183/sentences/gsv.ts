import type { Fields } from '../fields.ts';
import type { SentenceKind } from './kind.ts';

interface System {
  readonly point: string;
  /** The signals (4.1) by which a receiver counts a satellite as in view: the system's common civil one. */
  readonly signals: readonly string[];
}

const COMBINED: System = { point: 'satellites-in-view', signals: ['1'] };

/** By talker: receivers for several systems send one group of GSV for each. Signals: NMEA 0183 4.1, as gpsd lists them. */
const SYSTEMS: Readonly<Record<string, System>> = {
  GP: { point: 'gps-in-view', signals: ['1'] },
  GL: { point: 'glonass-in-view', signals: ['1'] },
  // E1: 7 is what most write, 6 is the same band's other service.
  GA: { point: 'galileo-in-view', signals: ['6', '7'] },
  GB: { point: 'beidou-in-view', signals: ['1'] },
  BD: { point: 'beidou-in-view', signals: ['1'] },
  GQ: { point: 'qzss-in-view', signals: ['1'] },
  QZ: { point: 'qzss-in-view', signals: ['1'] },
  GI: { point: 'navic-in-view', signals: ['1'] },
};

/**
 * GSV, satellites in view. Fields: 0 messages, 1 this message, 2 satellites in view, then four fields for each of up to
 * four satellites (not reported), then the signal (4.1). Each message of a group repeats the count, so each is decoded
 * by itself; some receivers leave both counts empty from the second message on, and then it adds nothing. Source: gpsd, "NMEA Revealed" v2.24, GSV; u-blox M8 receiver description, UBX-13003221.
 */
export const gsv: SentenceKind = {
  id: 'GSV',
  leastFields: 3,
  decode(fields, { talker }) {
    const messages = fields.whole(0, 1, 99);
    const message = fields.whole(1, 1, 99);
    const count = fields.whole(2, 0, 255);
    const follows = message !== null && message > 1;
    if (message === null || (messages === null && !follows) || message > (messages ?? message)) fields.refuse();
    // The first message has said it.
    if (follows && count === null) return [];
    const system = (Object.hasOwn(SYSTEMS, talker) ? SYSTEMS[talker] : undefined) ?? COMBINED;
    return isMainSignal(fields, system) ? [{ point: system.point, value: count }] : [];
  },
};

/** Receivers for two bands send one group for each signal: the others count the same satellites again. */
function isMainSignal(fields: Fields, system: System): boolean {
  const hasSignal = (fields.count - 3) % 4 === 1;
  const signal = hasSignal ? fields.text(fields.count - 1) : '';
  return signal === '' || signal === '0' || system.signals.includes(signal);
}

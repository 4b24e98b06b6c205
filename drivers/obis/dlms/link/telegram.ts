import type { Stray } from '../../../contract/driver.ts';
import { Fault } from '../../../contract/fault.ts';
import { BARE, BareLook } from './bare.ts';
import type { Look } from './frame.ts';
import { FLAG, lookForHdlc } from './hdlc.ts';
import { lookForMbus } from './mbus.ts';
import { Series } from './series.ts';

export type Refused = { readonly fault: Fault; readonly stray: Stray };

export type Read =
  | {
      /** Undefined: sound frames of which none carries a push telegram. */
      readonly apdu: Uint8Array | undefined;
      /** Its link had a check, which was right. */
      readonly isChecked: boolean;
    }
  | Refused;

const INCOMPLETE: Refused = Object.freeze({ fault: new Fault('dlms/incomplete'), stray: 'truncated' });

/** The APDU of a telegram as the framer tells it: its link frames, one behind the other. */
export function readSeries(bytes: Uint8Array): Read {
  const series = new Series();
  let at = 0;
  let isWhole = false;
  let isForeign = false;
  let isChecked = true;
  while (at < bytes.length) {
    if (bytes[at] === FLAG && bytes[at + 1] === FLAG) {
      at += 1;
      continue;
    }
    const look = lookAt(bytes, at);
    if (look.state === 'damaged') return { fault: new Fault('dlms/checksum'), stray: 'checksum' };
    // A part that is no frame, or has bytes behind its end, was cut.
    if (look.state !== 'frame' || isWhole || isForeign) return INCOMPLETE;
    const { length, part } = look.frame;
    at += length;
    if (part === undefined) {
      isForeign = true;
      continue;
    }
    isChecked = part.from !== BARE;
    const step = series.take(part);
    if (step === 'other') return INCOMPLETE;
    isWhole = step === 'whole';
  }
  if (isForeign) return { apdu: undefined, isChecked };
  return isWhole ? { apdu: series.apdu(), isChecked } : INCOMPLETE;
}

function lookAt(bytes: Uint8Array, at: number): Look {
  const hdlc = lookForHdlc(bytes, at, bytes.length);
  if (hdlc.state !== 'none') return hdlc;
  const mbus = lookForMbus(bytes, at, bytes.length);
  return mbus.state !== 'none' ? mbus : new BareLook().look(bytes, at, bytes.length);
}

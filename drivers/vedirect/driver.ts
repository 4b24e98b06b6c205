import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import { askedRegisters } from './asked.ts';
import { readBlock } from './block.ts';
import { BlockFramer } from './framer.ts';
import { isSoundHex } from './hex.ts';
import { type Options, options } from './options.ts';
import { fieldPoints, type PointOptions, point } from './points.ts';

const COLON = 0x3a;
const TAB = 0x09;

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'vedirect',
  summary:
    'Solar chargers, battery monitors and inverters that send VE.Direct text by themselves, and answer gets of registers',
  options,
  point,
  create,
};

/** @throws Fault `driver/create` where a point is listed twice, or is none */
function create({ options, points }: Setup<Options, PointOptions>): StreamDevice {
  const fields = fieldPoints(points, options);

  function decode(frame: Uint8Array): Decoded {
    // A text block can begin with what was left of a HEX message, but none is without a tab.
    if (frame[0] === COLON && !frame.includes(TAB)) {
      return isSoundHex(frame) ? { samples: [] } : { fault: new Fault('vedirect/hex-checksum'), stray: 'checksum' };
    }
    const block = readBlock(frame);
    if ('code' in block) return { fault: new Fault(block.code), stray: block.stray };
    return {
      samples: fields.flatMap(({ point: { name }, label, read }) => {
        const sent = block.get(label);
        return sent === undefined ? [] : [{ point: name, value: read(sent) }];
      }),
    };
  }

  const asked = askedRegisters(points);
  return {
    kind: 'stream',
    points: [...fields.map(({ point }) => point), ...(asked?.points ?? [])],
    ...(asked && { asked }),
    framer: () => new BlockFramer(),
    decode,
  };
}

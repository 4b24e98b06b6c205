import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { ToldIdentity } from '../contract/identity.ts';
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
  summary: 'Solar chargers, battery monitors and inverters that send VE.Direct text by themselves',
  options,
  point,
  create,
};

/**
 * All who speak it are of one maker. A product is told by its number, as `0xA042`; the version has two digits behind the point
 * (VE.Direct protocol 3.34, fields PID, FW, FWE and SER#), and a release candidate a letter in front.
 */
function identityOf(block: ReadonlyMap<string, string>): ToldIdentity | undefined {
  const product = block.get('PID');
  const [, candidate, major, minor] = /^([A-Z]?)([0-9]{1,3})([0-9]{2})$/.exec(block.get('FW') ?? '') ?? [];
  const serial = block.get('SER#');
  const firmware = minor === undefined ? block.get('FWE') : `${candidate}${Number(major)}.${minor}`;
  // a block of the history tells nothing of it
  if ((product ?? serial ?? firmware) === undefined) return undefined;
  return { maker: 'Victron Energy', model: product, serial, firmware };
}

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
      identity: identityOf(block),
      samples: fields.flatMap(({ point: { name }, label, read }) => {
        const sent = block.get(label);
        return sent === undefined ? [] : [{ point: name, value: read(sent) }];
      }),
    };
  }

  return { kind: 'stream', points: fields.map(({ point }) => point), framer: () => new BlockFramer(), decode };
}

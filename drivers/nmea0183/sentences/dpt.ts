import type { SentenceKind } from './kind.ts';

/**
 * DPT, depth. Fields: 0 metres below the transducer, 1 offset in m (above 0: from the transducer up to the water line;
 * below 0: down to the keel), 2 largest range in use (3.0, not reported). Source: gpsd, "NMEA Revealed" v2.24, DPT.
 */
export const dpt: SentenceKind = {
  id: 'DPT',
  leastFields: 1,
  decode(fields) {
    const depth = fields.number(0, 0, 12_000);
    const offset = fields.number(1, -1000, 1000);
    const reached = depth === null || offset === null ? null : depth + offset;
    return [
      { point: 'depth', value: depth },
      { point: 'depth-offset', value: offset },
      // An offset of 0 says that none was set, not that the transducer is at the water line.
      { point: 'depth-below-surface', value: offset !== null && offset > 0 ? reached : null },
      { point: 'depth-below-keel', value: offset !== null && offset < 0 ? reached : null },
    ];
  },
};

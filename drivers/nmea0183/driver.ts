import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { Point, Sample } from '../contract/reading.ts';
import { roundedTo } from '../schema/decimal.ts';
import { Fields } from './fields.ts';
import { SentenceFramer } from './framer.ts';
import { receiverIdentity } from './identity.ts';
import { type Options, options } from './options.ts';
import { kindOf, POINT_NAMES, type PointOptions, point } from './points.ts';
import { readLine, type Sentence } from './sentence.ts';
import { dpt } from './sentences/dpt.ts';
import { gga } from './sentences/gga.ts';
import { gll } from './sentences/gll.ts';
import { gns } from './sentences/gns.ts';
import { gsa } from './sentences/gsa.ts';
import { gsv } from './sentences/gsv.ts';
import { hdt } from './sentences/hdt.ts';
import type { FedPoint, SentenceId, SentenceKind } from './sentences/kind.ts';
import { mda } from './sentences/mda.ts';
import { mwv } from './sentences/mwv.ts';
import { rmc } from './sentences/rmc.ts';
import { vtg } from './sentences/vtg.ts';
import { xdr } from './sentences/xdr.ts';
import { zda } from './sentences/zda.ts';
import { type Transducer, transducerKey, transducerKind } from './transducers.ts';

/** Words of the receiver's own, most of all when it starts. */
const TEXT = 'TXT';

const KINDS: readonly SentenceKind[] = [gga, gns, rmc, gsa, gsv, vtg, gll, zda, hdt, dpt, mwv, mda, xdr];

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'nmea0183',
  summary: 'GNSS receivers, compasses, sounders and weather stations that send NMEA 0183 by themselves',
  options,
  point,
  create,
};

/**
 * An instrument.
 * @throws Fault `driver/create` where a point or a transducer is listed twice or none of the used sentences feeds it
 */
function create({ options, points }: Setup<Options, PointOptions>): StreamDevice {
  const used: ReadonlySet<SentenceId> = new Set(options.sentences);
  const talkers = options.talkers === undefined ? undefined : new Set(options.talkers);
  const kinds = new Map(KINDS.filter(({ id }) => used.has(id)).map((kind) => [kind.id as string, kind]));
  const chosen = choose(points, used);
  const transducers = fedPoints(points);

  function decode(frame: Uint8Array): Decoded {
    const line = readLine(frame);
    if (line.kind === 'bad') return line;
    if (line.kind === 'other' || talkers?.has(line.sentence.talker) === false) return { samples: [] };
    if (line.sentence.id === TEXT) return { samples: [], identity: receiverIdentity(line.sentence) };
    const kind = kinds.get(line.sentence.id);
    return kind === undefined ? { samples: [] } : decodeSentence(kind, line.sentence);
  }

  function decodeSentence(kind: SentenceKind, sentence: Sentence): Decoded {
    if (sentence.checksum === 'absent' && options.checksum === 'required') {
      return { fault: new Fault('nmea0183/no-checksum'), stray: 'checksum' };
    }
    const fields = new Fields(sentence.fields);
    const samples =
      fields.count < kind.leastFields ? undefined : kind.decode(fields, { ...sentence, used, transducers });
    if (samples === undefined || fields.malformed) {
      return { fault: new Fault('nmea0183/malformed'), stray: 'noise' };
    }
    return { samples: report(samples, kind.id, chosen) };
  }

  return {
    kind: 'stream',
    points: [...chosen.values()].map(({ point }) => point),
    framer: () => new SentenceFramer(),
    decode,
  };
}

interface Chosen {
  readonly point: Point;
  /** The sentences that feed it: a transducer under the name of a usual point is fed by nothing else. */
  readonly from: readonly SentenceId[];
  readonly decimals: number | undefined;
}

/** The points of the config, or all that the used sentences can feed. */
function choose(points: readonly PointOptions[], used: ReadonlySet<SentenceId>): ReadonlyMap<string, Chosen> {
  const usual: readonly PointOptions[] = POINT_NAMES.map((name) => ({ name }));
  const isFed = (entry: PointOptions) => kindOf(entry)?.from.some((id) => used.has(id)) === true;
  const wanted = points.length > 0 ? points : usual.filter(isFed);
  const chosen = new Map<string, Chosen>();
  for (const [index, entry] of wanted.entries()) {
    const kind = kindOf(entry);
    if (kind === undefined || !isFed(entry) || chosen.has(entry.name)) {
      throw new Fault('driver/create', { point: index });
    }
    chosen.set(entry.name, {
      point: {
        name: entry.name,
        type: kind.type,
        unit: kind.unit,
        writable: false,
        min: entry.min,
        max: entry.max,
        // A receiver repeats itself every second, in several sentences: only changes are news.
        deadband: entry.deadband ?? 0,
        choices: kind.choices,
        tellsUtc: kind.tellsUtc,
      },
      from: kind.from,
      decimals: entry.decimals ?? kind.decimals,
    });
  }
  return chosen;
}

/** The transducers that feed a point. */
function fedPoints(points: readonly PointOptions[]): ReadonlyMap<string, FedPoint> {
  const fed = new Map<string, FedPoint>();
  for (const [index, { name, transducer }] of points.entries()) {
    if (transducer === undefined) continue;
    const key = keyOf(transducer);
    if (fed.has(key)) throw new Fault('driver/create', { point: index });
    fed.set(key, { point: name, transducer });
  }
  return fed;
}

function keyOf(transducer: Transducer): string {
  return transducerKey(transducerKind(transducer).letter, transducer.id.trim());
}

function report(samples: readonly Sample[], from: SentenceId, chosen: ReadonlyMap<string, Chosen>): readonly Sample[] {
  return samples.flatMap((sample) => {
    const { point, value } = sample;
    const entry = chosen.get(point);
    if (entry?.from.includes(from) !== true) return [];
    const { decimals } = entry;
    return [
      { ...sample, value: typeof value === 'number' && decimals !== undefined ? roundedTo(value, decimals) : value },
    ];
  });
}

import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { Point, Sample } from '../contract/reading.ts';
import { DelimitedFramer } from '../framing/delimited.ts';
import { roundedTo } from '../schema/decimal.ts';
import { Fields } from './fields.ts';
import { type Options, options } from './options.ts';
import { POINT_NAMES, POINTS, type PointKind, type PointOptions, point } from './points.ts';
import { readLine, type Sentence } from './sentence.ts';
import { gga } from './sentences/gga.ts';
import { gll } from './sentences/gll.ts';
import { gsa } from './sentences/gsa.ts';
import { gsv } from './sentences/gsv.ts';
import type { SentenceId, SentenceKind } from './sentences/kind.ts';
import { rmc } from './sentences/rmc.ts';
import { vtg } from './sentences/vtg.ts';
import { zda } from './sentences/zda.ts';

/** The standard allows 82 with `$` and CR LF; receivers with more digits and more systems send over 100. */
const LONGEST_LINE = 256;

const LINE_FEED = Uint8Array.of(0x0a);

const KINDS: readonly SentenceKind[] = [gga, rmc, gsa, gsv, vtg, gll, zda];

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'nmea0183',
  summary: 'GNSS receivers and instruments that send NMEA 0183 sentences by themselves',
  options,
  point,
  create,
};

/** A receiver. @throws Fault `driver/create` where a point is listed twice or none of the used sentences feeds it */
function create({ options, points }: Setup<Options, PointOptions>): StreamDevice {
  const used: ReadonlySet<SentenceId> = new Set(options.sentences);
  const talkers = options.talkers === undefined ? undefined : new Set(options.talkers);
  const kinds = new Map(KINDS.filter(({ id }) => used.has(id)).map((kind) => [kind.id as string, kind]));
  const chosen = choose(points, used);

  function decode(frame: Uint8Array): Decoded {
    const line = readLine(frame);
    if (line.kind === 'bad') return line;
    if (line.kind === 'other' || talkers?.has(line.sentence.talker) === false) return { samples: [] };
    const kind = kinds.get(line.sentence.id);
    return kind === undefined ? { samples: [] } : decodeSentence(kind, line.sentence);
  }

  function decodeSentence(kind: SentenceKind, sentence: Sentence): Decoded {
    if (sentence.checksum === 'absent' && options.checksum === 'required') {
      return { fault: new Fault('nmea0183/no-checksum'), stray: 'checksum' };
    }
    const fields = new Fields(sentence.fields);
    const samples = fields.count < kind.leastFields ? undefined : kind.decode(fields, { ...sentence, used });
    if (samples === undefined || fields.malformed) {
      return { fault: new Fault('nmea0183/malformed'), stray: 'noise' };
    }
    return { samples: report(samples, chosen) };
  }

  return {
    kind: 'stream',
    points: [...chosen.values()].map(({ point }) => point),
    framer: () => new DelimitedFramer({ delimiter: LINE_FEED, maxLength: LONGEST_LINE }),
    decode,
  };
}

interface Chosen {
  readonly point: Point;
  readonly decimals: number | undefined;
}

/** The points of the config, or all that the used sentences can feed. */
function choose(points: readonly PointOptions[], used: ReadonlySet<SentenceId>): ReadonlyMap<string, Chosen> {
  const fed = (kind: PointKind) => kind.from.some((id) => used.has(id));
  const wanted: readonly PointOptions[] =
    points.length > 0 ? points : POINT_NAMES.filter((name) => fed(POINTS[name])).map((name) => ({ name }));
  const chosen = new Map<string, Chosen>();
  for (const [index, entry] of wanted.entries()) {
    const kind: PointKind = POINTS[entry.name];
    if (!fed(kind) || chosen.has(entry.name)) throw new Fault('driver/create', { point: index });
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
      },
      decimals: entry.decimals ?? kind.decimals,
    });
  }
  return chosen;
}

function report(samples: readonly Sample[], chosen: ReadonlyMap<string, Chosen>): readonly Sample[] {
  return samples.flatMap(({ point, value }) => {
    const entry = chosen.get(point);
    if (entry === undefined) return [];
    const { decimals } = entry;
    return [{ point, value: typeof value === 'number' && decimals !== undefined ? roundedTo(value, decimals) : value }];
  });
}

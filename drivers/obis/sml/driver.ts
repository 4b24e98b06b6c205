import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { Sample } from '../../contract/reading.ts';
import { makerName } from '../../framing/maker.ts';
import { codeOfBytes, type ObisCode, readCode } from '../code.ts';
import { CodeIndex } from '../code-index.ts';
import { firstTold, numberedMeter } from '../identity.ts';
import { type ObisPoint, type ObisPointOptions, obisPoint, obisPointSchema } from '../point.ts';
import type { Checksum } from './checksum.ts';
import { TelegramFramer } from './framer.ts';
import { type Entry, type List, readLists } from './message.ts';
import { type Options, options } from './options.ts';
import { mended } from './quirk.ts';
import { unwrap } from './transport.ts';
import { SML_POINTS } from './usual.ts';
import { type Sent, sentOf } from './value.ts';

export const driver: Driver<Options, ObisPointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'sml',
  summary: 'German electricity meters that push SML on their optical head',
  options,
  point: obisPointSchema(SML_POINTS),
  create,
};

/** 1-0:96.1.0: a list's own name for its meter, where no entry gives one. */
const IDENTIFICATION = Uint8Array.of(1, 0, 96, 1, 0, 255);

/**
 * A meter.
 * @throws Fault `driver/create` where a point is listed twice
 */
function create({ options, points: entries }: Setup<Options, ObisPointOptions>): StreamDevice {
  const usual: readonly ObisPointOptions[] = Object.keys(SML_POINTS).map((name) => ({ name }));
  const wanted = entries.length > 0 ? entries : usual;
  const names = wanted.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice >= 0) throw new Fault('driver/create', { point: twice });
  const points = wanted.map((entry) => ({
    ...obisPoint(entry, { usual: SML_POINTS, units: 'base' }),
    isPlain: entry.scale === undefined && entry.offset === undefined && entry.decimals === undefined,
  }));
  const index = new CodeIndex(
    points.map(({ codes }) => codes),
    { loose: true },
  );
  const samplesOf = (found: readonly Found[]): readonly Sample[] => {
    const firsts = index.firsts(found);
    return points.flatMap((point, at) => {
      const first = firsts[at]?.find((each) => each !== undefined);
      return first === undefined ? [] : [withDigits(point, sentOf(first.entry))];
    });
  };
  const takes = (checksum: Checksum) => options.crc === 'auto' || options.crc === checksum;
  return {
    kind: 'stream',
    points: points.map(({ point }) => point),
    framer: () => new TelegramFramer(),
    decode: (frame) => decode(frame, samplesOf, takes),
  };
}

interface SmlPoint extends ObisPoint {
  readonly isPlain: boolean;
}

interface Found {
  readonly code: ObisCode;
  readonly entry: Entry;
}

function decode(
  frame: Uint8Array,
  samplesOf: (found: readonly Found[]) => readonly Sample[],
  takes: (checksum: Checksum) => boolean,
): Decoded {
  const unwrapped = unwrap(frame);
  if (unwrapped.kind === 'truncated') return { fault: new Fault('sml/truncated'), stray: 'truncated' };
  if (unwrapped.kind === 'malformed') return { fault: new Fault('sml/malformed'), stray: 'noise' };
  const { payload, checksum } = unwrapped;
  if (checksum === undefined) return { fault: new Fault('sml/checksum'), stray: 'checksum' };
  if (!takes(checksum)) return { fault: new Fault('sml/other-checksum'), stray: 'checksum' };
  try {
    const found = readLists(payload, takes).flatMap((list) => entriesOf(mended(list)));
    return { samples: samplesOf(found), identity: identityOf(found) };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { fault: thrown, stray: thrown.code === 'sml/message-checksum' ? 'checksum' : 'noise' };
  }
}

function entriesOf({ serverId, entries }: List): readonly Found[] {
  const own: Entry = {
    name: IDENTIFICATION,
    unit: undefined,
    scaler: 0,
    value: { kind: 'octets', bytes: serverId },
  };
  const all = serverId.length === 0 ? entries : [...entries, own];
  return all.flatMap((entry) => {
    const code = codeOfBytes(entry.name);
    return code === undefined ? [] : [{ code, entry }];
  });
}

/** Active firmware identifier. */
const FIRMWARE: readonly ObisCode[] = [{ medium: 1, channel: 0, quantity: 0, processing: 2, tariff: 0, billing: 255 }];
/** The meter's account of itself: its number, its maker, its version. */
const IDENTITIES = new CodeIndex([codesOf('meter-id'), codesOf('manufacturer'), FIRMWARE], { loose: true });

function codesOf(name: string): readonly ObisCode[] {
  return (SML_POINTS[name]?.codes ?? []).flatMap((text) => readCode(text) ?? []);
}

/** The meter's account of itself: its number, and where that does not name the maker, its maker. */
function identityOf(found: readonly Found[]): ToldIdentity {
  const [id, makers, firmware] = IDENTITIES.firsts(found).map((all) => all?.find((one) => one !== undefined)?.entry);
  const text = (entry: Entry | undefined) => (entry?.value.kind === 'octets' ? sentOf(entry).raw?.text : undefined);
  const maker = text(makers);
  return firstTold(id?.value.kind === 'octets' ? numberedMeter(id.value.bytes) : undefined, {
    maker: maker === undefined ? undefined : (makerName(maker) ?? maker),
    serial: text(id),
    firmware: text(firmware),
  });
}

function withDigits(point: SmlPoint, { raw, exact }: Sent): Sample {
  const sample = point.sample(raw);
  // a number that was scaled, rounded or converted has other digits
  const isAsSent = point.isPlain && typeof sample.value === 'number' && sample.value === raw?.number;
  return isAsSent && exact !== undefined ? { ...sample, exact } : sample;
}

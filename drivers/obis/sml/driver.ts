import { type Decoded, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { Sample } from '../../contract/reading.ts';
import { makerName } from '../../framing/maker.ts';
import { codeOfBytes, isSameCode, type ObisCode, readCode } from '../code.ts';
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

/** 1-0:96.1.0: what a list says of its meter where no entry does. */
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
  const takes = (checksum: Checksum) => options.crc === 'auto' || options.crc === checksum;
  return {
    kind: 'stream',
    points: points.map(({ point }) => point),
    framer: () => new TelegramFramer(),
    decode: (frame) => decode(frame, points, takes),
  };
}

interface SmlPoint extends ObisPoint {
  readonly isPlain: boolean;
}

interface Found {
  readonly code: ObisCode;
  readonly entry: Entry;
}

function decode(frame: Uint8Array, points: readonly SmlPoint[], takes: (checksum: Checksum) => boolean): Decoded {
  const unwrapped = unwrap(frame);
  if (unwrapped.kind === 'truncated') return { fault: new Fault('sml/truncated'), stray: 'truncated' };
  if (unwrapped.kind === 'malformed') return { fault: new Fault('sml/malformed'), stray: 'noise' };
  const { payload, checksum } = unwrapped;
  if (checksum === undefined) return { fault: new Fault('sml/checksum'), stray: 'checksum' };
  if (!takes(checksum)) return { fault: new Fault('sml/other-checksum'), stray: 'checksum' };
  try {
    const found = readLists(payload, takes).flatMap((list) => entriesOf(mended(list)));
    return { samples: points.flatMap((point) => sampleOf(point, found)), identity: identityOf(found) };
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

const METER_IDS = codesOf('meter-id');
const MAKERS = codesOf('manufacturer');
/** Active firmware identifier. */
const FIRMWARE: readonly ObisCode[] = [{ medium: 1, channel: 0, quantity: 0, processing: 2, tariff: 0, billing: 255 }];

function codesOf(name: string): readonly ObisCode[] {
  return (SML_POINTS[name]?.codes ?? []).flatMap((text) => readCode(text) ?? []);
}

/** What the meter says of itself: its number, and where that does not name the maker, its maker. */
function identityOf(found: readonly Found[]): ToldIdentity {
  const first = (codes: readonly ObisCode[]) =>
    found.find(({ code }) => codes.some((wanted) => isSameCode(wanted, code) || isSameId(wanted, code)))?.entry;
  const text = (entry: Entry | undefined) => (entry?.value.kind === 'octets' ? sentOf(entry).raw?.text : undefined);
  const id = first(METER_IDS);
  const maker = text(first(MAKERS));
  return firstTold(id?.value.kind === 'octets' ? numberedMeter(id.value.bytes) : undefined, {
    maker: maker === undefined ? undefined : (makerName(maker) ?? maker),
    serial: text(id),
    firmware: text(first(FIRMWARE)),
  });
}

/** The value of the first of the point's codes that was sent; none where none was. */
function sampleOf(point: SmlPoint, found: readonly Found[]): readonly Sample[] {
  for (const isMeant of [isSameCode, isSameId]) {
    for (const code of point.codes) {
      const entry = found.find((other) => isMeant(code, other.code))?.entry;
      if (entry !== undefined) return [withDigits(point, sentOf(entry))];
    }
  }
  return [];
}

function withDigits(point: SmlPoint, { raw, exact }: Sent): Sample {
  const sample = point.sample(raw);
  // what was scaled, rounded or converted has other digits
  const isAsSent = point.isPlain && typeof sample.value === 'number' && sample.value === raw?.number;
  return isAsSent && exact !== undefined ? { ...sample, exact } : sample;
}

/** C from 96 on and 0 are no measured quantities. */
const FIRST_ABSTRACT = 96;

/** Meters number their names and versions by the last group: 1-0:96.50.1*1. A register of the past is another register. */
function isSameId(wanted: ObisCode, sent: ObisCode): boolean {
  const { quantity, billing } = wanted;
  if (billing !== 255 || (quantity !== 0 && quantity < FIRST_ABSTRACT)) return false;
  return isSameCode(wanted, { ...sent, billing });
}

import type { Sample } from '../../contract/reading.ts';
import { LONGEST_TEXT } from '../../framing/text.ts';
import { formatCode, isSameCode, type ObisCode, readCode } from '../code.ts';
import { type ObisPoint, type ObisPointOptions, type ObisRaw, obisPoint, obisPointSchema } from '../point.ts';
import { USUAL_POINTS, type Usual } from '../usual.ts';
import { channelOf, MEDIA, type Medium } from './channel.ts';
import type { Objects } from './telegram.ts';
import { isZonedTime, readTime } from './time.ts';

/** Points of the meters behind the meter, by what these measure and not by the channel that they happen to be on. */
const CHANNEL_POINTS: Readonly<Record<string, Usual>> = Object.fromEntries(
  Object.entries(MEDIA).flatMap(([name, { unit }]): [string, Usual][] => [
    [name, { codes: [], type: 'number', unit }],
    [`${name}-time`, { codes: [], type: 'time', index: 0 }],
  ]),
);

const USUAL: Readonly<Record<string, Usual>> = { ...USUAL_POINTS, ...CHANNEL_POINTS };

/** Points that meters with a P1 port do not send, and the time, of which each telegram would be news. */
const SELDOM =
  /^(?:power(?:-l[123])?|power-factor.*|frequency|current-n|apparent-.*|reactive-power-.*-l[123]|energy-.*-tariff-[34]|meter-time)$/;

const DEFAULT_POINTS: readonly ObisPointOptions[] = Object.keys(USUAL)
  .filter((name) => !SELDOM.test(name))
  .map((name) => ({ name }));

export const point = obisPointSchema(USUAL);

export type PointOptions = ObisPointOptions;

const NUMBER = /^([+-]?\d{1,20}(?:\.\d{1,20})?)(?:\*(.{1,16}))?$/;
/** Digits, without the point, that a double surely holds. */
const SURE_DIGITS = 15;

/** A point, and how its sample is found in a telegram. */
export interface TelegramPoint {
  readonly point: ObisPoint['point'];
  /** Undefined: the telegram does not hold it. */
  sample(objects: Objects): Sample | undefined;
}

/** The points of the config, or the usual ones. */
export function telegramPoints(entries: readonly PointOptions[], winterOffset: number): readonly TelegramPoint[] {
  return (entries.length === 0 ? DEFAULT_POINTS : entries).map((entry) => {
    const read = obisPoint(entry, { usual: USUAL, units: 'sent' });
    const medium = entry.obis === undefined ? mediumOf(entry.name) : undefined;
    return {
      point: read.point,
      sample(objects) {
        const found = medium === undefined ? first(objects, read.codes) : channelOf(objects, medium, winterOffset);
        return found && read.sample(rawOf(found.values, found.code, read, winterOffset));
      },
    };
  });
}

function mediumOf(name: string): Medium | undefined {
  const bare = name.replace(/-time$/, '');
  return Object.hasOwn(MEDIA, bare) ? MEDIA[bare] : undefined;
}

function first(objects: Objects, codes: readonly ObisCode[]) {
  for (const wanted of codes) {
    const code = wanted.medium === undefined ? keyOf(objects, wanted) : formatCode(wanted);
    const values = objects.get(code);
    if (values !== undefined) return { code, values };
  }
  return undefined;
}

/** A code in its short form means the first of any medium and channel. */
function keyOf(objects: Objects, wanted: ObisCode): string {
  for (const key of objects.keys()) {
    const code = readCode(key);
    if (code !== undefined && isSameCode(code, wanted)) return key;
  }
  return '';
}

/** One value of a line as it was sent. */
function rawOf(values: readonly string[], code: string, { index, type }: ObisPoint, winterOffset: number): ObisRaw {
  if (index === undefined && (type === 'text' || type === 'time') && isList(code)) return { text: listText(values) };
  const at = index ?? values.length - 1;
  const text = values[at];
  if (text === undefined || text === '') return null;
  const isTime = type === 'time' || (type === 'text' && (isZonedTime(text) || (at === 0 && isOldReading(code))));
  if (isTime) {
    const time = readTime(text, winterOffset);
    return time === null ? null : { text: time };
  }
  const [, digits, unit] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return { text };
  return { number: numberOf(digits), text, unit: unit ?? (isOldReading(code) ? values[at - 1] : undefined) };
}

/** Up to DSMR 3 the unit stands in the brackets before the value, and the time has no letter. */
function isOldReading(code: string): boolean {
  return /^0-\d+:24\.3\.0$/.test(code);
}

/** Logs and histories (IEC 62056-61: C 98 and 99). */
function isList(code: string): boolean {
  return /:9[89]\./.test(code);
}

/** All of it in its brackets; of a longer one what is whole. */
function listText(values: readonly string[]): string {
  let text = '';
  for (const value of values) {
    if (text.length + value.length + 2 > LONGEST_TEXT) break;
    text += `(${value})`;
  }
  return text;
}

function numberOf(digits: string): number | bigint {
  const isWhole = !digits.includes('.');
  if (!isWhole || digits.length <= SURE_DIGITS) return Number(digits) + 0;
  const whole = BigInt(digits.replace('+', ''));
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}

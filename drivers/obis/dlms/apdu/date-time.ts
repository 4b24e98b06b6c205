/** Not specified (IEC 62056-62). */
const ANY = 0xff;
const ANY_YEAR = 0xffff;
const ANY_DEVIATION = -0x8000;

/** Years that a meter can mean. */
const YEARS = { first: 1970, last: 2155 } as const;

/** Minutes: time zones lie from UTC-12 to UTC+14. */
const WIDEST_DEVIATION = 15 * 60;

/**
 * A date-time of twelve bytes as ISO 8601: year, month, day, day of the week, hour, minute, second, hundredths, deviation,
 * status (IEC 62056-62). With an offset where the deviation is specified: local time = UTC − deviation. Without
 * it is local time, as the meter's clock shows it.
 * @returns undefined for what is no date-time or leaves its date open
 */
export function isoDateTime(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const date = isoDate(bytes.subarray(0, 5));
  const time = isoTime(bytes.subarray(5, 9));
  const offset = isoOffset(view.getInt16(9));
  return date === undefined || time === undefined || offset === undefined ? undefined : `${date}T${time}${offset}`;
}

/** Five bytes: year, month, day, day of the week. */
export function isoDate(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 5) return undefined;
  const [high = 0, low = 0, month = 0, day = 0, weekday = 0] = bytes;
  const year = (high << 8) | low;
  if (year === ANY_YEAR || year < YEARS.first || year > YEARS.last || (weekday !== ANY && weekday > 7))
    return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return `${year}-${two(month)}-${two(day)}`;
}

/** Four bytes: hour, minute, second, hundredths; the last two are left out where they are not specified. */
export function isoTime(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 4) return undefined;
  const [hour = ANY, minute = ANY, second = ANY, hundredths = ANY] = bytes;
  if (hour > 23 || minute > 59 || (second !== ANY && second > 59) || (hundredths !== ANY && hundredths > 99)) {
    return undefined;
  }
  const fraction = hundredths === ANY || hundredths === 0 || second === ANY ? '' : `.${two(hundredths)}`;
  return `${two(hour)}:${two(minute)}:${second === ANY ? '00' : two(second)}${fraction}`;
}

function isoOffset(deviation: number): string | undefined {
  if (deviation === ANY_DEVIATION) return '';
  if (Math.abs(deviation) > WIDEST_DEVIATION) return undefined;
  if (deviation === 0) return 'Z';
  const minutes = Math.abs(deviation);
  return `${deviation > 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

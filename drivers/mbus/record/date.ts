/**
 * Dates and times of a meter, as text: EN 13757-3 (2013). They are the meter's local time, without an offset,
 * as ISO 8601 writes it. A part that the meter leaves open stays as it was sent: `2000-00-00` is no date.
 * @returns null: the meter says that it does not know; undefined: no such type has so many bytes
 */
export function readDate(bytes: Uint8Array): string | null | undefined {
  switch (bytes.length) {
    case 2:
      return typeG(bytes);
    case 3:
      return typeJ(bytes);
    case 4:
      return typeF(bytes);
    case 6:
      return typeI(bytes);
    default:
      return undefined;
  }
}

/** A date. All bits set: not known. */
function typeG(bytes: Uint8Array): string | null {
  return isAllOnes(bytes) ? null : dateOf(bytes[0] ?? 0, bytes[1] ?? 0, 0);
}

/** Date and time to the minute. */
function typeF(bytes: Uint8Array): string | null {
  const [minute = 0, hour = 0, day = 0, month = 0] = bytes;
  if ((minute & INVALID) !== 0) return null;
  const century = (hour >> 5) & 3;
  return clean(
    `${dateOf(day, month, century)}T${two(hour & 0x1f)}:${two(minute & 0x3f)}:00`,
    hour & 0x1f,
    minute & 0x3f,
  );
}

/** Date and time to the second. */
function typeI(bytes: Uint8Array): string | null {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0] = bytes;
  if ((minute & INVALID) !== 0) return null;
  const [h, m, s] = [hour & 0x1f, minute & 0x3f, second & 0x3f];
  return clean(`${dateOf(day, month, 0)}T${two(h)}:${two(m)}:${two(s)}`, h, m, s);
}

/** A time of day. */
function typeJ(bytes: Uint8Array): string | null {
  const [second = 0, minute = 0, hour = 0] = bytes;
  const [h, m, s] = [hour & 0x1f, minute & 0x3f, second & 0x3f];
  return isAllOnes(bytes) ? null : clean(`${two(h)}:${two(m)}:${two(s)}`, h, m, s);
}

/** Bit of a time that is not valid. */
const INVALID = 0x80;

/** Minutes 60 to 63, and hours 24 to 31, say `every`: that is no time. */
function clean(text: string, hour: number, minute: number, second = 0): string | null {
  return hour < 24 && minute < 60 && second < 60 ? text : null;
}

/** Larger ones say `every year`, as a meter's next day of billing does: `--01-01`. */
const LAST_YEAR = 99;
const LAST_OF_CENTURY = 80;

/**
 * Day in five bits, month in four, year in three and four. Years to 80 are of this century where the meter does not
 * name one: the standard's own rule for old meters.
 * @param century so many hundred years after 1900; 0: not named
 */
function dateOf(low: number, high: number, century: number): string {
  const year = ((low & 0xe0) >> 5) | ((high & 0xf0) >> 1);
  const day = `${two(high & 0x0f)}-${two(low & 0x1f)}`;
  if (year > LAST_YEAR) return `--${day}`;
  return `${year + (century > 0 ? 1900 + 100 * century : year > LAST_OF_CENTURY ? 1900 : 2000)}-${day}`;
}

function isAllOnes(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0xff);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW]?)$/;
const HOUR = 3_600_000;

/** Whether it can only be a time: twelve digits and the letter of summer or winter. */
export function isZonedTime(text: string): boolean {
  return /^\d{12}[SW]$/.test(text);
}

/**
 * A time of a telegram, YYMMDDhhmmssX (DSMR 5.0.2 P1, 6.4, "TST"), in ISO 8601: in UTC where it says S or W; without that
 * letter (up to DSMR 3) it is the meter's own local time and stays one, without a zone. Null where it is no date, as
 * meters send for what has not come yet.
 * @param winterOffset of the meter's winter time from UTC, hours; summer is one more
 */
export function readTime(text: string, winterOffset: number): string | null {
  const [, year, month, day, hours, minutes, seconds, season] = TIME.exec(text) ?? [];
  if (year === undefined) return null;
  const local = `20${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  const at = Date.parse(`${local}Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 19) !== local) return null;
  if (season === '') return local;
  const utc = at - (winterOffset + (season === 'S' ? 1 : 0)) * HOUR;
  return `${new Date(utc).toISOString().slice(0, 19)}Z`;
}

/** The week number of GPS has ten bits (IS-GPS-200, 20.3.3.3.1.1): after 1024 weeks an old receiver tells a day of the past. */
const ROLLOVER_DAYS = 1024 * 7;
const DAY = 86_400_000;

/**
 * Whether a device's date is off by whole rollovers of the GPS week, be it to the past or to the future, give or take a
 * day. Pure.
 * @param utc ISO 8601; only its date counts, so that a leap second does no harm
 * @param wall milliseconds since 1970, of a clock that can be believed
 */
export function hasRolledOver(utc: string, wall: number): boolean {
  const days = Math.abs(Math.floor(wall / DAY) - Date.parse(utc.slice(0, 10)) / DAY);
  const rollovers = Math.round(days / ROLLOVER_DAYS);
  return rollovers >= 1 && Math.abs(days - rollovers * ROLLOVER_DAYS) <= 1;
}

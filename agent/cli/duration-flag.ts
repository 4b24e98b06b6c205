const FORM = /^([0-9]{1,7})(ms|s|m|h)?$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `60s`, `5m`, `1h`, `500ms`, or seconds alone, as milliseconds within bounds; undefined: it is none. */
export function durationFlag(text: unknown, least: number, most: number): number | undefined {
  const [, digits, unit = 's'] = typeof text === 'string' ? (FORM.exec(text) ?? []) : [];
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  return ms >= least && ms <= most ? ms : undefined;
}

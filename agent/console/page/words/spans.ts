const STEPS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** `3 s`, `12 min`, `5 h`, `40 d`: whole, rounded down. */
export function spanWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  for (const [size, unit] of STEPS) if (whole >= size) return `${Math.floor(whole / size)} ${unit}`;
  return `${whole} s`;
}

/** The time that has passed since `at`; a moment that is not over yet counts as now. */
export function ageWords(at: number, now: number): string {
  return `${spanWords((now - at) / 1000)} ago`;
}

/** `2026-11-23 10:15:02`, in the time of this machine. */
export function timeWords(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'no time';
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${clockWords(at)}`;
}

/** `10:15:02` */
export function clockWords(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

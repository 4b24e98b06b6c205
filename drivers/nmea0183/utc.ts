import type { TimeOfDay } from './fields.ts';

export interface CalendarDate {
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

/** Whether the calendar has that day. */
export function isDate({ day, month, year }: CalendarDate): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** ISO 8601 with milliseconds. A leap second keeps its `:60`, which is what the receiver says and the standard allows. */
export function isoTime(date: CalendarDate, time: TimeOfDay): string {
  const day = `${digits(date.year, 4)}-${digits(date.month, 2)}-${digits(date.day, 2)}`;
  const clock = `${digits(time.hours, 2)}:${digits(time.minutes, 2)}:${digits(time.seconds, 2)}`;
  return `${day}T${clock}.${digits(time.milliseconds, 3)}Z`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

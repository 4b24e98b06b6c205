import type { Shown, ShownPoint } from '../../wire.ts';
import { limitsWords } from '../words/values.ts';

/** The typed text as a value that the point may be written with, or the reason why it is none. */
export type CheckedValue = { readonly value: Shown } | { readonly wrong: string };

/** Binary fractions are no reason to refuse a step. */
const NEARLY = 1e-6;
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;

/** The gateway checks all of it again. This one spares the way there. */
export function checkedValue(point: ShownPoint, typed: string): CheckedValue {
  const text = typed.trim();
  const { write, type } = point;
  if (write === undefined) return { wrong: 'This value can not be changed.' };
  if (type === 'text' || write.oneOf !== undefined) return { value: typed };
  if (text === '') return { wrong: `Type a number: ${limitsWords(point)}.` };
  if (!NUMBER.test(text)) {
    return {
      wrong: /,/.test(text) ? 'Use a point, not a comma: 21.5.' : 'This is no number. Type digits, as in 21.5.',
    };
  }
  const value = Number(text);
  const { min, max, step } = write;
  const isOut = (min !== undefined && value < min) || (max !== undefined && value > max);
  if (isOut) return { wrong: `${text} is outside: ${limitsWords(point)}.` };
  if (step !== undefined && step > 0) {
    const steps = (value - (min ?? 0)) / step;
    if (Math.abs(steps - Math.round(steps)) > NEARLY)
      return { wrong: `${text} is between two steps: ${limitsWords(point)}.` };
  }
  return { value };
}

/** The next value up or down, on a step and within the limits; the same text where it is no number. */
export function stepped({ write }: ShownPoint, typed: string, by: 1 | -1): string {
  const value = Number(typed.trim());
  if (write === undefined || typed.trim() === '' || Number.isNaN(value)) return typed;
  const { min = -Infinity, max = Infinity, step = 1 } = write;
  return String(Number(Math.min(max, Math.max(min, value + by * step)).toPrecision(10)));
}

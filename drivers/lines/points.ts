import { z } from 'zod';
import { Fault } from '../contract/fault.ts';
import type { Point, Sample, Value } from '../contract/reading.ts';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { Scale } from '../schema/scale.ts';
import type { FieldRule, Form } from './form.ts';
import type { Match, Raw } from './match.ts';
import { isTextual } from './template.ts';

/** The settings of a field of the templates, beside its name. Every field is a point, also without an entry. */
export const point = z
  .strictObject({
    name: commonPoint.name,
    ...pointMeaning,
    unit: commonPoint.unit,
    scale: commonPoint.scale,
    offset: commonPoint.offset,
    decimals: commonPoint.decimals,
    enum: commonPoint.enum,
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband,
    pollMs: commonPoint.pollMs,
    writable: commonPoint.writable,
    minIntervalMs: commonPoint.minIntervalMs,
    dailyWrites: commonPoint.dailyWrites,
    writableWhen: commonPoint.writableWhen,
    confirm: commonPoint.confirm,
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    if (entry.enum === undefined) return;
    for (const key of ['min', 'max', 'deadband'] as const) {
      if (entry[key] !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'does not go together with enum' });
      }
    }
  });

export type PointOptions = z.infer<typeof point>;

/** Keys of what is read. */
export const READ_KEYS = ['unit', 'scale', 'offset', 'decimals', 'enum', 'min', 'max', 'deadband', 'pollMs'] as const;

const NUMERIC = ['scale', 'offset', 'decimals', 'enum', 'min', 'max', 'deadband'] as const;

/** A field of the templates as a point: the agent's knowledge of it, and the way from its raw value to its value. */
export interface FieldPoint {
  readonly point: Point;
  /** @param rule of the template that it came by; absent: the point's own scale and offset count */
  value(raw: Raw, rule: FieldRule | undefined): Value;
}

/**
 * One for each field, in the order of the templates.
 * @param entries of the config, in its order; nothing in the place of one that is no field's
 * @throws Fault `driver/create` for an entry that names no field, names one twice, sets for a text what only goes with a
 *   number, sets a period (`pollMs`) for a device that is not asked, or says again what the templates say of its unit
 */
export function fieldPoints(
  forms: readonly Form[],
  entries: readonly (PointOptions | undefined)[],
  asked: boolean,
): ReadonlyMap<string, FieldPoint> {
  const parts = forms
    .flatMap(({ template, hides }) => (hides ? [] : template))
    .flatMap((part) => (part.kind === 'field' ? [part] : []));
  const flags = new Set(
    forms.flatMap(({ says }) => [...says]).flatMap(([name, value]) => (value === null ? [] : [name])),
  );
  const textual = new Map(parts.map(({ name, type }) => [name, isTextual(type)]));
  const rules = new Map(forms.flatMap((form) => [...form.rules]));
  const described = new Map<string, PointOptions>();
  for (const [index, entry] of entries.entries()) {
    if (entry === undefined) continue;
    const isText = textual.get(entry.name) ?? (flags.has(entry.name) ? true : undefined);
    const refused =
      isText === undefined ||
      described.has(entry.name) ||
      (isText && NUMERIC.some((key) => entry[key] !== undefined)) ||
      (!asked && entry.pollMs !== undefined) ||
      contradicts(entry, rules.get(entry.name));
    if (refused) throw new Fault('driver/create', { point: index });
    described.set(entry.name, entry);
  }
  const entryOf = (name: string): PointOptions => described.get(name) ?? { name, writable: false };
  return new Map([
    ...Array.from(textual, ([name, isText]): [string, FieldPoint] => {
      const entry = entryOf(name);
      return [name, fieldPoint({ ...entry, unit: entry.unit ?? rules.get(name)?.unit }, isText)];
    }),
    ...Array.from(flags, (name): [string, FieldPoint] => [name, flagPoint(entryOf(name))]),
  ]);
}

/** Where the templates say unit and scale, the point does not. */
function contradicts(entry: PointOptions, rule: FieldRule | undefined): boolean {
  if (rule === undefined) return false;
  const others = [entry.scale, entry.offset, entry.enum];
  return others.some((other) => other !== undefined) || (entry.unit ?? rule.unit) !== rule.unit;
}

function fieldPoint(entry: PointOptions, isText: boolean): FieldPoint {
  const { name, unit, min, max, deadband, pollMs } = entry;
  const choices = entry.enum === undefined ? undefined : new Map(Object.entries(entry.enum));
  const scale = new Scale(entry);
  const scales = new Map<FieldRule, Scale>();
  const scaleOf = (rule: FieldRule | undefined): Scale => {
    if (rule === undefined) return scale;
    const made = scales.get(rule) ?? new Scale({ ...entry, scale: rule.scale, offset: rule.offset });
    scales.set(rule, made);
    return made;
  };
  return {
    point: {
      name,
      type: isText || choices !== undefined ? 'text' : 'number',
      unit,
      writable: false,
      min,
      max,
      deadband,
      pollMs,
      choices: choices === undefined ? undefined : [...new Set(choices.values())],
    },
    value(raw, rule) {
      if (typeof raw === 'string') return raw;
      if (choices !== undefined) return choices.get(String(raw)) ?? null;
      const value = scaleOf(rule).value(raw);
      // A number that its scale drove beyond all numbers is not known.
      return Number.isFinite(value) ? value : null;
    },
  };
}

/** A point that lines tell by their form alone. */
function flagPoint({ name, pollMs }: PointOptions): FieldPoint {
  return { point: { name, type: 'boolean', writable: false, pollMs }, value: () => null };
}

/** The samples of a line that fits. */
export function samplesOf(
  fit: NonNullable<Match>,
  { rules, says, hides }: Form,
  points: ReadonlyMap<string, FieldPoint>,
): readonly Sample[] {
  const told = Array.from(says, ([point, value]) => ({ point, value }));
  const read = Array.from(hides ? [] : fit, ([name, raw]) => ({
    point: name,
    value: points.get(name)?.value(raw, rules.get(name)) ?? null,
  }));
  return [...read, ...told];
}

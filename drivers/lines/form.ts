import { type DecimalMark, isTextual, readTemplate, type Template, type TemplateProblem } from './template.ts';
import { unitText } from './unit.ts';

/** How a template's number becomes its point's: raw × scale + offset, in that unit. */
export interface FieldRule {
  readonly unit: string;
  readonly scale: number;
  readonly offset?: number | undefined;
}

/** One template as the config has it; `says` and `hides` are a preset's alone. */
export type Written = string | WrittenForm;

interface WrittenForm {
  readonly text: string;
  readonly fields?: Readonly<Record<string, FieldRule>> | undefined;
  /** Values that a line of this form tells by being of it. */
  readonly says?: Readonly<Record<string, boolean | null>> | undefined;
  /** A reading of its fields is nobody's: a number without its unit. */
  readonly hides?: boolean | undefined;
}

/** A template with the rules for those of its numbers that have one. */
export interface Form {
  readonly template: Template;
  readonly rules: ReadonlyMap<string, FieldRule>;
  readonly says: ReadonlyMap<string, boolean | null>;
  readonly hides: boolean;
}

/** Reads one template. Pure. */
export function readForm(
  written: Written,
  decimal: DecimalMark,
): Form | (TemplateProblem & { readonly path: string[] }) {
  const plain = typeof written === 'string';
  const { text, fields = {}, says, hides = false }: WrittenForm = plain ? { text: written } : written;
  const template = readTemplate(text, decimal, says === undefined ? 1 : 0);
  if ('problem' in template) return { ...template, path: plain ? [] : ['text'] };
  const rules = new Map(Object.entries(fields));
  const numbers = new Set(numbersOf(template).map(({ name }) => name));
  const unknown = [...rules.keys()].find((name) => !numbers.has(name));
  if (unknown === undefined) return { template, rules, says: new Map(Object.entries(says ?? {})), hides };
  return { problem: 'must name numbers of the template only', path: ['fields'] };
}

/** The fault of templates that feed one point, and the template in which it is. */
export interface Mixture {
  readonly index: number;
  readonly problem: string;
}

interface Told {
  readonly textual: boolean;
  readonly unit: string | undefined;
  readonly rule: FieldRule | undefined;
}

/** Looks for a point that is now a text and now a number, or now in the one unit and now in another. Pure. */
export function mixtureOf(forms: readonly Form[]): Mixture | undefined {
  const told = new Map<string, Told>();
  for (const [index, { template, rules, hides }] of forms.entries()) {
    if (hides) continue;
    for (const [at, part] of template.entries()) {
      if (part.kind !== 'field') continue;
      const textual = isTextual(part.type);
      const now: Told = { textual, unit: textual ? undefined : unitText(template, at), rule: rules.get(part.name) };
      const before = told.get(part.name);
      const problem = before && problemOf(before, now);
      if (problem !== undefined) return { index, problem };
      told.set(part.name, { ...now, unit: before?.unit ?? now.unit });
    }
  }
  return undefined;
}

function problemOf(before: Told, now: Told): string | undefined {
  if (before.textual !== now.textual) return 'must not make a field text that is a number elsewhere';
  if (before.rule && now.rule) {
    return before.rule.unit === now.rule.unit ? undefined : 'must give a field the unit that it has elsewhere';
  }
  if (before.rule || now.rule) return 'must say unit and scale of a field in every template that has it, or in none';
  const same = before.unit === undefined || now.unit === undefined || before.unit === now.unit;
  return same ? undefined : 'must not have another unit behind a field than elsewhere: say unit and scale in fields';
}

function numbersOf(template: Template) {
  return template.flatMap((part) => (part.kind === 'field' && !isTextual(part.type) ? [part] : []));
}

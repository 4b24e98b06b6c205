import { z } from 'zod';
import { wholeNumber } from '../../schema/number.ts';
import { commonPoint, consistentPoint } from '../../schema/point.ts';
import { SUNSPEC_LIMITS } from './limits.ts';
import { MODEL_NAMES, MODELS, modelNumbers, pointNamed } from './models/catalogue.ts';
import { type PointModel, repeatsOf } from './models/definition.ts';
import { usualPoint } from './usual.ts';

const numbersKnown = [...MODELS.keys()].join(', ');
const wordsKnown = MODEL_NAMES.join(', ');
const known = `${numbersKnown}, or ${wordsKnown}`;

const instanceNumber = wholeNumber(SUNSPEC_LIMITS.instance.min, SUNSPEC_LIMITS.instance.max);

const fields = z.strictObject({
  ...commonPoint,
  name: commonPoint.name.describe(
    'Name of the point, unique in its device. A usual one needs neither model nor point.',
  ),
  model: z
    .union([wholeNumber(SUNSPEC_LIMITS.model.min, SUNSPEC_LIMITS.model.max), z.string()], {
      error: `must be a model: ${known}`,
    })
    .optional()
    .describe(
      `Number of the model, or a word. \`inverter\` and \`meter\` mean the one of their models that the device has. Numbers: \`${numbersKnown}\`. Words: \`${wordsKnown}\`.`,
    ),
  point: z
    .string({ error: 'must be text' })
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,31}(?:\.[A-Za-z][A-Za-z0-9_]{0,31}){0,3}$/, {
      error: 'must be the name of a point in the model, as W, or with its group, as module.DCW',
    })
    .optional()
    .describe(
      'Name of the point in the model, in its spelling, as `W`. With its group, as `module.DCW`, where that is needed to tell it from others.',
    ),
  instance: z
    .union([instanceNumber, z.array(instanceNumber).min(1).max(4)], {
      error: `must be ${SUNSPEC_LIMITS.instance.min} to ${SUNSPEC_LIMITS.instance.max}, or a list of such numbers`,
    })
    .optional()
    .describe(
      'Which of several, counted from 0, default 0. Of a point in a repeating group: which instance of the group, in the first model of its kind. Of any other point: which model, where the device has several of its kind. A list says both, the model first: [1, 0].',
    ),
});

type Fields = z.output<typeof fields>;

/** The numbers of `instance`: the model first, then each group that repeats; undefined: it does not fit the point. */
export function instancesOf(given: Fields['instance'], point: PointModel): readonly number[] | undefined {
  const repeats = repeatsOf(point).length;
  if (given === undefined) return new Array(repeats + 1).fill(0);
  if (typeof given !== 'number') return given.length === repeats + 1 ? given : undefined;
  if (repeats > 1) return undefined;
  return repeats === 1 ? [0, given] : [given];
}

/** Keys that only numbers have. */
const NUMBER_KEYS = ['scale', 'offset', 'decimals', 'min', 'max', 'step', 'maxRatePerS', 'deadband', 'enum'] as const;

export const point = fields.superRefine((value, context) => {
  consistentPoint(value, context);
  const refuse = (key: keyof Fields, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  if (value.enum !== undefined) {
    for (const key of ['min', 'max', 'step', 'deadband'] as const) {
      if (value[key] !== undefined) refuse(key, 'makes no sense for a point with enum');
    }
  }
  if (value.model === undefined && value.point === undefined) {
    if (usualPoint(value.name) === undefined)
      refuse('name', 'must be a usual point, or the entry needs model and point');
    if (value.instance !== undefined) refuse('instance', 'needs model and point');
    if (value.writable) refuse('writable', 'a usual point can not be written: name its model and point');
    return;
  }
  const numbers = value.model === undefined ? undefined : modelNumbers(value.model);
  if (value.model === undefined) refuse('model', 'is required');
  else if (numbers === undefined) refuse('model', `must be a model: ${known}`);
  if (value.point === undefined) refuse('point', 'is required');
  else if (numbers !== undefined) refuseNamed(value, value.point, numbers, refuse);
});

function refuseNamed(
  value: Fields,
  name: string,
  numbers: readonly number[],
  refuse: (key: keyof Fields, message: string) => void,
): void {
  const found = numbers.flatMap((number) => {
    const model = MODELS.get(number);
    return model === undefined ? [] : [pointNamed(model, name)];
  });
  const points = found.filter((each) => typeof each === 'object');
  const [first] = points;
  if (found.includes('several')) {
    refuse('point', 'several groups have a point of this name: name it as GROUP.POINT');
  } else if (first === undefined) {
    refuse('point', 'the model has no such point: see the README of the driver');
  } else {
    refuseKeys(value, first, refuse);
    if (value.writable && !points.every(({ writable }) => writable)) {
      refuse('writable', 'the model says that this point is only read');
    }
  }
}

/** Refuses the keys that do not go with a point of this kind. */
function refuseKeys(value: Fields, model: PointModel, refuse: (key: keyof Fields, message: string) => void): void {
  if (instancesOf(value.instance, model) === undefined) {
    const groups = repeatsOf(model).map((group) => group.name);
    refuse('instance', `must be a list of ${groups.length + 1} numbers: ${['model', ...groups].join(', ')}`);
  }
  if (model.type === 'text') {
    for (const key of NUMBER_KEYS) if (value[key] !== undefined) refuse(key, 'makes no sense for a text');
  }
  if (value.enum !== undefined && model.type === 'f32') refuse('enum', 'is for whole numbers');
}

export type PointOptions = z.output<typeof point>;

import type { Point } from '../../contract/reading.ts';
import type { Sought } from './chain.ts';
import { MODELS, modelNumbers, pointNamed } from './models/catalogue.ts';
import type { PointModel } from './models/definition.ts';
import { instancesOf, type PointOptions } from './point.ts';
import { type Choice, USUAL, type UsualPoint, usualPoint } from './usual.ts';
import { SunspecCodec } from './value.ts';

/** A point of the config, and its form in each model that it may lie in. */
export interface Target {
  readonly name: string;
  /** In the device's list of points. */
  readonly place: number;
  /** See {@link Sought.preferred}. */
  readonly preferred: readonly (readonly number[])[];
  readonly occurrence: number;
  /** Of the groups that repeat around it. */
  readonly instances: readonly number[];
  readonly points: ReadonlyMap<number, PointModel>;
  /** The operator has not named a model: without it the point is null, and nothing is wrong. */
  readonly isUsual: boolean;
  readonly codec: SunspecCodec;
  readonly shown: Point;
}

/** The targets of the entries, or of the usual points where there are none. */
export function targetsOf(entries: readonly PointOptions[]): readonly Target[] {
  const given = entries.length > 0 ? entries : Object.keys(USUAL).map((name) => ({ name, writable: false }));
  return given.map(targetOf);
}

function targetOf(entry: PointOptions, place: number): Target {
  const usual = entry.model === undefined ? usualPoint(entry.name) : undefined;
  const choices = usual?.choices ?? [{ models: modelNumbers(entry.model ?? 0) ?? [], point: entry.point ?? '' }];
  const points = new Map(choices.flatMap(pointsOf));
  const [first] = points.values();
  const [occurrence = 0, ...instances] = (first && instancesOf(entry.instance, first)) ?? [];
  const texts = entry.enum ?? usual?.enum;
  return {
    ...{ name: entry.name, place, occurrence, instances, points },
    preferred: choices.map(({ models }) => models),
    isUsual: usual !== undefined,
    codec: new SunspecCodec({ ...entry, enum: texts }),
    shown: shownOf(entry, points, usual),
  };
}

function pointsOf({ models, point = '' }: Choice): readonly (readonly [number, PointModel])[] {
  return models.flatMap((number) => {
    const model = MODELS.get(number);
    const found = model === undefined ? 'none' : pointNamed(model, point);
    return typeof found === 'object' ? [[number, found] as const] : [];
  });
}

/** Those of one model together, in the order of the first of each. */
export function byModel(targets: readonly Target[]): readonly (readonly Target[])[] {
  const kinds = new Map<string, Target[]>();
  for (const target of targets) {
    const key = `${target.preferred.join('/')} ${target.occurrence}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, [target]);
    else kind.push(target);
  }
  return [...kinds.values()];
}

/** The model in which these points lie, all of them in one. */
export function soughtBy([first]: readonly Target[]): Sought {
  return { preferred: first?.preferred ?? [], occurrence: first?.occurrence ?? 0 };
}

/** The agent's knowledge of it. A value that is scaled by the config has not the model's unit any more. */
function shownOf(entry: PointOptions, points: ReadonlyMap<number, PointModel>, usual: UsualPoint | undefined): Point {
  const [model] = points.values();
  const texts = entry.enum ?? usual?.enum;
  const isScaled = entry.scale !== undefined || entry.offset !== undefined;
  const isCount = model?.type === 'a32' || model?.type === 'a64';
  return {
    name: entry.name,
    type: model?.type === 'text' || texts !== undefined ? 'text' : 'number',
    unit: entry.unit ?? (isScaled ? undefined : unitIn(points)),
    writable: entry.writable,
    min: entry.min,
    max: entry.max,
    step: entry.step,
    deadband: entry.deadband,
    pollMs: entry.pollMs,
    maxRatePerS: entry.maxRatePerS,
    minIntervalMs: entry.minIntervalMs,
    dailyWrites: entry.dailyWrites,
    writableWhen: entry.writableWhen,
    confirm: entry.confirm,
    readBack: entry.readBack,
    choices: texts === undefined ? undefined : [...new Set(Object.values(texts))],
    quantity: usual?.quantity,
    counts: usual?.counts ?? (isCount ? 'total-increasing' : undefined),
  };
}

/** Some points have a unit in one model of their kind and none in another: then nobody knows it before the device is asked. */
function unitIn(points: ReadonlyMap<number, PointModel>): string | undefined {
  const units = new Set(Array.from(points.values(), ({ unit }) => unit));
  return units.size === 1 ? [...units][0] : undefined;
}

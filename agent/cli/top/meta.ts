import type { Shown } from '../../console/wire.ts';
import { entriesIn, numberIn, recordIn, valueIn, wordIn } from './heard.ts';

const MOST_POINTS = 1000;
const MOST_COMMANDS = 64;
const MOST_CHOICES = 256;
const TYPES = ['number', 'boolean', 'text'] as const;

/** The content of the topic `meta` of a device, as it was heard. */
export interface DeviceMeta {
  readonly label: string | undefined;
  readonly driver: string | undefined;
  readonly commands: readonly string[];
  readonly points: ReadonlyMap<string, PointMeta>;
  /** Points and choices: the room that it takes to keep it. */
  readonly size: number;
}

export interface PointMeta {
  readonly label: string | undefined;
  readonly unit: string | undefined;
  readonly quantity: string | undefined;
  readonly type: (typeof TYPES)[number] | undefined;
  /** Undefined: it can not be written. */
  readonly write: WriteMeta | undefined;
}

export interface WriteMeta {
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly step: number | undefined;
  readonly oneOf: readonly Shown[] | undefined;
  /** It is written by `select` and then `operate`. */
  readonly confirm: boolean;
}

/** Undefined for what is no mapping. Pure. */
export function readMeta(heard: unknown): DeviceMeta | undefined {
  const message = recordIn(heard);
  if (message.size === 0) return undefined;
  const points = new Map(entriesIn(message.get('points'), MOST_POINTS).map(([name, each]) => [name, pointIn(each)]));
  let size = points.size;
  for (const { write } of points.values()) size += write?.oneOf?.length ?? 0;
  return {
    label: wordIn(message.get('label')),
    driver: wordIn(message.get('driver')),
    commands: listIn(message.get('commands'), MOST_COMMANDS).flatMap((each) => wordIn(each) ?? []),
    points,
    size,
  };
}

function pointIn(heard: unknown): PointMeta {
  const point = recordIn(heard);
  const write = point.get('write');
  return {
    label: wordIn(point.get('label')),
    unit: wordIn(point.get('unit')),
    quantity: wordIn(point.get('quantity')),
    type: TYPES.find((each) => each === point.get('type')),
    write: write === undefined ? undefined : writeIn(recordIn(write), point),
  };
}

function writeIn(write: ReadonlyMap<string, unknown>, point: ReadonlyMap<string, unknown>): WriteMeta {
  const choices = write.get('oneOf');
  return {
    min: numberIn(point.get('min')),
    max: numberIn(point.get('max')),
    step: numberIn(write.get('step')),
    oneOf: choices === undefined ? undefined : listIn(choices, MOST_CHOICES).flatMap((each) => valueIn(each) ?? []),
    confirm: write.get('confirm') === 'select',
  };
}

function listIn(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

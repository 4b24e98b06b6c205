/**
 * Models as this folder writes them: those of the same points share one text. A point is `Name:type:unit:factor`. `!`
 * behind the type: it may be written. `factor`: the point of that name and `_SF` holds its power of ten. A group is
 * `name{ … }`, one that repeats `name[Count]{ … }`, where the point `Count` says how often; `name[]{ … }` as often as the
 * model's length leaves room for.
 */
export interface ModelText {
  readonly ids: readonly number[];
  readonly points: string;
}

/** Registers of each type; a text says it itself: `s16`. */
const SIZES = {
  i16: 1,
  u16: 1,
  e16: 1,
  b16: 1,
  cnt: 1,
  sf: 1,
  pad: 1,
  i32: 2,
  u32: 2,
  a32: 2,
  e32: 2,
  b32: 2,
  f32: 2,
  i64: 4,
  u64: 4,
  a64: 4,
} as const;

/** `a`: a count that only grows; `e`, `b`: a choice, and bits; `sf`: a power of ten; `text`: ASCII. */
export type PointType = keyof typeof SIZES | 'text';

/** Points that stand together, mostly several times. */
export interface GroupModel {
  readonly name: string;
  readonly above: GroupModel | undefined;
  /** Registers from the begin of what it stands in to its first instance. */
  readonly at: number;
  /** Absent: it stands there once; `length`: as often as the model has room; else a point of the model. */
  readonly count: string | undefined;
}

export interface PointModel {
  /** With its groups: `module.DCA`. */
  readonly path: string;
  readonly group: GroupModel | undefined;
  /** Registers from the begin of its group's instance, or of the model's data. */
  readonly at: number;
  readonly size: number;
  readonly type: PointType;
  readonly unit: string | undefined;
  /** Path of the point that holds its power of ten. */
  readonly factor: string | undefined;
  readonly writable: boolean;
}

/** A model (SunSpec Device Information Model Specification): offsets count from behind its number and its length. */
export interface Model {
  readonly id: number;
  readonly points: ReadonlyMap<string, PointModel>;
  /** Registers of an instance of each group, without groups in it that repeat. */
  readonly lengths: ReadonlyMap<GroupModel, number>;
  /** Registers before the first group that repeats. */
  readonly fixed: number;
  /** It has groups that repeat in groups that repeat: where they lie, only the device's own counts tell. */
  readonly isNested: boolean;
}

const TOKEN = /^([A-Za-z][\w]*):(sf|pad|cnt|s[0-9]+|[iuaebf][0-9]+)(!?)(?::([^:]*))?(?::(\w+))?$/;
const OPENING = /^(\w+)(?:\[(\w*)\])?\{$/;

/** The models of a text. */
export function modelsOf({ ids, points: written }: ModelText): readonly Model[] {
  const points = new Map<string, PointModel>();
  const lengths = new Map<GroupModel, number>();
  let group: GroupModel | undefined;
  let own = 0;
  let fixed: number | undefined;
  const outer: number[] = [];
  for (const token of written.trim().split(/\s+/)) {
    const opening = OPENING.exec(token);
    if (opening !== null) {
      const [, name = '', count] = opening;
      group = { name, above: group, at: own, count: count === '' ? 'length' : count };
      if (count !== undefined) fixed ??= own;
      outer.push(own);
      own = 0;
    } else if (token === '}' && group !== undefined) {
      lengths.set(group, own);
      own = (outer.pop() ?? 0) + (group.count === undefined ? own : 0);
      group = group.above;
    } else {
      const point = pointOf(token, group, own);
      points.set(point.path, point);
      own += point.size;
    }
  }
  const isNested = [...lengths.keys()].some(({ count, above }) => count !== undefined && above?.count !== undefined);
  return ids.map((id) => ({ id, points, lengths, fixed: fixed ?? own, isNested }));
}

function pointOf(token: string, group: GroupModel | undefined, at: number): PointModel {
  const [, name = '', form = 'pad', mark, unit, factor] = TOKEN.exec(token) ?? [];
  const isText = /^s[0-9]/.test(form);
  const type = isText ? 'text' : (form as keyof typeof SIZES);
  return {
    path: `${pathOf(group)}${name}`,
    ...{ group, at, type },
    size: type === 'text' ? Number(form.slice(1)) : SIZES[type],
    unit: unit === '' ? undefined : unit,
    factor: factor === undefined ? undefined : `${factor}_SF`,
    writable: mark === '!',
  };
}

function pathOf(group: GroupModel | undefined): string {
  return group === undefined ? '' : `${pathOf(group.above)}${group.name}.`;
}

/** The groups around a point that repeat, outermost first. */
export function repeatsOf({ group }: PointModel): readonly GroupModel[] {
  const found: GroupModel[] = [];
  for (let each = group; each !== undefined; each = each.above) if (each.count !== undefined) found.unshift(each);
  return found;
}

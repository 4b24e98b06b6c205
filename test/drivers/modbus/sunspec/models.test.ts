import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MODEL_NAMES, MODELS, modelNumbers, pointNamed } from '../../../../drivers/modbus/sunspec/models/catalogue.ts';
import { type PointModel, repeatsOf } from '../../../../drivers/modbus/sunspec/models/definition.ts';
import { USUAL } from '../../../../drivers/modbus/sunspec/usual.ts';

const FACTS = fileURLToPath(new URL('../../../../../shared/registermaps/sunspec.tsv', import.meta.url));

/** The documents' types by ours. */
const TYPES: Readonly<Record<string, string>> = {
  int16: 'i16',
  uint16: 'u16',
  int32: 'i32',
  uint32: 'u32',
  uint64: 'u64',
  acc32: 'a32',
  acc64: 'a64',
  enum16: 'e16',
  enum32: 'e32',
  bitfield16: 'b16',
  bitfield32: 'b32',
  float32: 'f32',
  string: 'text',
  sunssf: 'sf',
  count: 'cnt',
  pad: 'pad',
};

/** The documents' units as people write them; a share of anything is percent, and a ratio has none. */
function unitOf(written: string): string | undefined {
  const known: Readonly<Record<string, string>> = {
    C: '°C',
    Secs: 's',
    S: 's',
    WH: 'Wh',
    AH: 'Ah',
    Var: 'var',
    Varh: 'varh',
    ohms: 'Ω',
    Pct: '%',
    VNomPct: '%',
  };
  if (['', 'PF', 'cos()', '1', 'unit', 'DeptRef'].includes(written)) return undefined;
  if (written.startsWith('%')) return /\/sec$/i.test(written) ? '%/s' : '%';
  return known[written] ?? written;
}

interface Fact {
  readonly model: number;
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly factor: string | undefined;
  readonly unit: string | undefined;
  readonly writable: boolean;
}

function facts(): readonly Fact[] {
  const [, ...lines] = readFileSync(FACTS, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [model, group = '', point, offset, size, type = '', factor, unit = '', access] = line.split('\t');
    const path = [...group.split('.').slice(1), point].join('.');
    return {
      ...{ model: Number(model), path, offset: Number(offset), size: Number(size), type: TYPES[type] ?? type },
      ...{ factor: factor || undefined, unit: unitOf(unit), writable: access === 'RW' },
    };
  });
}

/** Of its first instance. */
function offsetOf({ at, group }: PointModel): number {
  let offset = at;
  for (let each = group; each !== undefined; each = each.above) offset += each.at;
  return offset;
}

function ours(): readonly Fact[] {
  return [...MODELS.values()].flatMap(({ id, points }) =>
    [...points.values()].map((point) => ({
      ...{ model: id, path: point.path, offset: offsetOf(point), size: point.size, type: point.type },
      ...{ factor: point.factor, unit: point.unit, writable: point.writable },
    })),
  );
}

const byPlace = (one: Fact, other: Fact) => one.model - other.model || one.offset - other.offset;

describe.skipIf(!existsSync(FACTS))(
  existsSync(FACTS) ? 'every model' : 'skipped: ../shared/registermaps not found',
  () => {
    it('has the points, places, types, factors, units and rights of the public documents', () => {
      expect(ours().toSorted(byPlace)).toEqual(facts().toSorted(byPlace));
    });
  },
);

describe('the models', () => {
  it('are those in service', () => {
    expect([...MODELS.keys()].toSorted((a, b) => a - b)).toEqual([
      ...[1, 101, 102, 103, 111, 112, 113, 120, 121, 122, 123, 124, 160, 201, 202, 203, 204, 211, 212, 213, 214],
      ...[502, 701, 702, 703, 704, 705, 713, 714, 802, 803],
    ]);
  });

  it('have a factor of the same model wherever they name one', () => {
    const missing = [...MODELS.values()].flatMap(({ id, points }) =>
      [...points.values()]
        .filter(({ factor }) => factor !== undefined && points.get(factor)?.type !== 'sf')
        .map(({ path }) => `${id}/${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('know how long an instance of a group is, and where the first begins', () => {
    const groups = [160, 705, 714, 803].map((id) => {
      const model = MODELS.get(id);
      return [id, model?.fixed, ...(model?.lengths.values() ?? []), model?.isNested];
    });
    expect(groups).toEqual([
      [160, 8, 20, false],
      [705, 13, 2, 10, true],
      [714, 18, 25, false],
      [803, 26, 32, false],
    ]);
    expect(MODELS.get(704)?.fixed).toBe(65);
  });

  it('are named by number and by word', () => {
    expect(modelNumbers('inverter')).toEqual([101, 102, 103, 111, 112, 113]);
    expect(modelNumbers('meter')).toEqual([201, 202, 203, 204, 211, 212, 213, 214]);
    expect(modelNumbers(160)).toEqual([160]);
    expect(modelNumbers(64_001)).toBeUndefined();
    expect(modelNumbers('constructor')).toBeUndefined();
    for (const name of MODEL_NAMES) for (const id of modelNumbers(name) ?? []) expect(MODELS.has(id)).toBe(true);
  });

  it('find a point by its name alone, where that tells one', () => {
    const pathIn = (id: number, name: string) => {
      const model = MODELS.get(id);
      const found = model === undefined ? 'none' : pointNamed(model, name);
      return typeof found === 'object' ? found.path : found;
    };
    expect(pathIn(160, 'DCW')).toBe('module.DCW');
    expect(pathIn(714, 'DCW')).toBe('DCW');
    expect(pathIn(714, 'Prt.DCW')).toBe('Prt.DCW');
    expect(pathIn(704, 'PF')).toBe('several');
    expect(pathIn(704, 'PFWInj.PF')).toBe('PFWInj.PF');
    expect(pathIn(705, 'Var')).toBe('Crv.Pt.Var');
    expect(pathIn(1, 'Pad')).toBe('none');
    expect(pathIn(103, 'Watts')).toBe('none');
  });
});

describe('each usual point', () => {
  // a power factor is a ratio in some models, and in percent in others: it has no unit
  const united = Object.entries(USUAL).filter(([name]) => name !== 'power-factor');

  it.each(united)('%s is the same quantity in every model that has it', (_, { choices }) => {
    const found = choices.flatMap(({ models, point = '' }) =>
      models.flatMap((id) => {
        const model = MODELS.get(id);
        const named = model === undefined ? 'none' : pointNamed(model, point);
        return typeof named === 'object' ? [named] : [];
      }),
    );
    const missing = choices.filter(({ models, point }) => {
      const model = MODELS.get(models[0] ?? 0);
      return point !== undefined && (model === undefined || typeof pointNamed(model, point) !== 'object');
    });
    expect(missing).toEqual([]);
    expect(new Set(found.map(({ unit }) => unit)).size).toBe(1);
    expect(found.every((point) => repeatsOf(point).length === 0)).toBe(true);
  });
});

import { Fault } from '../../drivers/contract/fault.ts';
import { MODELS } from '../../drivers/modbus/sunspec/models/catalogue.ts';
import type { PointModel, Model as SunspecModel } from '../../drivers/modbus/sunspec/models/definition.ts';
import type { Model } from './modbus-server.ts';
import { Plant } from './plant.ts';

/** Raw numbers and texts by the paths of their points; a float as it is. */
export type RawValues = Readonly<Record<string, number | string>>;

/** One model of a simulated device; of a group that repeats, its instances in turn. */
export interface ModelContent {
  readonly id: number;
  /** Registers of its data, where the device says another number than the definition. */
  readonly length?: number;
  readonly values?: RawValues;
  /** Of the one group of the model that repeats: the values of each instance, without the name of the group. */
  readonly instances?: readonly RawValues[];
}

const END = [0xffff, 0];
const MARKER = [0x5375, 0x6e53];

/** A SunSpec device that holds what it is given. */
export class SunspecDevice implements Model {
  readonly unit: number;
  /** Of every register that it has. */
  readonly held: Uint16Array;
  readonly #base: number;
  readonly #writable: ReadonlySet<number>;
  /** Called before each read. */
  readonly #live: (device: SunspecDevice) => void;

  constructor(
    unit: number,
    base: number,
    models: readonly ModelContent[],
    live: (device: SunspecDevice) => void = () => undefined,
  ) {
    this.unit = unit;
    this.#base = base;
    this.#live = live;
    const words: number[] = [...MARKER];
    const writable = new Set<number>();
    for (const content of models) {
      const data = dataOf(content);
      const start = words.length + 2;
      words.push(content.id, data.length, ...data);
      for (const point of MODELS.get(content.id)?.points.values() ?? []) {
        if (point.writable) for (let at = 0; at < point.size; at += 1) writable.add(start + point.at + at);
      }
    }
    this.held = Uint16Array.from([...words, ...END]);
    this.#writable = writable;
  }

  /** Where the data of a model begin, in `held`. */
  dataAt(id: number): number {
    for (let at = MARKER.length; at < this.held.length; at += 2 + (this.held[at + 1] ?? 0)) {
      if (this.held[at] === id) return at + 2;
    }
    throw new Fault('sunspec/no-model');
  }

  /** Another value of a point that lies in no group. */
  set(id: number, path: string, value: number): void {
    const point = MODELS.get(id)?.points.get(path);
    if (point === undefined) throw new Fault('sunspec/no-point');
    this.held.set(wordsOf(point, value), this.dataAt(id) + point.at);
  }

  registers(kind: 'input' | 'holding', address: number, count: number): Uint8Array | undefined {
    const from = address - this.#base;
    if (kind !== 'holding' || from < 0 || from + count > this.held.length) return undefined;
    this.#live(this);
    const view = new DataView(new ArrayBuffer(count * 2));
    for (let at = 0; at < count; at += 1) view.setUint16(at * 2, this.held[from + at] ?? 0);
    return new Uint8Array(view.buffer);
  }

  writeRegisters(address: number, registers: Uint8Array): boolean {
    const from = address - this.#base;
    const view = new DataView(registers.buffer, registers.byteOffset, registers.length);
    const count = registers.length / 2;
    for (let at = 0; at < count; at += 1) if (!this.#writable.has(from + at)) return false;
    for (let at = 0; at < count; at += 1) this.held[from + at] = view.getUint16(at * 2);
    return true;
  }

  bits(): undefined {
    return undefined;
  }

  writeCoils(): boolean {
    return false;
  }
}

function dataOf({ id, length, values = {}, instances = [] }: ModelContent): number[] {
  const model = MODELS.get(id);
  if (model === undefined) return new Array(length ?? 1).fill(0);
  const group = [...model.lengths.keys()].find(({ count }) => count !== undefined);
  const stride = group === undefined ? 0 : (model.lengths.get(group) ?? 0);
  const data: number[] = new Array(model.fixed + stride * instances.length).fill(0);
  const put = (point: PointModel, at: number, value: number | string | undefined) => {
    for (const [index, register] of wordsOf(point, value).entries()) data[at + index] = register;
  };
  for (const point of model.points.values()) {
    if (isRepeated(point, model)) {
      const own = point.path.slice(`${group?.name}.`.length);
      for (const [index, each] of instances.entries()) put(point, model.fixed + index * stride + point.at, each[own]);
    } else put(point, addressOf(point), values[point.path]);
  }
  return length === undefined
    ? data
    : [...data.slice(0, length), ...new Array(Math.max(0, length - data.length)).fill(0)];
}

function isRepeated({ group }: PointModel, { lengths }: SunspecModel): boolean {
  return group?.count !== undefined && lengths.has(group);
}

function addressOf({ at, group }: PointModel): number {
  return at + (group?.at ?? 0);
}

/** The registers of a value; without one those by which a device says that it has none. */
function wordsOf({ type, size }: PointModel, value?: number | string): readonly number[] {
  const view = new DataView(new ArrayBuffer(size * 2));
  if (type === 'text') {
    for (const [at, letter] of [...String(value ?? '')].entries()) view.setUint8(at, letter.charCodeAt(0));
  } else if (type === 'f32') view.setFloat32(0, value === undefined ? Number.NaN : Number(value));
  else {
    const bits = BigInt(size * 16);
    const none = 'ius'.includes(type[0] ?? '') && type[0] !== 'u' ? 1n << (bits - 1n) : type[0] === 'a' ? 0n : -1n;
    let left = value === undefined ? none : BigInt(value);
    for (let at = size - 1; at >= 0; at -= 1, left >>= 16n) view.setUint16(at * 2, Number(left & 0xffffn));
  }
  return Array.from({ length: size }, (_, at) => view.getUint16(at * 2));
}

export interface SunspecOptions {
  readonly unit: number;
  readonly base?: number;
  /** A monotonic time in milliseconds. */
  readonly now: () => number;
}

/** Of the values that its plant makes: scale factors as many inverters have them. */
const FACTORS = { A_SF: -2, V_SF: -1, W_SF: 0, Hz_SF: -2, VA_SF: 0, PF_SF: -2, WH_SF: 0, DCW_SF: 0, Tmp_SF: -1 };

/** A three-phase inverter with two trackers and a battery's controls, whose power wanders; its limit can be written. */
export function sunspecInverter({ unit, base = 40_000, now }: SunspecOptions): SunspecDevice {
  const plant = new Plant(unit, () => 0, now());
  const models: ModelContent[] = [
    {
      id: 1,
      values: { Mn: 'Fieldward', Md: 'Simulated inverter', Opt: 'none', Vr: '1.0', SN: `INV-${unit}`, DA: unit },
    },
    { id: 103, values: { ...FACTORS, St: 4, Evt1: 0, TmpCab: 412 } },
    { id: 120, values: { DERTyp: 4, WRtg: 10_000, WRtg_SF: 0 } },
    { id: 123, values: { Conn: 1, WMaxLimPct: 10_000, WMaxLimPct_SF: -2, WMaxLim_Ena: 0 } },
    {
      id: 124,
      values: {
        WChaMax: 5000,
        WChaMax_SF: 0,
        ChaState: 640,
        ChaState_SF: -1,
        ChaSt: 4,
        MinRsvPct: 10,
        MinRsvPct_SF: 0,
      },
    },
    {
      id: 160,
      values: { DCA_SF: -2, DCV_SF: -1, DCW_SF: 0, DCWH_SF: 0, N: 2 },
      instances: [
        { ID: 1, IDStr: 'East', DCA: 412, DCV: 6105, DCW: 2515, DCWH: 4_200_000, DCSt: 4 },
        { ID: 2, IDStr: 'West', DCA: 305, DCV: 5980, DCW: 1824, DCWH: 3_900_000, DCSt: 4 },
      ],
    },
  ];
  return new SunspecDevice(unit, base, models, (device) => {
    plant.advance(now());
    const set = (path: string, name: string, factor: number) =>
      device.set(103, path, Math.round(plant.value(name) / 10 ** factor));
    for (const [path, phase] of [
      ['PhVphA', 'l1'],
      ['PhVphB', 'l2'],
      ['PhVphC', 'l3'],
    ] as const) {
      set(path, `voltage-${phase}`, FACTORS.V_SF);
    }
    for (const [path, phase] of [
      ['AphA', 'l1'],
      ['AphB', 'l2'],
      ['AphC', 'l3'],
    ] as const) {
      set(path, `current-${phase}`, FACTORS.A_SF);
    }
    set('A', 'current-total', FACTORS.A_SF);
    set('W', 'power-active-total', FACTORS.W_SF);
    set('VA', 'power-apparent-total', FACTORS.VA_SF);
    // a percentage of what the plant has as a share
    set('PF', 'power-factor-total', FACTORS.PF_SF - 2);
    set('Hz', 'frequency', FACTORS.Hz_SF);
    set('WH', 'energy-total', -3);
    set('DCW', 'power-active-total', FACTORS.DCW_SF);
  });
}

/** A three-phase meter in floating numbers. */
export function sunspecMeter({ unit, base = 40_000, now }: SunspecOptions): SunspecDevice {
  const plant = new Plant(unit, () => 0, now());
  const models: ModelContent[] = [
    { id: 1, values: { Mn: 'Fieldward', Md: 'Simulated meter', Vr: '1.0', SN: `MTR-${unit}`, DA: unit } },
    { id: 213, values: { TotWhExp: 0, Evt: 0 } },
  ];
  return new SunspecDevice(unit, base, models, (device) => {
    plant.advance(now());
    const set = (path: string, name: string, scale = 1) => device.set(213, path, plant.value(name) * scale);
    for (const [letter, phase] of [
      ['A', 'l1'],
      ['B', 'l2'],
      ['C', 'l3'],
    ] as const) {
      set(`PhVph${letter}`, `voltage-${phase}`);
      set(`Aph${letter}`, `current-${phase}`);
      set(`Wph${letter}`, `power-active-${phase}`);
    }
    set('A', 'current-total');
    set('W', 'power-active-total');
    set('VA', 'power-apparent-total');
    set('PF', 'power-factor-total', 100);
    set('Hz', 'frequency');
    set('TotWhImp', 'energy-total', 1000);
  });
}

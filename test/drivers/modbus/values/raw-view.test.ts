import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import type { RawTable, RawView } from '../../../../drivers/contract/driver.ts';
import type { Sample } from '../../../../drivers/contract/reading.ts';
import { encodeData } from '../../../../drivers/modbus/answer.ts';
import { decodeRequest } from '../../../../drivers/modbus/request.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { asked, exchangeOf } from '../../../support/dialogue.ts';
import { device } from '../support.ts';

/** A float 230.1 at 40 and 41, with other floats beside it. */
const WORDS: Readonly<Record<number, number>> = {
  ...{ 38: 0x42c8, 39: 0x0000, 40: 0x4366, 41: 0x199a, 42: 0x3f80, 43: 0x0000, 44: 0x4120, 45: 0x0000 },
};

const POINTS = [
  { name: 'voltage', register: 'holding', address: 40, type: 'float32' },
  { name: 'swapped', register: 'holding', address: 40, type: 'float32', wordOrder: 'little' },
  { name: 'shifted', register: 'holding', address: 41, type: 'float32' },
  { name: 'energy', register: 'holding', address: 40, type: 'mod10k-32' },
  { name: 'relay', register: 'coil', address: 3, type: 'bool' },
  { name: 'label', register: 'holding', address: 40, type: 'string', length: 2 },
];

interface Asked {
  readonly address: number;
  readonly count: number;
}

/** A device that has these registers and refuses all others, and coils of which every third is on. */
class Slave {
  readonly asked: Asked[] = [];
  readonly words: Readonly<Record<number, number>>;

  constructor(words: Readonly<Record<number, number>>) {
    this.words = words;
  }

  ask(dialogue: Dialogue): readonly Sample[] {
    const exchange = asked(dialogue);
    const request = decodeRequest(exchange.request);
    if (request === undefined || !('count' in request)) throw new TypeError('no read');
    const { address, count } = request;
    this.asked.push({ address, count });
    const data = this.#data(request.function, address, count);
    const frame = data === undefined ? seal(1, [request.function | 0x80, 2]) : encodeData(1, request, data);
    const answer = exchange.answer(frame, true);
    if (answer.state === 'done') return answer.samples;
    if (answer.state === 'more') throw new TypeError('no verdict at the end');
    return (exchange.split?.(answer.fault) ?? []).flatMap((part) => this.ask(part));
  }

  #data(code: number, address: number, count: number): Uint8Array | undefined {
    const places = Array.from({ length: count }, (_, at) => address + at);
    if (code === 1) return Uint8Array.of(places.reduce((all, place, at) => all | (place % 3 === 0 ? 1 << at : 0), 0));
    if (places.some((place) => this.words[place] === undefined)) return undefined;
    return Uint8Array.from(places.flatMap((place) => [(this.words[place] ?? 0) >> 8, (this.words[place] ?? 0) & 255]));
  }
}

const viewOf = (name: string, options: Record<string, unknown> = {}): RawView => {
  const view = device(POINTS, options).raw?.([name]);
  if (view === undefined) throw new TypeError('no view');
  return view;
};

function read(name: string, slave = new Slave(WORDS), options: Record<string, unknown> = {}): RawTable {
  const view = viewOf(name, options);
  const samples = view.device.plan([name]).flatMap((exchange) => slave.ask(exchange));
  const [table] = view.tables(samples);
  if (table === undefined) throw new TypeError('no table');
  return table;
}

const row = (table: RawTable, label: string) => table.rows.find((each) => each.label === label);

describe('the raw view of a point', () => {
  test('has its registers in hexadecimal, also from one address lower and one higher', () => {
    const table = read('voltage');
    expect(table.title).toBe('holding 40: float32');
    expect(table.heads).toEqual(['from 39', 'from 40', 'from 41']);
    expect(table.rows[0]).toEqual({
      ...{ label: 'registers', configured: false },
      cells: ['0000 4366', '4366 199A', '199A 3F80'],
    });
  });

  test('reads them in every type and order', () => {
    const table = read('voltage');
    expect(row(table, 'float32')).toEqual({
      ...{ label: 'float32', configured: true },
      cells: [2.4178e-41, 230.1, expect.closeTo(1.59e-23, 24)],
    });
    expect(row(table, 'float32, wordOrder: little')?.cells[2]).toBeCloseTo(1.0008, 4);
    expect(row(table, 'float32, byteOrder: little')?.configured).toBe(false);
    expect(row(table, 'float32, wordOrder: little, byteOrder: little')).toBeDefined();
    expect(row(table, 'uint16')?.cells).toEqual([0, 0x4366, 0x199a]);
    expect(row(table, 'int32')?.cells).toEqual([0x4366, 0x4366199a, 0x199a3f80]);
    expect(row(table, 'uint64')?.cells[1]).toBe('4856597398446669824');
    expect(row(table, 'float64')?.cells).toHaveLength(3);
  });

  test('knows the types that few meters have', () => {
    const table = read('energy', new Slave({ 39: 1, 40: 0x02eb, 41: 0x17fc, 42: 0x8002, 43: 0xffff }));
    expect(row(table, 'mod10k-32')).toEqual({
      ...{ label: 'mod10k-32', configured: true },
      cells: [10_747, 7_476_140, null],
    });
    expect(row(table, 'sign-magnitude16')?.cells).toEqual([1, 747, 6140]);
    expect(row(table, 'uint24')?.cells).toEqual([66_283, 15_407_100, 16_547_842]);
    expect(row(table, 'int48')?.cells[1]).toBe(0x02eb17fc8002);
    expect(row(table, 'exp8-mantissa24')?.cells[1]).toBe(-137_011_600);
    for (const type of ['int24', 'uint48', 'mod10k-64', 'sign-magnitude32']) {
      const known = type === 'mod10k-64' ? undefined : expect.anything();
      expect(row(table, type)).toEqual(known);
    }
  });

  test('leaves out what is no such number from any address', () => {
    const table = read('voltage');
    expect(row(table, 'bcd16')?.cells).toEqual([0, 4366, null]);
    expect(row(table, 'bcd32')?.cells).toEqual([4366, null, null]);
    expect(row(read('voltage', new Slave({ 40: 0xffff, 41: 0xffff })), 'bcd16')).toBeUndefined();
  });

  test('asks for the point alone first, and then for all around it in one request', () => {
    const slave = new Slave(WORDS);
    read('voltage', slave);
    expect(slave.asked).toEqual([
      { address: 40, count: 2 },
      { address: 39, count: 6 },
    ]);
  });

  test('takes what there is where the device lacks the neighbours', () => {
    const slave = new Slave({ 40: 0x4366, 41: 0x199a, 42: 0x3f80 });
    const table = read('voltage', slave);
    expect(table.rows[0]?.cells).toEqual(['.... 4366', '4366 199A', '199A 3F80']);
    expect(row(table, 'float32')?.cells).toEqual([null, 230.1, expect.closeTo(1.59e-23, 24)]);
    expect(slave.asked.slice(2)).toEqual([
      { address: 39, count: 1 },
      { address: 42, count: 3 },
      { address: 42, count: 1 },
    ]);
  });

  test('asks for no more registers at once than the device takes', () => {
    const slave = new Slave(WORDS);
    expect(read('voltage', slave, { maxRegisters: 4 }).rows[0]?.cells[1]).toBe('4366 199A');
    expect(slave.asked).toEqual([
      { address: 40, count: 2 },
      { address: 39, count: 1 },
      { address: 42, count: 3 },
    ]);
  });

  test('ends at the first and the last address', () => {
    const first = device([{ ...POINTS[0], address: 0 }]).raw?.(['voltage']);
    const last = device([{ ...POINTS[0], address: 65_534 }]).raw?.(['voltage']);
    const asked = (view: RawView | undefined) =>
      view?.device.plan(['voltage']).map((dialogue) => {
        const { request } = exchangeOf(dialogue);
        const read = decodeRequest(request);
        return read && 'count' in read ? [read.address, read.count] : [];
      });
    expect(asked(first)).toEqual([
      [0, 2],
      [0, 5],
    ]);
    expect(asked(last)).toEqual([
      [65_534, 2],
      [65_533, 3],
    ]);
  });

  test('remarks upon a float that no instrument means, and names what gives usual ones', () => {
    const { remarks } = read('swapped');
    expect(remarks[0]).toMatch(/^looks like swapped words: try wordOrder: big/);
    expect(remarks[1]).toMatch(/^usual numbers come as: float32 from 40/);
    expect(read('shifted', new Slave(WORDS)).remarks[1]).toContain('float32 from 40');
    expect(read('voltage').remarks).toEqual([]);
  });

  test('has the text of a string, and the bits of coils', () => {
    const label = read('label', new Slave({ 40: 0x4142, 41: 0x4344 }));
    expect(row(label, 'string')).toEqual({ label: 'string', configured: true, cells: [null, 'ABCD', null] });
    const relay = read('relay');
    expect(relay.heads).toEqual(['from 2', 'from 3', 'from 4']);
    expect(relay.rows).toEqual([{ label: 'bool', configured: true, cells: [false, true, false] }]);
  });

  test('marks a single register whatever the order of words is', () => {
    const made = device([{ name: 'p', register: 'holding', address: 40, type: 'uint16' }], { wordOrder: 'little' });
    const view = made.raw?.(['p']);
    const samples = (view?.device.plan(['p']) ?? []).flatMap((exchange) => new Slave(WORDS).ask(exchange));
    const [table] = view?.tables(samples) ?? [];
    expect(table?.title).toBe('holding 40: uint16');
    expect(table?.rows.filter(({ configured }) => configured).map(({ label }) => label)).toEqual(['uint16']);
  });

  test('has no table of a point of which nothing was read, and takes no sample that is not its own', () => {
    const view = viewOf('voltage');
    expect(view.tables([])).toEqual([]);
    const foreign = ['40:', ':4366', '40:436', '40:XX', 'x', 5, null].map((value) => ({ point: 'voltage', value }));
    expect(view.tables([...foreign, { point: 'other', value: '40:4366' }])).toEqual([]);
  });

  test('writes nothing, and knows no other points', () => {
    const { device: raw } = viewOf('voltage');
    expect(() => raw.write(new Map([['voltage', 1]]))).toThrow(
      expect.objectContaining({ code: 'command/not-writable' }),
    );
    expect(() => viewOf('nothing')).toThrow(expect.objectContaining({ code: 'command/unknown-point' }));
  });
});

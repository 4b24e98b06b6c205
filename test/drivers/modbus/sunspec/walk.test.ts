import { describe, expect, it } from 'vitest';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { chainMemory, lengthened, rememberedChain } from '../../../../drivers/modbus/sunspec/chain.ts';
import { type ModelContent, SunspecDevice } from '../../../../scripts/sim/sunspec-device.ts';
import { Bench, registersFrom } from './support.ts';

const COMMON: ModelContent = { id: 1, values: { Mn: 'Maker', Md: 'Model', SN: '42' } };
const METER: ModelContent = { id: 203, values: { W: -345, W_SF: 1 } };
const INVERTER: ModelContent = { id: 103, values: { W: 2850, W_SF: 0, St: 4 } };
const POWER = [{ name: 'power', model: 103, point: 'W' }];

/** Big-endian registers in hexadecimal. */
const words = (...given: number[]) => given.map((word) => word.toString(16).padStart(4, '0')).join('');
const MARKER = [0x5375, 0x6e53];

describe('the list of models', () => {
  it.each([40_000, 50_000, 0])('is found at %i', (base) => {
    const bench = new Bench([new SunspecDevice(1, base, [COMMON, INVERTER])], POWER);
    expect(bench.poll().values).toEqual({ power: 2850 });
  });

  it('is looked for at the given base alone', () => {
    const bench = new Bench([new SunspecDevice(1, 1000, [COMMON, INVERTER])], POWER, { base: 1000 });
    expect(bench.poll()).toMatchObject({ values: { power: 2850 } });
    const other = new Bench([new SunspecDevice(1, 40_000, [COMMON, INVERTER])], POWER, { base: 1000 });
    expect(other.poll()).toMatchObject({ faults: { power: 'sunspec/no-marker' }, asked: ['3 1000 2'] });
  });

  it('is read once, and only as far as it is needed', () => {
    const bench = new Bench([new SunspecDevice(1, 40_000, [COMMON, INVERTER, METER])], POWER);
    expect(bench.poll().asked).toEqual(['3 40000 2', '3 40002 2', '3 40070 2', '3 40070 16']);
    expect(bench.poll().asked).toEqual(['3 40070 16']);
    expect(bench.memory).toEqual({ base: 40_000, end: 0, models: [1, 66, 103, 50] });
  });

  it('is looked for from the marker on once the line has opened anew', () => {
    const bench = new Bench([new SunspecDevice(1, 50_000, [COMMON, INVERTER])], POWER);
    bench.poll();
    bench.memory = undefined;
    expect(bench.poll().asked.slice(0, 2)).toEqual(['3 40000 2', '3 50000 2']);
  });

  it('passes over models that nobody here knows', () => {
    const bench = new Bench([new SunspecDevice(1, 40_000, [COMMON, { id: 64_001, length: 4 }, INVERTER])], POWER);
    expect(bench.poll().values).toEqual({ power: 2850 });
  });

  it('may end without the number that ends it', () => {
    const held = registersFrom(1, 40_000, words(...MARKER, 502, 3, 0, 0, 0));
    const bench = new Bench([held], POWER);
    const first = bench.poll();
    expect(first.faults).toEqual({ power: 'sunspec/no-model' });
    expect(first.asked).toEqual(['3 40000 2', '3 40002 2', '3 40007 2']);
    // its end is looked at again in each poll: a device may get a model
    expect(bench.poll()).toMatchObject({ faults: { power: 'sunspec/no-model' }, asked: ['3 40007 2'] });
  });

  it('that gets a further model is read on', () => {
    const before = new SunspecDevice(1, 40_000, [COMMON]);
    const after = new SunspecDevice(1, 40_000, [COMMON, INVERTER]);
    const bench = new Bench([before], POWER);
    expect(bench.poll().faults).toEqual({ power: 'sunspec/no-model' });
    const grown = new Bench([after], POWER);
    grown.memory = bench.memory;
    expect(grown.poll().values).toEqual({ power: 2850 });
  });

  const broken: readonly (readonly [string, readonly number[]])[] = [
    ['a model without registers', [1, 0, 103, 50]],
    ['a model that ends beyond the last register', [1, 30_000]],
    ['a model of number 0', [0, 5]],
  ];
  it.each(broken)('is broken by %s', (_, list) => {
    const bench = new Bench([registersFrom(1, 40_000, words(...MARKER, ...list))], POWER);
    expect(bench.poll()).toMatchObject({ values: {}, faults: { power: 'sunspec/broken-list' } });
    expect(bench.poll().asked).toHaveLength(1);
  });

  it('without end is given up after 128 models, and the poll is over soon', () => {
    const list = Array.from({ length: 1000 }, () => [64_001, 1, 0]).flat();
    const bench = new Bench([registersFrom(1, 0, words(...MARKER, ...list))], POWER, { base: 0 });
    const { faults, asked } = bench.poll();
    expect(faults).toEqual({ power: 'sunspec/broken-list' });
    expect(asked.length).toBeLessThan(140);
    expect(JSON.stringify(bench.memory).length).toBeLessThanOrEqual(4096);
  });

  it('of a slow device is read in several dialogues, and none holds the line for long', () => {
    const many = Array.from({ length: 20 }, (): ModelContent => ({ id: 64_001, length: 4 }));
    const bench = new Bench([new SunspecDevice(1, 40_000, [COMMON, ...many, INVERTER])], POWER, { timeoutMs: 2000 });
    const [dialogue] = bench.device.plan(['power']);
    expect(dialogue?.cost.most.reduce((sum, { timeout }) => sum + timeout, 0)).toBeLessThan(10_000);
    expect(bench.run(dialogue).end).toMatchObject({ kind: 'fail', fault: { code: 'sunspec/unfinished' } });
    expect(bench.poll().values).toEqual({ power: 2850 });
  });

  it('is asked for elsewhere the next time where a device says nothing at one place', () => {
    const device = new SunspecDevice(1, 50_000, [COMMON, INVERTER]);
    const bench = new Bench([device], POWER);
    bench.tamper = (_, answer) => (answer.length === 5 ? new Uint8Array(0) : answer);
    const first = bench.run(bench.device.plan(['power'])[0]);
    expect(first.end).toMatchObject({ kind: 'fail', consequence: 'silent', fault: { code: 'device/silent' } });
    expect(first.asked).toEqual(['3 40000 2']);
    expect(bench.poll().values).toEqual({ power: 2850 });
  });

  it('of a device that is busy is not looked for elsewhere', () => {
    const bench = new Bench([registersFrom(1, 0, '')], POWER, {}, 'tcp');
    bench.tamper = (_, answer) => Uint8Array.from([...answer.subarray(0, 8), 6]);
    expect(bench.poll()).toMatchObject({ faults: { power: 'modbus/device-busy' }, asked: ['3 40000 2'] });
  });

  it('that has changed is read anew in the same poll', () => {
    const bench = new Bench([new SunspecDevice(1, 40_000, [COMMON, METER, INVERTER])], POWER);
    bench.poll();
    const moved = new Bench([new SunspecDevice(1, 40_000, [COMMON, INVERTER, METER])], POWER);
    moved.memory = bench.memory;
    expect(moved.poll()).toMatchObject({ values: { power: 2850 }, faults: {} });
    const gone = new Bench([new SunspecDevice(1, 40_000, [COMMON, METER])], POWER);
    gone.memory = bench.memory;
    expect(gone.poll()).toMatchObject({ values: {}, faults: { power: 'sunspec/no-model' } });
  });
});

describe('a memory', () => {
  it('holds the list', () => {
    const chain = [[1, 66] as const, [103, 50] as const].reduce((list, [id, length]) => lengthened(list, id, length), {
      base: 40_000,
      models: [],
      end: 'open' as const,
    } as Parameters<typeof lengthened>[0]);
    expect(rememberedChain(chainMemory(chain))).toEqual(chain);
    const ended = lengthened(chain, 0xffff, 0);
    expect(rememberedChain(chainMemory(ended))).toEqual(ended);
  });

  const strange: readonly (Memory | undefined)[] = [
    undefined,
    {},
    { base: -1, end: 0, models: [] },
    { base: 40_000, end: 3, models: [] },
    { base: 40_000, end: 0.5, models: [] },
    { base: 40_000, end: 0, models: [1] },
    { base: 40_000, end: 0, models: [1, 0] },
    { base: 40_000, end: 0, models: [1.5, 4] },
    { base: 40_000, end: 0, models: [1, 60_000] },
    { base: 40_000, end: 0, models: '1' },
    { base: 65_535, end: 0, models: [] },
  ];
  it.each(strange)('that no device could have left is none: %j', (memory) => {
    expect(rememberedChain(memory)).toBeUndefined();
  });
});

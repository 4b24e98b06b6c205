import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../../agent/bus/dialogue/inquiry.ts';
import { type FittingModel, modelFinder, type NameUnit } from '../../../../../agent/cli/ports/naming/model-finder.ts';
import { deviceLine, modelLine } from '../../../../../agent/cli/ports/naming/model-words.ts';
import { MOST_READS } from '../../../../../agent/cli/ports/naming/probe-search.ts';
import type { Clock } from '../../../../../agent/clock/clock.ts';
import type { Dialogue } from '../../../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../../drivers/contract/faults.ts';
import type { LineTiming } from '../../../../../drivers/contract/port.ts';
import { crc16 } from '../../../../../drivers/framing/crc16.ts';
import { UNKNOWN_LINE } from '../../../../../drivers/port/line.ts';
import { openCatalogue } from '../../../../../drivers/registry/loader.ts';
import { meterModel } from '../../../../../scripts/sim/meter-model.ts';
import { type Duplex, type Model, serve } from '../../../../../scripts/sim/modbus-server.ts';
import { SunspecDevice, sunspecInverter, sunspecMeter } from '../../../../../scripts/sim/sunspec-device.ts';
import { runWith } from '../../../../drivers/dialogue-machine.ts';

const LINE = { baudRate: 19_200, characterMs: 11_000 / 19_200 };
const INPUT = 4;
const HOLDING = 3;
const now = () => 0;

/** Registers of one unit, by function and address; all others are refused. */
function unitWith(held: Readonly<Record<number, Readonly<Record<number, number>>>>): Model {
  return {
    unit: 7,
    registers(kind, address, count) {
      const words = Array.from(
        { length: count },
        (_, at) => held[kind === 'holding' ? HOLDING : INPUT]?.[address + at],
      );
      if (words.some((word) => word === undefined)) return undefined;
      return Uint8Array.from(words.flatMap((word = 0) => [word >> 8, word & 0xff]));
    },
    bits: () => undefined,
    writeRegisters: () => false,
    writeCoils: () => false,
  };
}

const FINDERS = new Map<string, Promise<NameUnit>>();

/** Profiles are read once: a finder holds nothing of a unit. */
function finderOf(name: string, line: LineTiming): Promise<NameUnit> {
  const made = async () => {
    const catalogue = openCatalogue();
    return modelFinder({
      ...{ catalogue, driver: await catalogue.load(name), line, timeout: milliseconds(100) },
      clock: { sleep: () => Promise.resolve() } as unknown as Clock,
      signal: new AbortController().signal,
    });
  };
  const found = FINDERS.get(name) ?? made();
  FINDERS.set(name, found);
  return found;
}

interface Wishes {
  readonly driver?: 'modbus-rtu' | 'modbus-tcp' | 'modbus-ascii';
  /** In place of the answer to a request of this function. */
  readonly tamper?: (fn: number, answer: Uint8Array) => Uint8Array;
  /** So often an old answer may still come. */
  readonly pending?: number;
  readonly first?: FaultCode;
}

/** The names that a unit gets, and the requests that it took, as `function address count`. */
async function named(unit: Model, { driver: name = 'modbus-rtu', tamper, pending = 0, first }: Wishes = {}) {
  let came: number[] = [];
  let hear: (chunk: Uint8Array) => void = () => undefined;
  const loop: Duplex = {
    write: (bytes) => void came.push(...bytes),
    onBytes: (listener) => {
      hear = listener;
    },
  };
  const isTcp = name === 'modbus-tcp';
  serve(loop, [unit], { framing: isTcp ? 'tcp' : 'rtu' });
  const line = isTcp ? UNKNOWN_LINE : LINE;
  const asked: string[] = [];
  let waits = pending;
  const find = await finderOf(name, line);
  const ask = async (dialogue: Dialogue): Promise<Outcome> => {
    waits -= 1;
    if (waits >= 0) throw new Fault('bus/answer-pending');
    const { end } = runWith(dialogue, line, (request) => {
      const view = new DataView(request.buffer, request.byteOffset + (isTcp ? 7 : 1));
      asked.push(`${view.getUint8(0)} ${view.getUint16(1)} ${view.getUint16(3)}`);
      came = [];
      hear(request);
      const answer = Uint8Array.from(came);
      return { bytes: tamper?.(view.getUint8(0), answer) ?? answer, cuts: [] };
    });
    if (end.kind === 'end') return { ok: true, samples: end.samples, latencyMs: 1, identity: end.identity };
    return { ok: false, fault: end.fault, consequence: end.consequence } as Outcome;
  };
  return { fitting: await find(unit.unit, ask, first), asked };
}

const words = (text: string, address: number) =>
  Object.fromEntries(
    Array.from({ length: text.length / 2 }, (_, at) => [
      address + at,
      (text.charCodeAt(2 * at) << 8) | text.charCodeAt(2 * at + 1),
    ]),
  );

const profilesOf = (fitting: readonly FittingModel[]) => fitting.map(({ profile }) => profile);

describe('naming a unit', () => {
  it('names the model by its code, and nothing else beside it', async () => {
    // its voltage would be plausible for others, too
    const { fitting } = await named(
      unitWith({ [HOLDING]: { ...words('B23 ', 0x8960), 8192: 0x4366, 8193: 0 }, [INPUT]: { 0: 0x4366, 1: 0 } }),
    );
    expect(fitting.map(({ profile, certain }) => [profile, certain])).toEqual([['abb-b23-b24', true]]);
    expect(modelLine(7, fitting)).toBe('unit 7: is ABB B23, B24 (abb-b23-b24)');
    expect(deviceLine(7, 'modbus-rtu', fitting)).toBe(
      '- { id: unit-7, driver: modbus-rtu, options: { unit: 7, profile: abb-b23-b24 } }',
    );
  });

  it('says what it may be where values are plausible for several', async () => {
    const { fitting } = await named(unitWith({ [INPUT]: { 0: 0x4366, 1: 0, 70: 0x4248, 71: 0 } }));
    expect(profilesOf(fitting)).toContain('eastron-sdm120');
    expect(profilesOf(fitting)).toContain('eastron-sdm630');
    expect(fitting.every(({ certain }) => !certain)).toBe(true);
    expect(modelLine(7, fitting)).toMatch(/^unit 7: may be Eastron .*; or Eastron /);
    expect(deviceLine(255, 'modbus-tcp', fitting)).toMatch(
      /unit: 255, anyUnit: true, profile: [a-z0-9-]+ \} \} # or eastron-/,
    );
  });

  it('asks for the code of a maker whose other model has the same values', async () => {
    const values = { 0: 2301, 1: 0, 51: 500 };
    const sibling = await named(unitWith({ [INPUT]: { ...values, 11: 1648 } }));
    expect(profilesOf(sibling.fitting)).toEqual(['carlo-gavazzi-em24-e1']);
    const { fitting } = await named(unitWith({ [INPUT]: { ...values, 11: 340 } }));
    expect(profilesOf(fitting)).toEqual(['carlo-gavazzi-em340']);
  });

  it('puts a question again while an old answer may still come', async () => {
    const { fitting } = await named(unitWith({ [HOLDING]: words('B21 ', 0x8960) }), { pending: 3 });
    expect(profilesOf(fitting)).toEqual(['abb-b21']);
  });
});

describe('the questions that it takes', () => {
  it('asks a common meter for no more than what its maker’s models share', async () => {
    const { fitting, asked } = await named(await meterModel('eastron-sdm630', { unit: 7, now }));
    expect(fitting.map(({ profile, certain }) => [profile, certain])).toEqual([['eastron-sdm630', true]]);
    expect(asked).toEqual(['4 0 2', '4 70 2', '3 64514 1']);
    // one that tells no code may be any of them
    const old = await named(unitWith({ [INPUT]: { 0: 0x4366, 1: 0, 70: 0x4248, 71: 0 } }));
    expect(profilesOf(old.fitting)).toContain('eastron-sdm630');
    // and one that tells another is another
    const other = await named(unitWith({ [INPUT]: { 0: 0x4366, 1: 0, 70: 0x4248, 71: 0 }, [HOLDING]: { 64514: 43 } }));
    expect(profilesOf(other.fitting)).not.toContain('eastron-sdm630');
    expect(profilesOf(other.fitting)).toContain('eastron-sdm230');
  });

  it('only reads, asks for nothing twice, and ends where a unit refuses all', async () => {
    const { fitting, asked } = await named(unitWith({}));
    expect(fitting).toEqual([]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.every((each) => /^[34] /.test(each))).toBe(true);
    // the bound is for profiles to come: it cuts off none of those that are there
    expect(asked.length).toBeLessThan(MOST_READS);
  });

  it('asks a unit that is silent for no part of what it was silent to', async () => {
    const { asked } = await named(unitWith({}), { tamper: () => new Uint8Array(0) });
    const refused = await named(unitWith({}));
    expect(asked.length).toBeLessThan(refused.asked.length);
    expect(asked).toContain('4 0 2');
    expect(asked).not.toContain('4 0 1');
    expect(refused.asked).toContain('4 0 1');
  });

  it('does not ask by a function again that the unit does not know', async () => {
    const none = (fn: number) =>
      named(unitWith({}), { tamper: (each, answer) => (each === fn ? illegal(each) : answer) });
    const illegal = (fn: number) => sealed([7, fn | 0x80, 1]);
    const byInput = await none(HOLDING);
    expect(byInput.asked.filter((each) => each.startsWith('3 '))).toHaveLength(1);
    const byHolding = await none(INPUT);
    expect(byHolding.asked.filter((each) => each.startsWith('4 '))).toHaveLength(1);
    const told = await named(unitWith({}), { first: 'modbus/illegal-function' });
    expect(told.asked.filter((each) => each.startsWith('3 '))).toEqual([]);
  });
});

describe('SunSpec', () => {
  it.each(['modbus-rtu', 'modbus-tcp'] as const)('names a device by its common model, by %s', async (driver) => {
    const { fitting, asked } = await named(sunspecInverter({ unit: 7, now }), { driver });
    const sunspec = driver === 'modbus-rtu' ? 'sunspec-rtu' : 'sunspec-tcp';
    expect(modelLine(7, fitting)).toBe(
      'unit 7: is Fieldward Simulated inverter, serial number INV-7 (sunspec-inverter, sunspec-storage)',
    );
    expect(deviceLine(7, driver, fitting)).toBe(
      `- { id: unit-7, driver: ${sunspec}, options: { unit: 7, profile: sunspec-inverter } } # or sunspec-storage`,
    );
    expect(asked.length).toBeLessThanOrEqual(20);
  });

  it.each([50_000, 0])('finds a list that begins at %i', async (base) => {
    const { fitting } = await named(sunspecMeter({ unit: 7, base, now }));
    expect(profilesOf(fitting)).toEqual(['sunspec-meter']);
    expect(deviceLine(7, 'modbus-rtu', fitting)).toBe(
      `- { id: unit-7, driver: sunspec-rtu, options: { unit: 7, base: ${base}, profile: sunspec-meter } }`,
    );
  });

  it('takes the driver’s usual points where no profile fits the models', async () => {
    const device = new SunspecDevice(7, 40_000, [{ id: 1, values: { Mn: 'Maker', Md: 'Model\u0007' } }, { id: 701 }]);
    const { fitting } = await named(device);
    expect(modelLine(7, fitting)).toBe('unit 7: is Maker Model (sunspec-rtu)');
    expect(deviceLine(7, 'modbus-rtu', fitting)).toBe('- { id: unit-7, driver: sunspec-rtu, options: { unit: 7 } }');
  });

  it('says by its models what a device is that tells no name', async () => {
    const { fitting } = await named(new SunspecDevice(7, 40_000, [{ id: 64_001, length: 4 }]));
    expect(modelLine(7, fitting)).toBe('unit 7: is SunSpec device with models 64001 (sunspec-rtu)');
  });
});

function sealed(frame: readonly number[]): Uint8Array {
  const sum = crc16(Uint8Array.from(frame));
  return Uint8Array.from([...frame, sum & 0xff, sum >> 8]);
}

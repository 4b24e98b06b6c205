import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../agent/bus/dialogue/inquiry.ts';
import { deviceLine, modelFinder, modelLine } from '../../../../agent/cli/ports/scan-models.ts';
import type { Clock } from '../../../../agent/clock/clock.ts';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { crc16 } from '../../../../drivers/framing/crc16.ts';
import { openCatalogue } from '../../../../drivers/registry/loader.ts';
import { asked } from '../../../support/dialogue.ts';

const LINE = { baudRate: 19_200, characterMs: 11_000 / 19_200 };
const INPUT = 4;
const HOLDING = 3;

/** Registers of one unit, by function and address; what is not there is refused. */
type Unit = Readonly<Record<number, Readonly<Record<number, number>>>>;

function answerOf(unit: Unit, request: Uint8Array): Uint8Array {
  const view = new DataView(request.buffer, request.byteOffset);
  const [address, count] = [view.getUint16(2), view.getUint16(4)];
  const words = Array.from({ length: count }, (_, at) => unit[view.getUint8(1)]?.[address + at]);
  const isThere = words.every((word) => word !== undefined);
  const data = words.flatMap((word = 0) => [word >> 8, word & 0xff]);
  const head = isThere
    ? [view.getUint8(0), view.getUint8(1), data.length, ...data]
    : [view.getUint8(0), view.getUint8(1) | 0x80, 2];
  const sum = crc16(Uint8Array.from(head));
  return Uint8Array.from([...head, sum & 0xff, sum >> 8]);
}

async function named(unit: Unit, pending = 0) {
  const catalogue = openCatalogue();
  const driver = await catalogue.load('modbus-rtu');
  const functions: number[] = [];
  let waits = pending;
  const clock = { sleep: () => Promise.resolve() } as unknown as Clock;
  const signal = new AbortController().signal;
  const find = await modelFinder({ catalogue, driver, line: LINE, timeout: milliseconds(100), clock, signal });
  const ask = async (dialogue: Dialogue): Promise<Outcome> => {
    waits -= 1;
    if (waits >= 0) throw new Fault('bus/answer-pending');
    const question = asked(dialogue);
    functions.push(question.request[1] ?? 0);
    const end = question.answer(answerOf(unit, question.request), true);
    if (end.state === 'more') throw new Error('the answer is whole');
    if (end.state === 'done') return { ok: true, samples: end.samples, latencyMs: 1 };
    return { ok: false, fault: end.fault, consequence: end.consequence } as Outcome;
  };
  return { fitting: await find(7, ask), functions };
}

const words = (text: string, address: number) =>
  Object.fromEntries(
    Array.from({ length: text.length / 2 }, (_, at) => [
      address + at,
      (text.charCodeAt(2 * at) << 8) | text.charCodeAt(2 * at + 1),
    ]),
  );

describe('naming a unit', () => {
  it('names the model by its code, and nothing else beside it', async () => {
    // its voltage would be plausible for others, too
    const { fitting } = await named({
      [HOLDING]: { ...words('B23 ', 0x8960), 8192: 0x4366, 8193: 0 },
      [INPUT]: { 0: 0x4366, 1: 0 },
    });
    expect(fitting.map(({ profile, certain }) => [profile.name, certain])).toEqual([['abb-b23-b24', true]]);
    expect(modelLine(7, fitting)).toBe('unit 7: is ABB B23, B24 (abb-b23-b24)');
    expect(deviceLine(7, 'modbus-rtu', fitting)).toBe(
      '- { id: unit-7, driver: modbus-rtu, options: { unit: 7, profile: abb-b23-b24 } }',
    );
  });

  it('says what it may be where values are plausible for several', async () => {
    const { fitting } = await named({ [INPUT]: { 0: 0x4366, 1: 0, 70: 0x4248, 71: 0 } });
    const names = fitting.map(({ profile }) => profile.name);
    expect(names).toContain('eastron-sdm120');
    expect(names).toContain('eastron-sdm630');
    expect(fitting.every(({ certain }) => !certain)).toBe(true);
    expect(modelLine(7, fitting)).toMatch(/^unit 7: may be Eastron .*; or Eastron /);
    expect(deviceLine(255, 'modbus-tcp', fitting)).toMatch(
      /unit: 255, anyUnit: true, profile: [a-z0-9-]+ \} \} # or eastron-/,
    );
  });

  it('only reads, and asks for nothing twice', async () => {
    const { fitting, functions } = await named({});
    expect(fitting).toEqual([]);
    expect(new Set(functions)).toEqual(new Set([HOLDING, INPUT]));
    expect(functions.length).toBeLessThanOrEqual(64);
  });

  it('puts a question again while an old answer may still come', async () => {
    expect((await named({ [HOLDING]: words('B21 ', 0x8960) }, 3)).fitting.map(({ profile }) => profile.name)).toEqual([
      'abb-b21',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Dialogue, Step } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import { driver as ascii } from '../../../drivers/modbus/ascii/driver.ts';
import { requestOf } from '../../../drivers/modbus/request.ts';
import { driver as rtu } from '../../../drivers/modbus/rtu/driver.ts';
import { seal } from '../../../drivers/modbus/rtu/frame.ts';
import { driver as tcp } from '../../../drivers/modbus/tcp/driver.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import type { Framing } from '../../../scripts/sim/modbus-framing.ts';
import type { IdentificationObjects } from '../../../scripts/sim/modbus-identification.ts';
import { type Model, serve } from '../../../scripts/sim/modbus-server.ts';
import { runWith } from '../dialogue-machine.ts';

const LINE = lineTiming({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
const DRIVERS = { rtu, ascii, tcp } as const;
const BASIC = { 0: 'Acme', 1: 'M-7', 2: 'V1.2' };
const REGULAR = { ...BASIC, 3: 'http://acme.example', 4: 'Meter', 5: 'M-7 three-phase', 6: 'hall 3' };

function deviceOf(framing: Framing, unit = 5): PollDevice {
  const device = createDevice(DRIVERS[framing], { options: { unit }, points: [], line: LINE });
  if (device.kind !== 'poll') throw new Error('not asked');
  return device;
}

function modelOf(identification: IdentificationObjects | undefined, unit = 5): Model {
  return {
    unit,
    registers: () => undefined,
    bits: () => undefined,
    writeRegisters: () => false,
    writeCoils: () => false,
    ...(identification && { identification }),
  };
}

/** The answers of a device, byte for byte as they come. */
function wireOf(model: Model, framing: Framing) {
  const out: number[] = [];
  let hear: (chunk: Uint8Array) => void = () => undefined;
  serve({ write: (bytes) => out.push(...bytes), onBytes: (listener) => (hear = listener) }, [model], { framing });
  return (request: Uint8Array) => {
    out.length = 0;
    hear(request);
    const bytes = Uint8Array.from(out);
    // each byte alone, as a slow line brings it
    return { bytes, cuts: Array.from(bytes.keys()) };
  };
}

/** All that is told, one dialogue after the other, and how many those were. */
function identify(framing: Framing, identification: IdentificationObjects | undefined) {
  const answer = wireOf(modelOf(identification), framing);
  let told: ToldIdentity = {};
  let asked = 0;
  let end: Extract<Step, { kind: 'end' | 'fail' }> | undefined;
  for (let next: Dialogue | undefined = deviceOf(framing).identify?.(); next !== undefined && asked < 9; asked += 1) {
    end = runWith(next, LINE, answer).end;
    next = end.kind === 'end' ? end.further : undefined;
    const parts = end.kind === 'end' ? (end.identity ?? {}) : {};
    told = { ...told, ...Object.fromEntries(Object.entries(parts).filter(([, text]) => text !== undefined)) };
  }
  return { told, asked, end };
}

describe.each<Framing>(['rtu', 'ascii', 'tcp'])('a Modbus device asked what it is, %s', (framing) => {
  it('tells maker, product code and revision, and is asked once where it has no more', () => {
    const { told, asked } = identify(framing, { objects: BASIC });
    expect(told).toEqual({ maker: 'Acme', model: 'M-7', firmware: 'V1.2' });
    expect(asked).toBe(1);
  });

  it('is asked for the regular level where it says that it has that, and the model’s name counts before its code', () => {
    const { told, asked } = identify(framing, { objects: REGULAR });
    expect(told).toEqual({ maker: 'Acme', model: 'M-7 three-phase', firmware: 'V1.2' });
    expect(asked).toBe(2);
  });

  it('is asked for what follows, one object after the other', () => {
    const { told, asked } = identify(framing, { objects: REGULAR, perAnswer: 1 });
    expect(told).toEqual({ maker: 'Acme', model: 'M-7 three-phase', firmware: 'V1.2' });
    expect(asked).toBe(9);
  });

  it('refuses where it does not know the function', () => {
    const { asked, end } = identify(framing, undefined);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'refused', fault: { code: 'modbus/illegal-function' } });
    expect(asked).toBe(1);
  });
});

describe('an answer to the question what a device is', () => {
  const dialogue = deviceOf('rtu').identify?.() as Dialogue;
  const run = (pdu: readonly number[], unit = 5) =>
    runWith(dialogue, LINE, () => ({ bytes: seal(unit, pdu), cuts: [] })).end;

  it('that says that it is busy is no refusal for good', () => {
    expect(run([0xab, 6])).toMatchObject({
      kind: 'fail',
      consequence: 'damaged',
      fault: { code: 'modbus/device-busy' },
    });
    for (const exception of [1, 2, 3]) expect(run([0xab, exception])).toMatchObject({ consequence: 'refused' });
  });

  it('that points back does not go round for ever', () => {
    const end = run([0x2b, 0x0e, 1, 1, 0xff, 0, 1, 0, 4, 0x41, 0x63, 0x6d, 0x65]);
    expect(end).toMatchObject({ kind: 'end', identity: { maker: 'Acme' } });
    expect(end).not.toHaveProperty('further');
  });

  it('of another unit, another level, or cut short is none', () => {
    const good = [0x2b, 0x0e, 1, 1, 0, 0, 1, 0, 4, 0x41, 0x63, 0x6d, 0x65];
    expect(run(good)).toMatchObject({ kind: 'end' });
    expect(run(good, 6)).toMatchObject({ kind: 'fail', fault: { code: 'modbus/foreign-unit' } });
    expect(run(good.with(2, 2))).toMatchObject({ kind: 'fail' });
    const cut = seal(5, good).slice(0, 9);
    expect(runWith(dialogue, LINE, () => ({ bytes: cut, cuts: [3, 6] })).end).toMatchObject({
      kind: 'fail',
      fault: { code: 'modbus/truncated' },
    });
  });

  it('may stand behind our own question that the line returned', () => {
    const answer = seal(5, [0x2b, 0x0e, 1, 1, 0, 0, 1, 0, 4, 0x41, 0x63, 0x6d, 0x65]);
    const end = runWith(dialogue, LINE, (request) => ({
      bytes: Uint8Array.from([...request, ...answer]),
      cuts: [4, 8],
    }));
    expect(end.end).toMatchObject({ kind: 'end', identity: { maker: 'Acme' } });
  });
});

describe('a request for device identification', () => {
  it('is told from others by its bytes', () => {
    expect(requestOf(Uint8Array.of(43, 14, 1, 0))).toEqual({ function: 43, level: 1, object: 0 });
    expect(requestOf(Uint8Array.of(43, 14, 5, 0))).toBeUndefined();
    expect(requestOf(Uint8Array.of(43, 13, 1, 0))).toBeUndefined();
  });
});

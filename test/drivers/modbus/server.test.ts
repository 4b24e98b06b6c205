import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';
import { meterModel } from '../../../scripts/sim/meter-model.ts';
import { type Duplex, type Model, serve } from '../../../scripts/sim/modbus-server.ts';
import { asked, type Flat } from '../../support/dialogue.ts';
import { hex } from '../../support/transcript.ts';
import { device, LINE, optionsOf, pointOf } from './support.ts';

/** A line without a port: the master's bytes go to the server at once, and its answers are kept. */
class Loop implements Duplex {
  readonly received: number[] = [];
  #listener: (chunk: Uint8Array) => void = () => {};

  onBytes(listener: (chunk: Uint8Array) => void): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): void {
    this.received.push(...bytes);
  }

  ask(dialogue: Dialogue, before: Uint8Array = hex('')): Flat {
    const exchange = asked(dialogue);
    this.received.length = 0;
    this.#listener(before);
    for (const byte of exchange.request) this.#listener(Uint8Array.of(byte));
    return exchange.answer(Uint8Array.from(this.received), true);
  }

  values(dialogues: readonly Dialogue[]): Record<string, Value> {
    const samples = dialogues.flatMap((dialogue) => {
      const answer = this.ask(dialogue);
      if (answer.state === 'more') throw new Error('no verdict at the end');
      if (answer.state === 'failed') throw answer.fault;
      return answer.samples;
    });
    return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
  }
}

/** 20 holding registers and 20 coils of unit 1. */
function memory(): Model {
  const registers = new Uint8Array(40);
  const coils = new Array<boolean>(20).fill(false);
  return {
    unit: 1,
    registers: (_, address, count) =>
      address + count > 20 ? undefined : registers.slice(address * 2, (address + count) * 2),
    bits: (_, address, count) => (address + count > 20 ? undefined : coils.slice(address, address + count)),
    writeRegisters(address, bytes) {
      if (address * 2 + bytes.length > 40) return false;
      registers.set(bytes, address * 2);
      return true;
    },
    writeCoils(address, values) {
      if (address + values.length > 20) return false;
      coils.splice(address, values.length, ...values);
      return true;
    },
  };
}

const MEMORY = [
  { name: 'level', register: 'holding', address: 2, type: 'float32', writable: true },
  { name: 'count', register: 'holding', address: 4, type: 'int64', wordOrder: 'little', writable: true },
  { name: 'name', register: 'holding', address: 8, type: 'string', length: 4, writable: true },
  { name: 'mode', register: 'holding', address: 12, type: 'uint16', enum: { 0: 'off', 7: 'on' }, writable: true },
  { name: 'pump', register: 'coil', address: 3, type: 'bool', writable: true },
  { name: 'fan', register: 'coil', address: 4, type: 'bool', writable: true },
];

describe('a device that holds what is written', () => {
  test.each(['single', 'multiple', 'read-write'])('gives it back, writing by %s', (writeFunction) => {
    const line = new Loop();
    serve(line, [memory()]);
    const made = device(MEMORY, { writeFunction });
    const values = { level: -12.5, count: -123456789, name: 'Pump 7', mode: 'on', pump: true, fan: false };
    for (const [name, value] of Object.entries(values)) line.values(made.write(new Map([[name, value]])));
    expect(line.values(made.plan(Object.keys(values)))).toEqual(values);
    line.values(
      made.write(
        new Map<string, Value>([
          ['fan', true],
          ['pump', false],
          ['level', 1.5],
          ['count', 5],
        ]),
      ),
    );
    expect(line.values(made.plan(['level', 'count', 'pump', 'fan']))).toEqual({
      level: 1.5,
      count: 5,
      pump: false,
      fan: true,
    });
  });

  test('refuses addresses that it does not have', () => {
    const line = new Loop();
    serve(line, [memory()]);
    const made = device([{ name: 'beyond', register: 'holding', address: 19, type: 'uint32', writable: true }]);
    const failure = { state: 'failed', fault: { code: 'modbus/illegal-address' }, consequence: 'refused' };
    for (const exchange of [...made.plan(['beyond']), ...made.write(new Map([['beyond', 1]]))]) {
      expect(line.ask(exchange)).toMatchObject(failure);
    }
  });

  test('answers behind noise, and not for another unit', () => {
    const line = new Loop();
    const served = serve(line, [memory()]);
    const [read] = device(MEMORY).plan(['mode']);
    if (read === undefined) throw new Error('nothing to read');
    expect(line.ask(read, hex('00 FF 01 10 00'))).toMatchObject({ state: 'done' });
    expect(served.answered).toBe(1);
    const [other] = device(MEMORY, { unit: 2 }).plan(['mode']);
    expect(other && line.ask(other)).toMatchObject({ fault: { code: 'device/silent' } });
  });
});

describe('a simulated meter', () => {
  test.each(['eastron-sdm630', 'eastron-sdm120', 'eastron-sdm72d', 'eastron-sdm72d-v2'])(
    '%s answers its profile with live values',
    async (profile) => {
      const { readProfile } = await import('../../../config/profile.ts');
      const { fileURLToPath } = await import('node:url');
      const read = await readProfile(fileURLToPath(new URL('../../../drivers', import.meta.url)), driver, profile);
      let now = 0;
      const line = new Loop();
      serve(line, [await meterModel(profile, { unit: 1, now: () => now })]);
      const options = optionsOf(read?.options ?? {});
      const relay = pointOf({ name: 'relay', register: 'coil', address: 0, type: 'bool', writable: true });
      const points = [...(read?.points ?? []).map(pointOf), relay];
      const meter = driver.create({ options, points, line: LINE });
      if (meter.kind !== 'poll') throw new Error('not a device that is polled');
      const plan = meter.plan(points.map(({ name }) => name));
      const before = line.values(plan);
      now = 60_000;
      const after = line.values(plan);
      const power = 'power-active' in before ? 'power-active' : 'power-active-total';
      const energy = 'energy-total';
      expect(before[power]).not.toBe(after[power]);
      expect(Number(after[energy])).toBeGreaterThan(Number(before[energy]));
      expect(before.relay).toBe(false);
      line.values(meter.write(new Map([['relay', true]])));
      const switched = line.values(plan);
      expect(switched.relay).toBe(true);
      expect(Number(switched[power]) - Number(after[power])).toBeCloseTo(1800, 0);
      for (const [name, value] of Object.entries(switched)) {
        if (/^voltage(-l[123])?$/.test(name)) expect(Math.abs(Number(value) - 230)).toBeLessThan(4);
        if (name.startsWith('power-factor')) expect(Number(value)).toBeGreaterThan(0.8);
      }
    },
  );
});

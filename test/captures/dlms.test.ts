import { expect, test } from 'vitest';
import type { StreamDevice } from '../../drivers/contract/driver.ts';
import type { Memory } from '../../drivers/contract/memory.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import { driver } from '../../drivers/obis/dlms/driver.ts';
import { type CapturedKeys, type CapturedValue, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** The codes of a frame's values as points of the names `p0`, `p1` … */
function meter(keys: CapturedKeys, values: readonly CapturedValue[]): StreamDevice {
  const secrets = new Map<string, Uint8Array>();
  const options: Record<string, string> = {};
  const give = (name: string, key: string | undefined) => {
    if (key === undefined) return;
    options[name] = name;
    secrets.set(name, Buffer.from(`${key}\n`));
  };
  give('keyFile', keys.encryptionKey);
  give('authenticationKeyFile', keys.authenticationKey);
  // The source has some texts and numbers where the standard's table has the other kind.
  const points = values.map(({ key, value }, index) =>
    driver.point.safeParse({ name: `p${index}`, obis: key, type: typeof value === 'number' ? 'number' : 'text' }),
  );
  const device = driver.create({
    options: parsed(driver.options.safeParse(options)),
    points: points.map(parsed),
    line: { baudRate: 2400, characterMs: 1 },
    secrets,
  });
  if (device.kind !== 'stream') throw new Error('it talks by itself');
  return device;
}

function parsed<T>(result: { readonly success: boolean; readonly data?: T }): T {
  expect(result).toMatchObject({ success: true });
  return result.data as T;
}

/** The result of these chunks: values in the order they came, codes of faults. */
function heard(device: StreamDevice, chunks: readonly Uint8Array[]) {
  const values = new Map<string, Value>();
  const faults: string[] = [];
  let memory: Memory | undefined;
  const framer = device.framer();
  for (const chunk of chunks) {
    framer.push(chunk, (bytes) => {
      const decoded = device.decode(bytes.slice(), memory);
      memory = decoded.memory ?? memory;
      if ('fault' in decoded) faults.push(decoded.fault.code);
      else for (const { point, value } of decoded.samples) values.set(point, value);
    });
  }
  return { values, faults };
}

/** Points that every meter has, for frames of which nothing may come. */
const SOME: readonly CapturedValue[] = ['1.7.0', '1.8.0', '32.7.0', '31.7.0', '96.1.0', '0.2.129'].map((key) => ({
  key,
  value: 0,
}));

/** The source writes a blank between date and time; the driver ISO 8601. */
function expected(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/, '$1T$2') : value;
}

describeCaptures('dlms', (captures) => {
  const frames = framesOf(captures);

  test.each(frames.filter(({ ok }) => ok === true))('$name gives all its values, at any cut', (frame) => {
    expect(frame.values.length).toBeGreaterThan(0);
    const device = meter(frame.keys, frame.values);
    for (const chunks of cutsOf(frame.bytes)) {
      const { values } = heard(device, chunks);
      const all = Object.fromEntries(frame.values.map(({ key }, index) => [key, values.get(`p${index}`)]));
      expect(all).toEqual(Object.fromEntries(frame.values.map(({ key, value }) => [key, expected(value)])));
    }
  });

  test.each(frames.filter(({ ok }) => ok === false))('$name gives no value, at any cut: $why', (frame) => {
    const device = meter(frame.keys, SOME);
    for (const chunks of cutsOf(frame.bytes)) expect(heard(device, chunks).values.size).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { sunspecRtuOptions, sunspecTcpOptions } from '../../../../drivers/modbus/sunspec/options.ts';
import { point } from '../../../../drivers/modbus/sunspec/point.ts';

/** Where a point is refused, and why. */
function refusals(given: Record<string, unknown>): readonly (readonly [string, string])[] {
  const read = point.safeParse({ name: 'a', ...given });
  return read.success ? [] : read.error.issues.map(({ path, message }) => [path.join('.'), message] as const);
}

describe('a point', () => {
  it.each([
    { model: 103, point: 'W' },
    { model: 'inverter', point: 'W' },
    { model: 'mppt', point: 'DCW', instance: 3 },
    { model: 160, point: 'module.DCW', instance: [1, 3] },
    { model: 160, point: 'N', instance: 1 },
    { model: 704, point: 'PFWInj.PF', writable: true },
    { model: 705, point: 'Var', instance: [0, 1, 2] },
    { model: 1, point: 'SN' },
    { name: 'power' },
    { name: 'power', pollMs: 1000, max: 5000 },
  ])('may be %j', (given) => {
    expect(refusals(given)).toEqual([]);
  });

  const wrong: readonly (readonly [Record<string, unknown>, string, RegExp])[] = [
    [{ model: 104, point: 'W' }, 'model', /^must be a model: 1, 101, .*, or common, inverter, meter, /],
    [{ model: 'constructor', point: 'W' }, 'model', /^must be a model/],
    [{ model: 0, point: 'W' }, 'model', /./],
    [{ model: 103, point: 'Watts' }, 'point', /^the model has no such point/],
    [{ model: 103, point: 'constructor' }, 'point', /^the model has no such point/],
    [{ model: 1, point: 'Pad' }, 'point', /^the model has no such point/],
    [{ model: 704, point: 'PF' }, 'point', /name it as GROUP\.POINT$/],
    [{ model: 103, point: 'W W' }, 'point', /^must be the name of a point/],
    [{ model: 103 }, 'point', /^is required$/],
    [{ point: 'W' }, 'model', /^is required$/],
    [{}, 'name', /^must be a usual point/],
    [{ model: 103, point: 'W', instance: -1 }, 'instance', /^must be 0 to 511/],
    [{ model: 103, point: 'W', instance: 512 }, 'instance', /^must be 0 to 511/],
    [{ model: 103, point: 'W', instance: [0, 1] }, 'instance', /^must be a list of 1 numbers: model$/],
    [{ model: 705, point: 'V', instance: 1 }, 'instance', /^must be a list of 3 numbers: model, Crv, Pt$/],
    [{ model: 103, point: 'W', writable: true }, 'writable', /only read$/],
    [{ name: 'power', writable: true }, 'writable', /can not be written/],
    [{ name: 'power', instance: 1 }, 'instance', /^needs model and point$/],
    [{ model: 1, point: 'SN', scale: 2 }, 'scale', /^makes no sense for a text$/],
    [{ model: 113, point: 'W', enum: { '1': 'a' } }, 'enum', /^is for whole numbers$/],
    [{ model: 103, point: 'St', enum: { '1': 'a' }, min: 1 }, 'min', /enum$/],
    [{ model: 103, point: 'W', address: 5 }, '', /address/],
  ];
  it.each(wrong)('is refused in its place: %j', (given, key, message) => {
    expect(refusals(given)).toContainEqual([key, expect.stringMatching(message)]);
  });
});

describe('the options', () => {
  it('refuse the broadcast on a line, where nobody answers', () => {
    expect(sunspecRtuOptions.safeParse({ unit: 0, anyUnit: true })).toMatchObject({ success: false });
    expect(sunspecTcpOptions.safeParse({ unit: 0, anyUnit: true })).toMatchObject({ success: true });
    expect(sunspecRtuOptions.safeParse({ unit: 248 })).toMatchObject({ success: false });
  });

  it('take a base, and no fewer registers than the longest text', () => {
    expect(sunspecTcpOptions.safeParse({ unit: 1, base: 50_000, maxRegisters: 34 })).toMatchObject({ success: true });
    expect(sunspecTcpOptions.safeParse({ unit: 1, maxRegisters: 33 })).toMatchObject({ success: false });
    expect(sunspecTcpOptions.safeParse({ unit: 1, base: 65_534 })).toMatchObject({ success: false });
  });
});

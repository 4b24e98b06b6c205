import { expect, test } from 'vitest';
import { MODELS } from '../../drivers/modbus/sunspec/models/catalogue.ts';
import { repeatsOf } from '../../drivers/modbus/sunspec/models/definition.ts';
import { Bench, registersFrom } from '../drivers/modbus/sunspec/support.ts';
import { type CapturedFrame, describeCaptures, framesOf } from './captures.ts';

/** `160[0]/module[1]/DCA`: model, which of its kind, groups with instances, point. */
function pointOf(key: string, name: string): Record<string, unknown> {
  const [head = '', ...rest] = key.split('/');
  const [, model, occurrence] = /^([0-9]+)\[([0-9]+)\]$/.exec(head) ?? [];
  const instances: number[] = [Number(occurrence)];
  const path = rest.map((part) => {
    const [, word = '', instance] = /^(\w+)(?:\[([0-9]+)\])?$/.exec(part) ?? [];
    if (instance !== undefined) instances.push(Number(instance));
    return word;
  });
  return { name, model: Number(model), point: path.join('.'), instance: instances };
}

/** Every point of the models that a device of this kind may be asked for: all of the common model and of inverters. */
function everyPoint(): readonly Record<string, unknown>[] {
  return [1, 103].flatMap((id) =>
    [...(MODELS.get(id)?.points.values() ?? [])]
      .filter((point) => point.type !== 'pad' && repeatsOf(point).length === 0)
      .map(({ path }, index) => ({ name: `m${id}-p${index}`, model: id, point: path })),
  );
}

function benchOf(
  frame: CapturedFrame,
  unit: unknown,
  points: readonly Record<string, unknown>[],
  framing: 'rtu' | 'tcp',
) {
  const { address, hex } = frame.document;
  const model = registersFrom(Number(unit), Number(address), String(hex));
  return new Bench([model], points, { unit: Number(unit) }, framing);
}

describeCaptures('sunspec', (captures) => {
  const frames = framesOf(captures).flatMap((frame) =>
    (['rtu', 'tcp'] as const).map((framing) => ({ ...frame, framing })),
  );

  test.each(frames.filter(({ ok }) => ok === true))('$name by $framing: its values: $why', (frame) => {
    const points = frame.values.map(({ key }, index) => pointOf(String(key), `p${index}`));
    const { values, faults } = benchOf(frame, frame.capture.document.unit, points, frame.framing).poll();
    expect(faults).toEqual({});
    for (const [index, { key, value }] of frame.values.entries()) {
      expect(values[`p${index}`], String(key)).toBe(value);
    }
  });

  test.each(frames.filter(({ ok }) => ok === false))('$name by $framing: no values: $why', (frame) => {
    const bench = benchOf(frame, frame.capture.document.unit, everyPoint(), frame.framing);
    const { values, faults } = bench.poll();
    // the common model lies before the broken place, where there is a list at all
    const lost = Object.keys(values).filter((name) => name.startsWith('m103'));
    expect(lost).toEqual([]);
    expect(Object.keys(faults).length).toBeGreaterThan(0);
    const hasList = frame.why?.includes('model 1 may be given') === true;
    if (!hasList) expect(values).toEqual({});
    else expect(values['m1-p0']).toBe('Example Solar');
    // the usual points of an inverter come to nothing either
    const usual = benchOf(frame, frame.capture.document.unit, [], frame.framing).poll();
    expect(Object.values(usual.values).filter((value) => value !== null)).toEqual([]);
  });

  const changing = frames.filter(
    ({ capture, framing }) => capture.name === 'scale_factor_changes' && framing === 'tcp',
  );

  test('a scale factor that changes between two polls is that of the value', () => {
    const read = changing.map((frame) => {
      const bench = benchOf(frame, 1, [{ name: 'w', model: 103, point: 'W' }], 'tcp');
      return bench.poll().values.w;
    });
    expect(read).toEqual([9850, 10_120]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driver } from '../../../drivers/lines/driver.ts';
import { mixtureOf, readForm } from '../../../drivers/lines/form.ts';
import { PRESETS, presetOf, WEIGHT_UNITS } from '../../../drivers/lines/preset.ts';
import { asked, bytesOf, messagesOf, onlyExchange, read, talking } from './lines.ts';

describe('preset mt-sics', () => {
  const device = asked({ preset: 'mt-sics' });
  const answer = (line: string) => {
    const verdict = onlyExchange(device).answer(bytesOf(line), true);
    if (verdict.state !== 'done') return verdict.state;
    return Object.fromEntries(verdict.samples.map(({ point, value }) => [point, value]));
  };

  test('asks for the weight at once, and gives it with whether it is stable', () => {
    expect(onlyExchange(device).request).toEqual(bytesOf('SI\r\n'));
    expect(device.points).toMatchObject([
      { name: 'weight', type: 'number', unit: 'g' },
      { name: 'stable', type: 'boolean' },
    ]);
    expect(answer('S S     100.00 g\r\n')).toEqual({ weight: 100, stable: true });
    expect(answer('S D     129.07 g\r\n')).toEqual({ weight: 129.07, stable: false });
    expect(answer('S S      -0.5 g\r\n')).toEqual({ weight: -0.5, stable: true });
  });

  test('tells no weight while there is none: busy, overload, underload', () => {
    for (const line of ['S I\r\n', 'S +\r\n', 'S -\r\n']) expect(answer(line)).toEqual({ weight: null, stable: false });
    for (const line of ['ES\r\n', 'EL\r\n', 'S S  100.00\r\n', 'S X  100.00 g\r\n'])
      expect(answer(line)).toBe('failed');
  });

  test('may ask for a stable weight, or only listen to a scale that sends without end', () => {
    expect(onlyExchange(asked({ preset: 'mt-sics', request: 'S\\r\\n' })).request).toEqual(bytesOf('S\r\n'));
    expect(read(talking({ preset: 'mt-sics', continuous: true }), 'S D  1.5 kg')).toEqual({
      weight: 1500,
      stable: false,
    });
  });
});

describe('a unit that a scale is switched to', () => {
  test.each([
    ['100.00 g', 100],
    ['1.5 kg', 1500],
    ['250 mg', 0.25],
    ['0.002 t', 2000],
    ['10 ct', 2],
    ['2 lb', 907.18474],
    ['1 oz', 28.349523125],
    ['1 ozt', 31.1034768],
    ['100 GN', 6.479891],
    ['10 dwt', 15.5517384],
  ])('%s is told in grams', (sent, grams) => {
    expect(read(talking({ preset: 'kern-kcp' }), `S S ${sent}`)).toEqual({ weight: grams, stable: true });
  });

  test('that is not known gives no value', () => {
    for (const unit of ['tlh', 'mom', 'N', 'pcs', '']) {
      expect(read(talking({ preset: 'kern-kcp' }), `S S 5.0 ${unit}`)).toBe('lines/mismatch');
      expect(read(talking({ preset: 'ad-standard' }), `ST,+00005.00 ${unit}`)).toBe('lines/mismatch');
    }
    expect(read(talking({ preset: 'sartorius-sbi' }), '+      253 pcs')).toBe('lines/mismatch');
  });

  test.each(WEIGHT_UNITS)('is told in %s where the options say so', (unit) => {
    const device = talking({ preset: 'kern-kcp', unit });
    expect(device.points[0]).toMatchObject({ name: 'weight', unit });
    const kilograms = { mg: 2_500_000, g: 2500, kg: 2.5, t: 0.0025 }[unit];
    expect(read(device, 'S S 2.5 kg')).toEqual({ weight: kilograms, stable: true });
    expect(read(device, 'S S 2500 g')).toEqual({ weight: kilograms, stable: true });
  });

  test('is one unit for each point of every preset', () => {
    for (const name of PRESETS) {
      const forms = presetOf(name, 'kg').templates.map((written) => readForm(written, 'point'));
      expect(forms.filter((form) => 'problem' in form)).toEqual([]);
      expect(mixtureOf(forms.flatMap((form) => ('problem' in form ? [] : [form])))).toBeUndefined();
    }
  });
});

describe('preset sartorius-sbi', () => {
  const device = talking({ preset: 'sartorius-sbi' });

  test.each<readonly [string, object | string]>([
    ['+  123.4567 g  ', { weight: 123.4567, stable: true }],
    ['-    0.0021 kg ', { weight: -2.1, stable: true }],
    ['+  1255.7      ', { stable: false }],
    ['N     +  153.00 g  ', { weight: 153, stable: true }],
    ['G#    +  653.00 g  ', { gross: 653, stable: true }],
    ['T     +  500.00 g  ', { tare: 500, stable: true }],
    ['N     +  153.00    ', { stable: false }],
    ['      High     ', { weight: null, stable: false }],
    ['      Low      ', { weight: null, stable: false }],
    ['      Err 54   ', 'lines/mismatch'],
  ])('%s', (line, wanted) => {
    expect(read(device, line)).toEqual(wanted);
  });

  test('prints when it is asked', () => {
    expect(onlyExchange(asked({ preset: 'sartorius-sbi', request: '\\x1bP\\r\\n' })).request).toEqual(
      bytesOf('\x1bP\r\n'),
    );
  });
});

describe('preset ad-standard', () => {
  const device = talking({ preset: 'ad-standard' });

  test.each<readonly [string, object]>([
    ['ST,+00123.45  g', { weight: 123.45, stable: true }],
    ['US,-00012.30 kg', { weight: -12_300, stable: false }],
    ['ST,NT,+  12.34kg', { net: 12_340, stable: true }],
    ['US,GS,   12.34kg', { gross: 12_340, stable: false }],
    ['ST,+00005.4  %', { percent: 5.4, stable: true }],
    ['QT,+00000253 PC', { count: 253, stable: true }],
    ['OL,+9999999E+19', { weight: null, stable: false }],
  ])('%s', (line, wanted) => {
    expect(read(device, line)).toEqual(wanted);
  });
});

describe('preset barcode', () => {
  test('gives each code as text, from the first end of a line on', () => {
    const device = talking({ preset: 'barcode' });
    const codes: unknown[] = [];
    const framer = device.framer();
    framer.push(bytesOf('0123\r\n4006381333931\r\n4006381333931\rABC-1\r'), (frame) =>
      codes.push(device.decode(frame)),
    );
    const told = (value: string) => ({ samples: [{ point: 'code', value }] });
    expect(codes).toEqual([told('4006381333931'), told('4006381333931'), told('ABC-1')]);
  });

  test('takes another end', () => {
    const framer = talking({ preset: 'barcode', delimiter: '\\n' }).framer();
    const frames: string[] = [];
    framer.push(bytesOf('\n4006381333931\n'), (frame) => frames.push(String.fromCharCode(...frame)));
    expect(frames).toEqual(['4006381333931']);
  });
});

describe('options of presets', () => {
  test.each<readonly [unknown, string]>([
    [{ preset: 'ohaus' }, 'preset: must be one of mt-sics, sartorius-sbi, kern-kcp, ad-standard, barcode'],
    [{ preset: 'barcode', template: '{a:text}' }, 'template: does not go with preset'],
    [{ preset: 'barcode', unit: 'kg' }, 'unit: only goes with a preset of scales'],
    [{ template: '{a:number}', unit: 'kg' }, 'unit: only goes with a preset of scales'],
    [{ preset: 'mt-sics', unit: 'lb' }, 'unit: must be one of mg, g, kg, t'],
    [{ preset: 'barcode', continuous: true }, 'continuous: only goes with a preset that asks'],
    [{ preset: 'mt-sics', continuous: true, request: 'S' }, 'continuous: does not go with request'],
    [{ preset: 'mt-sics', unmatched: 'ignore' }, 'unmatched: does not go with request'],
    [{ preset: 'barcode', timeoutMs: 100 }, 'timeoutMs: only goes with request'],
  ])('%j', (options, message) => {
    expect(messagesOf(driver.options, options)).toContain(message);
  });

  test('a point may be rounded and bounded, and never scaled or told in another unit', () => {
    const device = talking({ preset: 'ad-standard' }, [{ name: 'weight', decimals: 1, min: 0 }, { name: 'stable' }]);
    expect(read(device, 'ST,+00123.45  g')).toEqual({ weight: 123.5, stable: true });
    for (const key of [{ scale: 2 }, { unit: 'kg' }]) {
      expect(() => talking({ preset: 'ad-standard' }, [{ name: 'weight', ...key }])).toThrow('could not set up');
    }
    expect(() => talking({ preset: 'ad-standard' }, [{ name: 'stable', min: 0 }])).toThrow('could not set up');
  });
});

test('no preset throws, whatever it hears', () => {
  const devices = PRESETS.map((preset) => talking({ preset, ...(preset === 'mt-sics' ? { continuous: true } : {}) }));
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes)),
    fc
      .array(fc.constantFrom('S', 'S ', 'ST,', 'GS,', 'N ', '+', '-', '12.5', ' ', 'g', 'kg', 'PC', '%'), {
        maxLength: 8,
      })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(line, (text) => {
      for (const device of devices) {
        const values = read(device, text);
        if (typeof values === 'string') expect(values).toBe('lines/mismatch');
      }
    }),
    { numRuns: 1000 },
  );
});

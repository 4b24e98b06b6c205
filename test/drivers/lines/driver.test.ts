import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driver } from '../../../drivers/lines/driver.ts';
import { instrumentAnswer, instrumentLine } from './instrument.ts';
import { asked, bytesOf, deviceOf, messagesOf, onlyExchange, read, talking } from './lines.ts';

const CLIMATE = 'T={temperature:number} C, H={humidity:number}%';

describe('a device that sends lines by itself', () => {
  test('has a point for each field, and gives their values', () => {
    const device = talking({ template: CLIMATE });
    expect(device.points).toMatchObject([
      { name: 'temperature', type: 'number', writable: false },
      { name: 'humidity', type: 'number', writable: false },
    ]);
    expect(read(device, 'T=21.5 C, H=48.2%')).toEqual({ temperature: 21.5, humidity: 48.2 });
  });

  test('takes the first template that fits', () => {
    const device = talking({ template: ['{weight:number} kg', '{weight:number} kg{*}', 'E{error:integer}'] });
    expect(device.points.map(({ name }) => name)).toEqual(['weight', 'error']);
    expect(read(device, '12.5 kg')).toEqual({ weight: 12.5 });
    expect(read(device, '27.6 kg G')).toEqual({ weight: 27.6 });
    expect(read(device, 'E 3')).toEqual({ error: 3 });
  });

  test('a line that fits none is a fault, or nothing where it is to be ignored', () => {
    expect(talking({ template: CLIMATE }).decode(bytesOf('booting'))).toMatchObject({
      fault: { code: 'lines/mismatch' },
      stray: 'noise',
    });
    expect(read(talking({ template: CLIMATE, unmatched: 'ignore' }), 'booting')).toEqual({});
  });

  test('shapes values as its points say', () => {
    const device = talking({ template: 'P={pressure:integer} S={state:integer} N={name:text}' }, [
      { name: 'pressure', unit: 'bar', scale: 0.1, offset: -1, decimals: 1, min: 0, max: 10, deadband: 0.2 },
      { name: 'state', enum: { 0: 'idle', 1: 'running' } },
    ]);
    expect(device.points).toEqual([
      expect.objectContaining({ name: 'pressure', type: 'number', unit: 'bar', min: 0, max: 10, deadband: 0.2 }),
      expect.objectContaining({ name: 'state', type: 'text', choices: ['idle', 'running'] }),
      expect.objectContaining({ name: 'name', type: 'text' }),
    ]);
    expect(read(device, 'P=33 S=1 N=pump')).toEqual({ pressure: 2.3, state: 'running', name: 'pump' });
    expect(read(device, 'P=13 S=7 N=')).toEqual({ pressure: 0.3, state: null, name: '' });
  });

  test('never gives an infinity, however it is scaled', () => {
    const device = talking({ template: 'V={v:number}' }, [{ name: 'v', scale: 1e12 }]);
    expect(read(device, 'V=1e308')).toEqual({ v: null });
    expect(read(device, 'V=-0')).toEqual({ v: 0 });
  });

  test('reads its encoding', () => {
    expect(read(talking({ template: 'T={t:number} °C', encoding: 'latin1' }), 'T=5 \u00b0C')).toEqual({ t: 5 });
    expect(read(talking({ template: 'T={t:number} °C' }), 'T=5 \u00c2\u00b0C')).toEqual({ t: 5 });
    expect(read(talking({ template: 'T={t:number} °C', encoding: 'ascii' }), 'T=5 \u00b0C')).toBe('lines/mismatch');
  });

  test('cuts at its delimiter, written as an escape or as it is', () => {
    for (const delimiter of ['\\x03', '\u0003']) {
      const device = talking({ template: '\\x02{v:integer}', delimiter, maxLength: 8 });
      const framer = device.framer();
      const seen: unknown[] = [];
      framer.push(bytesOf('\u000212\u0003\u0002345678901\u0003\u00027\u0003'), (frame) =>
        seen.push(device.decode(frame)),
      );
      expect(seen).toEqual([{ samples: [{ point: 'v', value: 12 }] }, { samples: [{ point: 'v', value: 7 }] }]);
      expect(framer.discarded).toBe(11);
    }
  });

  test('does not take the end of a cut line for a line, where its template would not show it', () => {
    const values = (template: string) => {
      const device = talking({ template });
      const seen: unknown[] = [];
      device.framer().push(bytesOf('2.5 kg\r\n13.5 kg\r\nW 14.5 kg\r\n'), (frame) => {
        const line = read(device, String.fromCharCode(...frame));
        if (typeof line !== 'string') seen.push(line);
      });
      return seen;
    };
    expect(values('{w:number} kg')).toEqual([{ w: 13.5 }]);
    expect(values('W {w:number} kg')).toEqual([{ w: 14.5 }]);
  });

  test('reads the simulated instrument', () => {
    const device = talking({ template: CLIMATE });
    expect(read(device, instrumentLine(30_000).trimEnd())).toEqual({ temperature: 23.5, humidity: 42 });
  });

  test('no bytes make it throw or give anything but finite numbers and bounded text', () => {
    const device = talking({ template: [CLIMATE, '{a:word} {b:text},{c:hex}', '{d:text}'], unmatched: 'ignore' });
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.string({ unit: fc.constantFrom(...'T= C,H%+-.eE019af\u00e9 '), maxLength: 60 }).map(bytesOf),
    );
    fc.assert(
      fc.property(line, (bytes) => {
        const decoded = device.decode(bytes);
        for (const { value } of 'samples' in decoded ? decoded.samples : []) {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          else expect(String(value).length).toBeLessThanOrEqual(256);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a device that is asked', () => {
  const options = { template: '>{temperature:number}', request: '#01\\r', delimiter: '\\r' };

  test('has one exchange for whatever is to be read', () => {
    const device = asked({ ...options, timeoutMs: 200 });
    const exchange = onlyExchange(device);
    expect(exchange).toMatchObject({ timeout: 200, lateWithin: 400, signature: 'lines', points: ['temperature'] });
    expect(exchange.request).toEqual(bytesOf('#01\r'));
    expect(exchange.answerLength).toBe(10);
    expect(device.plan([])).toEqual([]);
  });

  test('takes the first whole line that fits for the answer, byte by byte', () => {
    const { answer } = onlyExchange(asked(options));
    const bytes = bytesOf('>+21.50\rmore');
    for (let length = 0; length < 8; length++)
      expect(answer(bytes.subarray(0, length), false)).toEqual({ state: 'more' });
    expect(answer(bytes, false)).toEqual({
      state: 'done',
      samples: [{ point: 'temperature', value: 21.5 }],
      used: 8,
      strays: [],
    });
  });

  test('passes over an echo and over lines of others, and counts them', () => {
    const { answer } = onlyExchange(asked(options));
    expect(answer(bytesOf('#01\r!02\r>5\r>6\r!03\r'), false)).toEqual({
      state: 'done',
      samples: [{ point: 'temperature', value: 5 }],
      used: 11,
      strays: ['echo', 'foreign'],
    });
  });

  test('never takes its own request for the answer, even where it fits', () => {
    const { answer } = onlyExchange(asked({ template: '{v:text}', request: 'READ\\n' }));
    expect(answer(bytesOf('READ\r\n'), false)).toEqual({ state: 'more' });
    expect(answer(bytesOf('READ\nok\n'), false)).toMatchObject({
      samples: [{ point: 'v', value: 'ok' }],
      strays: ['echo'],
    });
  });

  test.each([
    ['', 'device/silent', []],
    ['#01\r', 'bus/echo', ['echo']],
    ['>5', 'lines/truncated', ['truncated']],
    ['?01\r', 'lines/mismatch', ['foreign']],
    ['#01\r?01\r', 'lines/mismatch', ['echo', 'foreign']],
    [`>${'5'.repeat(300)}`, 'framing/too-long', ['noise']],
  ])('says what was wrong with %j when the time is over', (received, code, strays) => {
    const { answer } = onlyExchange(asked(options));
    expect(answer(bytesOf(received), false)).toEqual({ state: 'more' });
    expect(answer(bytesOf(received), true)).toMatchObject({
      state: 'failed',
      fault: { code },
      answered: false,
      strays,
    });
  });

  test('gives only the points that were to be read', () => {
    const device = asked({ template: '{a:integer},{b:integer}', request: '?' }, [{ name: 'a', pollMs: 100 }]);
    expect(device.points).toMatchObject([{ name: 'a', pollMs: 100 }, { name: 'b' }]);
    expect(onlyExchange(device, ['b']).answer(bytesOf('1,2\n'), false)).toMatchObject({
      samples: [{ point: 'b', value: 2 }],
    });
  });

  test('can not be written to', () => {
    const device = asked(options);
    expect(() => device.write(new Map([['temperature', 1]]))).toThrow(
      expect.objectContaining({ code: 'command/not-writable' }),
    );
    expect(() => device.write(new Map([['__proto__', 1]]))).toThrow(
      expect.objectContaining({ code: 'command/unknown-point' }),
    );
  });

  test('reads the simulated instrument', () => {
    const answer = bytesOf(instrumentAnswer('#01\r', 90_000) ?? '');
    expect(onlyExchange(asked(options)).answer(answer, false)).toMatchObject({ samples: [{ value: 19.5 }] });
    expect(instrumentAnswer('#02\r', 0)).toBeUndefined();
  });

  test('whatever comes, the verdict at the end is final and says no more than came', () => {
    const { answer } = onlyExchange(asked(options));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'>#01+.5\r\n?'), maxLength: 60 }), (text) => {
        const verdict = answer(bytesOf(text), true);
        expect(verdict.state).not.toBe('more');
        if (verdict.state === 'done') expect(text.slice(0, verdict.used)).toMatch(/\r$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the config', () => {
  test.each([
    [{}, 'template: must be a template of 1 to 256 printable characters, or a list of 1 to 16'],
    [{ template: [] }, 'template: must name 1 to 16 templates'],
    [
      { template: Array(17).fill('{v:number}') },
      'template: must be a template of 1 to 256 printable characters, or a list of 1 to 16',
    ],
    [{ template: 'secret' }, 'template: must have at least one field'],
    [
      { template: ['{v:number}', 'secret{'] },
      'template.1: has a brace without its other; write \\{ or \\} for a brace',
    ],
    [{ template: ['{v:number}', 'V {v:text}'] }, 'template.1: must not make a field text that is a number elsewhere'],
    [
      { template: '{v:number}', delimiter: '' },
      'delimiter: must stand for 1 to 4 bytes, in ASCII with \\r, \\n, \\t, \\\\ and \\xNN',
    ],
    [
      { template: '{v:number}', delimiter: '12345' },
      'delimiter: must stand for 1 to 4 bytes, in ASCII with \\r, \\n, \\t, \\\\ and \\xNN',
    ],
    [
      { template: '{v:number}', delimiter: '\\q' },
      'delimiter: must stand for 1 to 4 bytes, in ASCII with \\r, \\n, \\t, \\\\ and \\xNN',
    ],
    [
      { template: '{v:number}', request: 'é' },
      'request: must stand for 1 to 64 bytes, in ASCII with \\r, \\n, \\t, \\\\ and \\xNN',
    ],
    [{ template: '{v:number}', timeoutMs: 100 }, 'timeoutMs: only goes with request'],
    [{ template: '{v:number}', lateMs: 100 }, 'lateMs: only goes with request'],
    [{ template: '{v:number}', request: '?', unmatched: 'ignore' }, 'unmatched: does not go with request'],
    [{ template: '{v:number}', request: '?', timeoutMs: 5 }, 'timeoutMs: must be 10 to 60000'],
    [{ template: '{v:number}', maxLength: 5000 }, 'maxLength: must be 1 to 4096'],
    [{ template: '{v:number}', encoding: 'secret' }, 'encoding: must be ascii, latin1 or utf8'],
    [
      { template: '{a:number},{b:number}', decimal: 'comma' },
      'template: must not go on after a number with what could belong to it',
    ],
  ])('%j is refused without showing it', (options, message) => {
    expect(messagesOf(driver.options, options)).toEqual([message]);
  });

  test.each([
    [{ name: 'v', enum: { 1: 'on' }, scale: 2 }, 'scale: does not go together with enum'],
    [{ name: 'v', enum: { 1: 'on' }, min: 2 }, 'min: does not go together with enum'],
    [{ name: 'v', min: 2, max: 1 }, 'max: must not be below min'],
  ])('of a point, %j is refused', (point, message) => {
    expect(messagesOf(driver.point, point)).toEqual([message]);
  });

  test.each([
    ['a field that no template has', [{ name: 'other' }]],
    ['a field twice', [{ name: 'n' }, { name: 'n' }]],
    ['a scale for a text', [{ name: 't', scale: 2 }]],
    ['a period where nothing is asked', [{ name: 'n', pollMs: 100 }]],
    ['the name of something every object has', [{ name: 'constructor' }]],
  ])('points with %s are refused', (_, points) => {
    expect(() => deviceOf({ template: '{n:number};{t:text}' }, points)).toThrow(
      expect.objectContaining({ code: 'driver/create', facts: { point: points.length - 1 } }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { electricityLines, IecMeter } from '../../../../scripts/sim/iec-meter.ts';
import { type Answerer, block, bytesOf, dialogueOf, isWithinCost, meter, run, SERVER, textOf } from './runner.ts';

const DATA = 'F.F(00)\r\n1.8.0(0001234.5*kWh)\r\n2.8.0(0000.0*kWh)\r\n!\r\n';
const POINTS = [
  { name: 'energy', obis: '1.8.0' },
  { name: 'error', obis: 'F.F', type: 'text' },
];
const VALUES = { energy: 1234.5, error: '00' };

/** A meter by its transcript: its answer to the sign-on, and its words after it. */
function saying(identification: string, data: string): Answerer {
  let turn = 0;
  return (request) => {
    if (request[0] === 0x2f) turn = 1;
    if (turn === 1 && request[0] === 0x2f) return bytesOf(identification);
    if (request.length > 0) return new Uint8Array();
    turn += 1;
    return bytesOf(turn === 2 ? data : '');
  };
}

function read(options: unknown, identification: string, data = block(DATA), size?: number) {
  return run(dialogueOf(meter(options, POINTS)), saying(identification, data), size);
}

describe('mode C', () => {
  test('acknowledges at the old speed, 200 ms after the identification, and reads at the new one', () => {
    const heard = read({}, '/LGZ5ZMD\r\n');
    expect(heard.trace).toEqual(['/?!\r\n', 'rest 200', '\x06050\r\n', 9600]);
    expect(heard.values).toEqual(VALUES);
  });

  test.each([
    ['0', 300],
    ['1', 600],
    ['2', 1200],
    ['3', 2400],
    ['4', 4800],
    ['5', 9600],
    ['6', 19200],
  ])('takes %s for the speed', (character, baudRate) => {
    const { trace, values } = read({}, `/ABC${character}X\r\n`);
    expect(trace.slice(2)).toEqual([`\x060${character}0\r\n`, ...(baudRate === 300 ? [] : [baudRate])]);
    expect(values).toEqual(VALUES);
  });

  test('stays at the speed of the sign-on with fixedSpeed, and says so', () => {
    const { trace, values } = read({ fixedSpeed: true }, '/LGZ5ZMD\r\n');
    expect(trace).toEqual(['/?!\r\n', 'rest 200', '\x06000\r\n']);
    expect(values).toEqual(VALUES);
  });

  test('asks behind a serial server for the speed that the server has', () => {
    const device = meter({ fixedSpeed: true, baudRate: 9600 }, POINTS, SERVER);
    expect(run(dialogueOf(device), saying('/LGZ6ZMD\r\n', block(DATA))).trace).toEqual([
      '/?!\r\n',
      'rest 200',
      '\x06050\r\n',
    ]);
  });

  test('asks for the configured speed where the meter offers more, and refuses where it offers less', () => {
    expect(read({ baudRate: 2400 }, '/LGZ5ZMD\r\n').trace).toEqual(['/?!\r\n', 'rest 200', '\x06030\r\n', 2400]);
    expect(read({ baudRate: 9600 }, '/LGZ3ZMD\r\n')).toMatchObject({
      fault: { code: 'iec62056/speed' },
      consequence: 'refused',
      repeat: 'never',
    });
  });

  test('asks for no speed that has no character', () => {
    const device = meter({ fixedSpeed: true }, POINTS, { baudRate: 1800, characterMs: 10_000 / 1800 });
    expect(run(dialogueOf(device), saying('/LGZ5ZMD\r\n', block(DATA))).fault?.code).toBe('iec62056/speed');
  });

  test('is for a reserved character a fault', () => {
    for (const character of '789GHI') {
      expect(read({}, `/LGZ${character}X\r\n`)).toMatchObject({ fault: { code: 'iec62056/speed' } });
    }
  });

  test('takes address, reaction and protocol character from the config', () => {
    const { trace } = read({ address: '00012345', reactionMs: 1500, protocolV: 1 }, '/LGZ5X\r\n');
    expect(trace.slice(0, 3)).toEqual(['/?00012345!\r\n', 'rest 1500', '\x06150\r\n']);
  });

  test('ignores what mode E adds to the identification', () => {
    expect(read({}, '/LGZ5\\2ZMD4104407.B31\r\n').values).toEqual(VALUES);
  });
});

describe('modes A and B', () => {
  test('a meter of mode B changes by itself, and is followed at once', () => {
    const heard = read({}, '/SIEC2WR5\r\n');
    expect(heard.trace).toEqual(['/?!\r\n', 2400]);
    expect(heard.values).toEqual(VALUES);
  });

  test.each([
    ['A', 600],
    ['B', 1200],
    ['C', 2400],
    ['D', 4800],
    ['E', 9600],
    ['F', 19200],
  ])('takes %s for the speed', (character, baudRate) => {
    expect(read({}, `/SIE${character}X\r\n`).trace).toEqual(['/?!\r\n', baudRate]);
  });

  test('a meter of mode B does not stay at the speed of the sign-on: with fixedSpeed that is a fault', () => {
    expect(read({ fixedSpeed: true }, '/SIEC2WR5\r\n')).toMatchObject({ fault: { code: 'iec62056/speed' } });
  });

  test('in mode A the data follow at the same speed, in the same breath', () => {
    const heard = read({}, `/XYZ METER\r\n${block(DATA)}`, '');
    expect(heard.trace).toEqual(['/?!\r\n']);
    expect(heard.values).toEqual(VALUES);
  });

  test('a configured mode is held to', () => {
    expect(read({ mode: 'a' }, `/XYZ5METER\r\n${block(DATA)}`, '').values).toEqual(VALUES);
    expect(read({ mode: 'c' }, '/SIEC2WR5\r\n')).toMatchObject({ fault: { code: 'iec62056/speed' } });
    expect(read({ mode: 'b' }, '/SIE5X\r\n')).toMatchObject({ fault: { code: 'iec62056/speed' } });
  });
});

describe('the line', () => {
  test('is woken by NULs for 2.2 s and rests 1.6 s', () => {
    const { trace } = read({ wakeUp: true }, '/LGZ5X\r\n');
    expect(trace.slice(0, 3)).toEqual(['\0'.repeat(66), 'rest 1600', '/?!\r\n']);
  });

  test('may echo what is sent', () => {
    expect(read({}, '/?!\r\n/LGZ5X\r\n', `\x06050\r\n${block(DATA)}`).values).toEqual(VALUES);
    expect(read({}, '/?!\r\n')).toMatchObject({ fault: { code: 'bus/echo' }, consequence: 'silent' });
  });

  test('may bring NULs and noise before the block, and bytes behind it', () => {
    expect(read({}, '\0\0/LGZ5X\r\n', `\0\xff\x00${block(DATA)}\r\n\x04\0`).values).toEqual(VALUES);
    // and noise of the change of speed that looks like the start of a block
    expect(read({}, '/LGZ5X\r\n', `\x02\x7f${block(DATA)}`).values).toEqual(VALUES);
  });

  test('is left by the break message where that is configured, also after a fault', () => {
    const BREAK = '\x01B0\x03q';
    expect(read({ endWithBreak: true }, '/LGZ5X\r\n').trace.at(-1)).toBe(BREAK);
    const failed = read({ endWithBreak: true }, '/LGZ5X\r\n', '');
    expect(failed).toMatchObject({ fault: { code: 'device/silent' } });
    expect(failed.trace.at(-1)).toBe(BREAK);
    expect(read({}, '/LGZ5X\r\n').trace).not.toContain(BREAK);
  });
});

describe('a refused readout', () => {
  test.each([
    ['a wrong block check', block(DATA).replace('1234.5', '1234.6'), 'iec62056/checksum', 'damaged'],
    ['no block check', block(DATA).slice(0, -1), 'iec62056/truncated', 'damaged'],
    ['no ETX', block(DATA).slice(0, -2), 'iec62056/no-bcc', 'damaged'],
    ['neither STX nor ETX', DATA, 'iec62056/no-bcc', 'damaged'],
    ['half a block', block(DATA).slice(0, 30), 'iec62056/truncated', 'damaged'],
    ['noise', '\xff\xfe\x81', 'device/garbled', 'damaged'],
    ['nothing', '', 'device/silent', 'silent'],
    ['a block without data', block('!\r\n'), 'iec62056/malformed', 'damaged'],
  ])('gives no value: %s', (_what, data, code, consequence) => {
    const heard = read({}, '/LGZ5X\r\n', data);
    expect(heard).toMatchObject({ fault: { code }, consequence, repeat: 'whole' });
    expect(heard.values).toBeUndefined();
  });

  test('is one without an identification too', () => {
    expect(read({}, '')).toMatchObject({ fault: { code: 'device/silent' }, consequence: 'silent', repeat: 'whole' });
    expect(read({}, 'LGZ5X')).toMatchObject({ fault: { code: 'iec62056/identification' }, consequence: 'damaged' });
  });

  test('counts with allowNoBcc, but a wrong block check never does', () => {
    expect(read({ allowNoBcc: true }, '/LGZ5X\r\n', DATA).values).toEqual(VALUES);
    expect(read({ allowNoBcc: true }, '/LGZ5X\r\n', block(DATA).slice(0, -2)).values).toEqual(VALUES);
    expect(read({ allowNoBcc: true }, '/LGZ5X\r\n', block(DATA).replace('34', '35')).fault?.code).toBe(
      'iec62056/checksum',
    );
    expect(read({ allowNoBcc: true }, '/LGZ5X\r\n', DATA.replace('(00)', '(00')).fault?.code).toBe(
      'iec62056/malformed',
    );
  });
});

describe('the cost', () => {
  const timeOf = (legs: readonly { readonly timeout: number; readonly rest?: number | undefined }[]) =>
    legs.reduce((sum, { timeout, rest = 0 }) => sum + timeout + rest, 0);

  test('is that of the longest readout at the slowest speed that is allowed', () => {
    const all = dialogueOf(meter({})).cost.most;
    // 4096 bytes of 11 bits at 300 baud are 150 s
    expect(timeOf(all)).toBeGreaterThan(150_000);
    expect(timeOf(all)).toBeLessThan(205_000);
    const quick = dialogueOf(meter({ mode: 'c', baudRate: 9600 })).cost.most;
    expect(timeOf(quick)).toBeGreaterThan(4_700);
    expect(timeOf(quick)).toBeLessThan(20_000);
    expect(quick.find(({ baudRate }) => baudRate === 9600)).toBeDefined();
  });

  test('usually is a kilobyte at the offered speed', () => {
    const { usual } = dialogueOf(meter({})).cost;
    expect(usual.map(({ answer, baudRate }) => [answer, baudRate])).toEqual([
      [20, undefined],
      [0, undefined],
      [1, 9600],
      [1024, undefined],
    ]);
  });

  test('has room for every run', () => {
    const text = fc.constantFrom('/LGZ5X\r\n', '/SIEC2WR5\r\n', '/XYZ M\r\n', '/AB', block(DATA), DATA, '', '\xff');
    const noise = fc.oneof(text, fc.uint8Array({ maxLength: 200 }).map(textOf));
    const options = fc.record(
      {
        mode: fc.constantFrom('auto', 'a', 'b', 'c'),
        wakeUp: fc.boolean(),
        endWithBreak: fc.boolean(),
        fixedSpeed: fc.boolean(),
        baudRate: fc.constantFrom(300, 2400, 9600),
        allowNoBcc: fc.boolean(),
        reactionMs: fc.constantFrom(0, 20, 1500),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, fc.array(noise, { maxLength: 5 }), fc.integer({ min: 1, max: 60 }), (chosen, said, size) => {
        const dialogue = dialogueOf(meter(chosen, POINTS));
        const answers = () => {
          const left = [...said];
          return () => bytesOf(left.shift() ?? '');
        };
        const heard = run(dialogue, answers(), size);
        expect(isWithinCost(dialogue, heard)).toBe(true);
        for (const { most } of heard.asked) expect(most).toBeLessThanOrEqual(16_384);
        if (heard.values !== undefined) {
          for (const [name, value] of Object.entries(heard.values)) expect(value).toBe(VALUES[name as 'energy']);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('needs a change of speed, unless the speed is fixed or stays', () => {
    expect(dialogueOf(meter({})).needs).toEqual(['line-speed']);
    expect(dialogueOf(meter({ mode: 'b' })).needs).toEqual(['line-speed']);
    expect(dialogueOf(meter({ fixedSpeed: true })).needs).toBeUndefined();
    expect(dialogueOf(meter({ mode: 'a' })).needs).toBeUndefined();
  });
});

describe('damage', () => {
  test('of any single byte of the block gives no value', () => {
    const sound = bytesOf(block(DATA));
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = Uint8Array.from(sound);
        damaged[at] = (damaged[at] ?? 0) ^ by;
        // one byte may become the end of a shorter block whose next byte is its right check: that holds no value either
        expect(read({}, '/LGZ5X\r\n', textOf(damaged)).values ?? {}).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  test('that cuts the block gives no value, and chunks change nothing', () => {
    for (let length = 0; length < block(DATA).length; length++) {
      expect(read({}, '/LGZ5X\r\n', block(DATA).slice(0, length)).values).toBeUndefined();
    }
    for (const size of [1, 2, 7, 31]) expect(read({}, '/LGZ5X\r\n', block(DATA), size).values).toEqual(VALUES);
  });
});

describe('the simulated meter', () => {
  test.each(['5', 'C', ' '])('of character %j is read whole', (character) => {
    const simulated = new IecMeter({ character, address: '42', lines: () => electricityLines(0) });
    let waiting: Uint8Array = new Uint8Array();
    const answer: Answerer = (request) => {
      const said = simulated.hear(request).map(({ bytes }) => bytes);
      const [first = new Uint8Array(), ...others] = waiting.length > 0 ? [waiting, ...said] : said;
      waiting = Uint8Array.from(others.flatMap((each) => [...each]));
      // its answer to an acknowledgement is heard when it is awaited
      if (request[0] !== 0x06) return first;
      waiting = first;
      return new Uint8Array();
    };
    const { values } = run(dialogueOf(meter({ address: '42' })), answer);
    expect(values).toMatchObject({
      'energy-import': 1234.5,
      'energy-export': 0,
      'power-import-peak': 0.734,
      'voltage-l1': 230.1,
      'meter-id': 'SIM00001234',
    });
  });

  test('answers to its own address alone', () => {
    const simulated = new IecMeter({ character: '5', address: '42', lines: () => [] });
    expect(simulated.hear(bytesOf('/?43!\r\n'))).toEqual([]);
    expect(simulated.hear(bytesOf('/?42!\r\n'))).toHaveLength(1);
  });
});

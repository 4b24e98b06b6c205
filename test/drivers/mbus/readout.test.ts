import { describe, expect, it } from 'vitest';
import { MeterBus } from '../../../scripts/sim/mbus-bus.ts';
import { heatMeter, waterMeter } from '../../../scripts/sim/mbus-meters.ts';
import { hex, toHex, transcript } from '../../support/transcript.ts';
import { type Answerer, type Conversation, converse } from './conversation.ts';
import { failureOf, lineAt, readoutOf, samplesOf, telegram, userFrame, valuesOf } from './meter.ts';

const ACK = Uint8Array.of(0xe5);
const VOLUME = '0C 14 31 80 14 00';
const ENERGY = '0C 06 13 82 04 00';

/** Answers a transcript's requests in its order; the readout must send them as they stand there. */
function spoken(text: string): { readonly answer: Answerer; readonly sent: readonly string[] } {
  const sent: string[] = [];
  const turns: { readonly sent: string; readonly received: Uint8Array[] }[] = [];
  for (const line of text.trim().split('\n')) {
    const part = transcript(line);
    for (const request of part.sent) turns.push({ sent: toHex(request), received: [] });
    for (const bytes of part.received) turns.at(-1)?.received.push(bytes);
  }
  const answer: Answerer = (request, count) => {
    sent.push(toHex(request));
    expect(toHex(request)).toBe(turns[count - 1]?.sent);
    return turns[count - 1]?.received ?? [];
  };
  return { answer, sent };
}

/** Each answer in turn; nothing: silence. */
function turns(...answers: readonly (Uint8Array | readonly Uint8Array[] | undefined)[]): Answerer {
  return (_request, count) => {
    const answer = answers[count - 1];
    if (answer === undefined) return [];
    return answer instanceof Uint8Array ? [answer] : answer;
  };
}

function sent({ requests }: Conversation): readonly string[] {
  return requests.map(toHex);
}

const RESET = '10 40 05 45 16';
const FIRST = '10 7B 05 80 16';
const SECOND = '10 5B 05 60 16';

describe('a readout by primary address', () => {
  it('resets the link, reads all telegrams and toggles the frame count bit', () => {
    const { answer } = spoken(`
      >> 10 40 05 45 16
      << E5
      >> 10 7B 05 80 16
      << 68 48 48 68 08 05 72 01 30 08 24 E4 1A 01 04 01 00 00 00 0C 78 01 30 08 24 04 6D 0F 14 5D 3B 0C 06 13 82 04 00
      << 0C 14 31 80 14 00 0B 2D 95 00 00 0B 3B 98 02 00 0A 5A 89 06 0A 5E 03 04 0B 61 58 28 00 02 27 6B 04 02 FD 17 00 00
      << 1F 45 16
      >> 10 5B 05 60 16
      << 68 27 27 68 08 05 72 01 30 08 24 E4 1A 01 04 02 00 00 00 42 6C 3F 3C 4C 06 07 10 04 00 1B 2D 14 02 00
      << 0D FD 0C 05 32 48 2D 57 46 34 16
    `);
    const read = converse(readoutOf({ address: 5 }), answer);
    expect(valuesOf(read)).toEqual({
      energy: 48_213_000,
      'energy-joule': null,
      volume: 1480.31,
      power: 9500,
      'power-joule': null,
      'volume-flow': 0.298,
      'flow-temperature': 68.9,
      'return-temperature': 40.3,
      'temperature-difference': 28.58,
      'external-temperature': null,
      'on-time': null,
      'operating-time': 97_718_400,
      'fabrication-number': '24083001',
      'date-time': '2026-11-29T20:15:00',
      'meter-status': 'ok',
    });
    expect(read.memory).toEqual({ bit: 1 });
  });

  it('holds the frame count bit over the runs, and resets no more', () => {
    const dialogue = readoutOf({ address: 5 });
    const one = converse(dialogue, turns(ACK, telegram(VOLUME)));
    expect(sent(one)).toEqual([RESET, FIRST]);
    const two = converse(dialogue, turns(telegram(VOLUME)), one.memory);
    expect(sent(two)).toEqual([SECOND]);
    const three = converse(dialogue, turns(telegram(VOLUME)), two.memory);
    expect(sent(three)).toEqual([FIRST]);
  });

  it('asks with the same bit after damage and after silence', () => {
    const damaged = Uint8Array.from(telegram(VOLUME));
    damaged[20] = 0;
    const read = converse(readoutOf({ address: 5 }), turns(ACK, damaged, undefined, telegram(VOLUME)));
    expect(sent(read)).toEqual([RESET, FIRST, FIRST, FIRST]);
    expect(valuesOf(read)).toMatchObject({ volume: 1480.31 });
    expect(read.memory).toEqual({ bit: 0 });
  });

  it('keeps the bit of a first telegram that stays damaged', () => {
    const damaged = telegram(VOLUME).slice(0, 20);
    const read = converse(readoutOf({ address: 5, retries: 0 }), turns(ACK, damaged));
    expect(failureOf(read)).toBe('mbus/truncated damaged');
    expect(sent(converse(readoutOf({ address: 5 }), turns(telegram(VOLUME)), read.memory))).toEqual([FIRST]);
  });

  it('begins anew after a readout that broke off in its middle', () => {
    const more = telegram(`${VOLUME} 1F`);
    const read = converse(readoutOf({ address: 5, retries: 0 }), turns(ACK, more));
    expect(failureOf(read)).toBe('device/silent silent');
    expect(sent(converse(readoutOf({ address: 5 }), turns(ACK, telegram(VOLUME)), read.memory))[0]).toBe(RESET);
  });

  it('asks a device that did not answer the last time only once', () => {
    const dialogue = readoutOf({ address: 5 });
    const first = converse(dialogue, turns());
    expect(sent(first)).toEqual([RESET, FIRST, FIRST, FIRST]);
    expect(failureOf(first)).toBe('device/silent silent');
    expect(sent(converse(dialogue, turns(), first.memory))).toEqual([RESET, FIRST]);
    const back = converse(dialogue, turns(ACK, telegram(VOLUME)), first.memory);
    expect(sent(converse(dialogue, turns(), back.memory))).toEqual([SECOND, SECOND, SECOND]);
  });

  it('reads a device that does not answer the reset', () => {
    expect(valuesOf(converse(readoutOf({ address: 5 }), turns(undefined, telegram(VOLUME))))).toMatchObject({
      volume: 1480.31,
    });
  });

  it('takes an answer from any address where it asks the only device', () => {
    const point = [{ name: 'volume', quantity: 'volume' }];
    expect(valuesOf(converse(readoutOf({ address: 254 }, point), turns(ACK, telegram(VOLUME))))).toEqual({
      volume: 1480.31,
    });
    const other = converse(readoutOf({ address: 6, retries: 0 }, point), turns(ACK, telegram(VOLUME)));
    expect(failureOf(other)).toBe('mbus/foreign-address silent');
  });
});

describe('several telegrams', () => {
  const points = [
    { name: 'volume', record: 0 },
    { name: 'energy', record: 2 },
  ];

  it('are counted through', () => {
    const read = converse(readoutOf({ address: 5 }, points), turns(ACK, telegram(`${VOLUME} 1F`), telegram(ENERGY)));
    expect(valuesOf(read)).toEqual({ volume: 1480.31, energy: 48_213_000 });
  });

  it('are read no further than the points need, and from the first one the next time', () => {
    const dialogue = readoutOf({ address: 5 }, [{ name: 'volume', quantity: 'volume' }]);
    const read = converse(dialogue, turns(ACK, telegram(`${VOLUME} 1F`)));
    expect(sent(read)).toEqual([RESET, FIRST]);
    expect(sent(converse(dialogue, turns(ACK, telegram(VOLUME)), read.memory))).toEqual([RESET, FIRST]);
  });

  it('are read up to the bound, and from the first one the next time', () => {
    const more = (value: string) => telegram(`04 13 ${value} 00 00 00 1F`);
    const read = converse(readoutOf({ address: 5, maxTelegrams: 2 }), turns(ACK, more('01'), more('02'), more('03')));
    expect(sent(read)).toEqual([RESET, FIRST, SECOND]);
    expect(read.memory).toEqual({});
  });

  it('end where a device that has no more sends the same again', () => {
    const again = telegram(`${VOLUME} 1F`, '01 30 08 24 E4 1A 01 04 02 00 00 00');
    const read = converse(
      readoutOf({ address: 5, retries: 1 }, points),
      turns(ACK, telegram(`${VOLUME} 1F`), again, again),
    );
    expect(sent(read)).toEqual([RESET, FIRST, SECOND, SECOND]);
    expect(valuesOf(read)).toEqual({ volume: 1480.31, energy: null });
  });

  it('take a late copy of the first one for no second', () => {
    const first = telegram(`${VOLUME} 1F`);
    const read = converse(readoutOf({ address: 5 }, points), turns(ACK, undefined, first, first, telegram(ENERGY)));
    expect(valuesOf(read)).toEqual({ volume: 1480.31, energy: 48_213_000 });
  });

  it('fail together where one of them does', () => {
    const read = converse(readoutOf({ address: 5 }, points), turns(ACK, telegram(`${VOLUME} 1F`), userFrame('70 00')));
    expect(failureOf(read)).toBe('mbus/application-error refused');
  });
});

describe('a readout by secondary address', () => {
  const SELECT = '68 0B 0B 68 73 FD 52 01 30 08 24 FF FF FF FF 1B 16';
  const DATA = '10 7B FD 78 16';
  const DESELECT = '10 40 FD 3D 16';

  it('selects, reads under 253 and deselects', () => {
    const read = converse(readoutOf({ secondary: '24083001' }), turns(ACK, telegram(VOLUME), ACK));
    expect(sent(read)).toEqual([SELECT, DATA, DESELECT]);
    expect(valuesOf(read)).toMatchObject({ volume: 1480.31 });
  });

  it('selects by maker, version and medium', () => {
    const options = { secondary: '24083001', manufacturer: 'FWD', version: 1, medium: 4 };
    expect(sent(converse(readoutOf(options), turns()))[0]).toBe('68 0B 0B 68 73 FD 52 01 30 08 24 E4 1A 01 04 22 16');
  });

  it('finds the device among several, with wild cards and without', () => {
    const bus = new MeterBus([heatMeter(5, '24083001', () => 0), waterMeter(6, '70011234', () => 0)]);
    const answer: Answerer = (request) => [bus.answer(request) ?? []].flat();
    for (const secondary of ['70011234', '7FFFFFFF']) {
      expect(valuesOf(converse(readoutOf({ secondary }), answer))).toMatchObject({ 'fabrication-number': '70011234' });
    }
    expect(failureOf(converse(readoutOf({ secondary: '11111111' }), answer))).toBe('device/silent silent');
    expect(failureOf(converse(readoutOf({ secondary: 'FFFFFFFF' }), answer))).toMatch(
      /^mbus\/several-answers damaged$/,
    );
  });

  it('takes no data of another device', () => {
    const read = converse(readoutOf({ secondary: '24083002' }), turns(ACK, telegram(VOLUME), ACK));
    expect(failureOf(read)).toBe('mbus/other-device refused');
    const maker = converse(
      readoutOf({ secondary: '24083001', manufacturer: 'ABB' }),
      turns(ACK, telegram(VOLUME), ACK),
    );
    expect(failureOf(maker)).toBe('mbus/other-device refused');
  });

  it('selects again after silence and after damage', () => {
    const read = converse(readoutOf({ secondary: '24083001' }), turns(undefined, hex('A5'), ACK, telegram(VOLUME)));
    expect(sent(read)).toEqual([SELECT, SELECT, SELECT, DATA, DESELECT]);
    expect(valuesOf(read)).toMatchObject({ volume: 1480.31 });
  });
});

describe('what is no answer', () => {
  const failure = (bytes: readonly Uint8Array[]) =>
    failureOf(converse(readoutOf({ address: 5, retries: 0 }), turns(ACK, bytes)));

  it.each([
    ['noise of a converter', '00 FF FC', 'device/silent silent'],
    ['the request', FIRST, 'bus/echo silent'],
    ['the request and noise', `00 ${FIRST} FF`, 'bus/echo silent'],
    ['other bytes', '31 32 33', 'device/garbled damaged'],
    ['the acknowledgement', 'E5', 'mbus/no-data refused'],
    ['a frame of another master', '10 7B 06 81 16', 'mbus/foreign-address silent'],
    ['an empty long frame', '68 00 00 68 00 16', 'device/garbled damaged'],
  ])('%s: %s is %s', (_what, bytes, fault) => {
    expect(failure([hex(bytes)])).toBe(fault);
    expect(failure(Array.from(hex(bytes), (byte) => Uint8Array.of(byte)))).toBe(fault);
  });

  it.each([
    ['70', 'mbus/application-error'],
    ['70 00', 'mbus/application-error'],
    ['70 08', 'mbus/busy'],
    ['70 09', 'mbus/too-many-readouts'],
    ['71 00', 'mbus/unknown-answer'],
    ['51 04 13 01 00 00 00', 'mbus/unknown-answer'],
    ['72 01 30 08 24 E4', 'mbus/malformed'],
    ['72 01 30 08 24 E4 1A 01 04 01 00 00 00 04 13 01', 'mbus/malformed'],
    ['72 01 30 08 24 E4 1A 01 04 01 00 10 05 11 22 33 44 55 66 77 88 99 00 11 22 33 44 55 66', 'mbus/encrypted'],
    ['73 01 30 08 24', 'mbus/malformed'],
  ])('%s is %s', (data, code) => {
    expect(failure([userFrame(data)])).toBe(`${code} refused`);
  });
});

describe('answers of other kinds', () => {
  it('a deciphered telegram is read', () => {
    const plain = userFrame(`72 01 30 08 24 E4 1A 01 04 01 00 10 05 2F 2F ${VOLUME}`);
    expect(valuesOf(converse(readoutOf({ address: 5 }), turns(ACK, plain)))).toMatchObject({ volume: 1480.31 });
  });

  it('a short header and none are read', () => {
    for (const head of ['7A 01 04 00 00', '78']) {
      const read = converse(readoutOf({ address: 5 }), turns(ACK, userFrame(`${head} ${VOLUME}`)));
      expect(valuesOf(read)).toMatchObject({
        volume: 1480.31,
        'meter-status': head === '78' ? null : 'power-low',
      });
    }
  });

  it('mode 2, the most significant byte first, is read', () => {
    const reversed = userFrame('76 24 08 30 01 1A E4 01 04 01 00 00 00 0C 14 00 14 80 31');
    const read = converse(readoutOf({ address: 5, maxTelegrams: 1 }), turns(ACK, reversed));
    expect(valuesOf(read)).toMatchObject({ volume: 1480.31 });
  });

  it('the fixed form is read: counters in BCD and binary, present and stored', () => {
    const points = [
      { name: 'now', quantity: 'volume', unit: 'm³' },
      { name: 'stored', quantity: 'volume', storage: 1, unit: 'm³' },
    ];
    const fixed = (data: string) => valuesOf(converse(readoutOf({ address: 5 }, points), turns(ACK, userFrame(data))));
    expect(fixed('73 01 30 08 24 0A 00 E9 7E 34 12 00 00 35 01 00 00')).toEqual({ now: 1.234, stored: 0.135 });
    expect(fixed('73 01 30 08 24 0A 01 E9 7E D2 04 00 00 87 00 00 00')).toEqual({ now: 1.234, stored: 0.135 });
    expect(fixed('77 24 08 30 01 0A 00 E9 7E 00 00 12 34 00 00 01 35')).toEqual({ now: 1.234, stored: 0.135 });
    expect(fixed('73 01 30 08 24 0A 00 E9 7E 3A 12 00 00 35 01 00 00')).toEqual({ now: null, stored: 0.135 });
    const unknown = userFrame('73 01 30 08 24 0A 00 FA 7E 34 12 00 00 35 01 00 00');
    expect(failureOf(converse(readoutOf({ address: 5 }, points), turns(ACK, unknown)))).toBe('mbus/no-record refused');
  });
});

describe('noise and echo around an answer', () => {
  it.each([
    ['noise before', [hex('00 FF FC'), telegram(VOLUME)]],
    ['noise behind', [telegram(VOLUME), hex('00 FF')]],
    ['the request before', [hex(FIRST), telegram(VOLUME)]],
    ['the begin of a frame before', [hex('68 10 68'), telegram(VOLUME)]],
    ['a frame of another slave before', [telegram(ENERGY, undefined, 9), telegram(VOLUME)]],
    ['a late acknowledgement before', [ACK, telegram(VOLUME)]],
  ])('%s does no harm', (_what, chunks) => {
    const read = converse(readoutOf({ address: 5 }), turns(ACK, chunks));
    expect(valuesOf(read)).toMatchObject({ volume: 1480.31, energy: null });
    expect(sent(read)).toEqual([RESET, FIRST]);
  });
});

describe('the cost', () => {
  /** Milliseconds of a readout that goes well, without gaps, and of the longest one. */
  const costs = (baudRate: number, options: Readonly<Record<string, unknown>> = { address: 5 }) => {
    const line = lineAt(baudRate);
    const { cost } = readoutOf(options, [], line);
    const usual = cost.usual.reduce((sum, leg) => sum + (leg.request + leg.answer) * line.characterMs, 0);
    const most = cost.most.reduce((sum, leg) => sum + leg.request * line.characterMs + leg.timeout, 0);
    return [Math.round(usual), Math.round(most)];
  };

  it.each([
    [300, 3850, 75_000],
    [2400, 481, 10_000],
    [9600, 120, 3200],
  ])('is true at %i baud', (baudRate, usual, bound) => {
    const [often = 0, most = 0] = costs(baudRate);
    expect(often).toBe(usual);
    expect(most).toBeLessThan(bound);
    expect(most).toBeGreaterThan(bound / 2);
  });

  it('grows with telegrams and retries', () => {
    const [, plain = 0] = costs(2400);
    expect(costs(2400, { address: 5, maxTelegrams: 5 })[1]).toBeGreaterThan(plain);
    expect(costs(2400, { address: 5, retries: 3 })[1]).toBeGreaterThan(plain);
    expect(costs(2400, { secondary: '24083001' })[1]).toBeGreaterThan(plain);
  });

  it('waits for the begin of an answer by the standard', () => {
    const timeout = (baudRate: number) => readoutOf({ address: 5 }, [], lineAt(baudRate)).cost.most[0]?.timeout ?? 0;
    for (const baudRate of [300, 2400, 9600, 38_400]) {
      expect(timeout(baudRate)).toBeGreaterThan((330 / baudRate) * 1000 + 50);
    }
  });
});

it('gives every sample a name of its own', () => {
  const read = converse(readoutOf({ address: 5 }), turns(ACK, telegram(VOLUME)));
  expect(new Set(samplesOf(read).map(({ point }) => point)).size).toBe(15);
});

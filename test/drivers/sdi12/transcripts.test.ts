import { describe, expect, it } from 'vitest';
import { only, sensor, talk, values, wholePlan } from './recorder.ts';

const WAKE = ['break 20', 'rest 10'];
const CRLF = '\r\n';

describe('a measurement', () => {
  it('begins with break and marking, waits for the service request, and collects the values of all data answers', () => {
    const dialogue = only(sensor({ address: 0 }, values(0, 3, 5)));
    const script = [
      ['0M!', `00039${CRLF}`],
      ['', `0${CRLF}`],
      ['0D0!', `0+3.14-2.718+0${CRLF}`],
      ['0D1!', `0-.5+7.${CRLF}`],
      ['0D2!', `0-1234567${CRLF}`],
    ] as const;
    const { done, end } = talk(dialogue, script);
    expect(end).toEqual({ v0: 3.14, v3: -0.5, v5: -1234567 });
    expect(done).toEqual([...WAKE, '0M!', 'listen 3 s', ...WAKE, '0D0!', ...WAKE, '0D1!', ...WAKE, '0D2!']);
  });

  it('goes on when the time is over that the sensor named, though no service request came', () => {
    const { done, end } = talk(only(sensor({ address: 'b' }, values(0))), [
      ['bM!', `b0021${CRLF}`],
      ['bD0!', `b+21.5${CRLF}`],
    ]);
    expect(end).toEqual({ v0: 21.5 });
    expect(done).toContain('listen 2 s');
  });

  it('collects at once what is there at once', () => {
    const { done, end } = talk(only(sensor({ address: 0 }, values(0))), [
      ['0M!', `00001${CRLF}`],
      ['0D0!', `0+1${CRLF}`],
    ]);
    expect(end).toEqual({ v0: 1 });
    expect(done).toEqual([...WAKE, '0M!', ...WAKE, '0D0!']);
  });

  it('asks for no more than the points need', () => {
    const { done } = talk(only(sensor({ address: 0 }, values(0))), [
      ['0M!', `00009${CRLF}`],
      ['0D0!', `0+1+2${CRLF}`],
    ]);
    expect(done.at(-1)).toBe('0D0!');
  });

  it('of each number is a dialogue of its own, and what the sensor tells of itself too', () => {
    const device = sensor({ address: 7, crc: true }, [
      { name: 'depth', index: 0 },
      { name: 'salt', index: 1, measurement: 4 },
      { name: 'maker', about: 'vendor' },
      { name: 'there', about: 'active' },
    ]);
    const sent = wholePlan(device).map((dialogue) => talk(dialogue, []).done.find((each) => each.endsWith('!')));
    expect(sent).toEqual(['7!', '7I!', '7MC!', '7MC4!']);
    const keys = wholePlan(device).map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
  });

  it('that is concurrent is waited for in silence, since no sensor says then that it is ready', () => {
    const { done, end } = talk(only(sensor({ address: 0, command: 'C' }, values(0, 11))), [
      ['0C!', `000212${CRLF}`],
      ['0D0!', `0+1+2+3+4+5+6+7+8+9+10${CRLF}`],
      ['0D1!', `0+11+12${CRLF}`],
    ]);
    expect(end).toEqual({ v0: 1, v11: 12 });
    expect(done).toEqual([...WAKE, '0C!', 'rest 2075', ...WAKE, '0D0!', ...WAKE, '0D1!']);
  });

  it('that is continuous takes what is there', () => {
    const device = sensor({ address: 0, command: 'R' }, [{ name: 'wind', index: 1, measurement: 5 }]);
    expect(talk(only(device), [['0R5!', `0+1.5+270${CRLF}`]])).toEqual({
      end: { wind: 270 },
      done: [...WAKE, '0R5!'],
    });
  });
});

describe('a CRC', () => {
  // SDI-12 1.4, 4.4.12.3
  it.each([
    ['0+3.14OqZ', { v0: 3.14 }],
    ['0+3.14+2.718+1.414Ipz', { v0: 3.14 }],
    ['0+1.11+2.22+3.33+4.44+5.55+6.66I]q', { v0: 1.11 }],
    ['0+7.77+8.88+9.99IvW', { v0: 7.77 }],
  ])('that is right counts: %s', (line, end) => {
    const dialogue = only(sensor({ address: 0, crc: true }, values(0)));
    const script = [
      ['0MC!', `00001${CRLF}`],
      ['0D0!', `${line}${CRLF}`],
    ] as const;
    expect(talk(dialogue, script).end).toEqual(end);
  });

  it('that is wrong is asked for again, twice in a run, and then ends it', () => {
    const dialogue = only(sensor({ address: 0, crc: true, command: 'R' }, values(0)));
    const wrong = ['0RC0!', `0+3.15OqZ${CRLF}`] as const;
    expect(talk(dialogue, [wrong, wrong, ['0RC0!', `0+3.14OqZ${CRLF}`]]).end).toEqual({ v0: 3.14 });
    expect(talk(dialogue, [wrong, wrong, wrong, ['0RC0!', `0+3.14OqZ${CRLF}`]]).end).toBe(
      'sdi12/checksum damaged never',
    );
  });

  it('of an aborted measurement is over the address alone', () => {
    const dialogue = only(sensor({ address: 0, crc: true }, values(0)));
    const script = [
      ['0MC!', `00001${CRLF}`],
      ['0D0!', `0AP@${CRLF}`],
    ] as const;
    expect(talk(dialogue, script).end).toBe('sdi12/no-data damaged whole');
  });
});

describe('a sensor that does not do as it is asked', () => {
  const dialogue = only(sensor({ address: 0 }, values(0)));
  const started = ['0M!', `00011${CRLF}`] as const;

  it('is silent: three commands after each of three breaks', () => {
    const round = [...WAKE, '0M!', 'rest 17', '0M!', 'rest 17', '0M!'];
    expect(talk(dialogue, [])).toEqual({
      end: 'device/silent silent never',
      done: [...round, 'rest 17', ...round, 'rest 17', ...round],
    });
  });

  it('hears the ninth command', () => {
    const none = ['0M!', ''] as const;
    const last = ['0M!', `00001${CRLF}`] as const;
    const { end } = talk(dialogue, [...Array(8).fill(none), last, ['0D0!', `0+4${CRLF}`]]);
    expect(end).toEqual({ v0: 4 });
  });

  it('has no more retries in all than one command has', () => {
    const none = ['0M!', ''] as const;
    const { done, end } = talk(dialogue, [...Array(8).fill(none), ['0M!', `00001${CRLF}`]]);
    expect(end).toBe('device/silent silent never');
    expect(done.filter((each) => each === '0D0!')).toHaveLength(1);
  });

  it('aborts the measurement', () => {
    expect(talk(dialogue, [started, ['0D0!', `0${CRLF}`]]).end).toBe('sdi12/no-data damaged whole');
  });

  it('has no such measurement', () => {
    expect(talk(dialogue, [['0M!', `00000${CRLF}`]]).end).toBe('sdi12/no-values refused never');
  });

  it('can not be heard for noise while it measures: nothing is asked too soon', () => {
    const { done, end } = talk(dialogue, [started, ['', ''], ['', '?'.repeat(300)], ['0D0!', `0+1${CRLF}`]]);
    expect(end).toBe('device/garbled damaged whole');
    expect(done).not.toContain('0D0!');
  });

  it('would take too long: nobody waits', () => {
    const { done, end } = talk(dialogue, [['0M!', `09991${CRLF}`]]);
    expect(end).toBe('sdi12/too-slow refused never');
    expect(done).toEqual([...WAKE, '0M!']);
    const patient = only(sensor({ address: 0, maxMeasureS: 999 }, values(0)));
    expect(talk(patient, [['0M!', `09991${CRLF}`]]).done).toContain('listen 999 s');
  });

  it('gives fewer values than it announced: the others are null', () => {
    const two = only(sensor({ address: 0 }, values(0, 1)));
    const script = [
      ['0M!', `00002${CRLF}`],
      ['0D0!', `0+1${CRLF}`],
      ['0D1!', `0${CRLF}`],
    ] as const;
    expect(talk(two, script).end).toEqual({ v0: 1, v1: null });
  });

  it.each([
    ['without its end', '0000', 'sdi12/truncated damaged never'],
    ['of another form', `0abcd${CRLF}`, 'sdi12/malformed damaged never'],
    ['with eight digits', `012345678${CRLF}`, 'sdi12/malformed damaged never'],
    ['of another sensor', `10001${CRLF}`, 'sdi12/foreign damaged never'],
    ['of our own command', '0M!', 'bus/echo silent never'],
  ])('sends an answer %s', (_, answer, end) => {
    expect(talk(dialogue, Array(9).fill(['0M!', answer])).end).toBe(end);
  });

  it.each(['0+', '0+-', '0+1.2.3', '0+12345678', '01', '0+1 ', '0+1e3', '0+1+', '0++1', '0+.'])(
    'sends values out of form, and none of them counts: %s',
    (answer) => {
      const script = [['0M!', `00001${CRLF}`], ...Array(9).fill(['0D0!', `${answer}${CRLF}`])] as const;
      expect(talk(dialogue, script).end).toBe('sdi12/malformed damaged never');
    },
  );
});

describe('an answer', () => {
  const dialogue = only(sensor({ address: 0, command: 'R' }, values(0)));
  it.each([
    ['behind the echo of the command', `0R0!0+5${CRLF}`],
    ['behind what the adapter heard of the break', `\x00\xff0+5${CRLF}`],
    ['behind break and echo', `\x000R0!\x000+5${CRLF}`],
    ['behind that of another sensor', `1+9${CRLF}0+5${CRLF}`],
    ['behind noise', `?!${CRLF}0+5${CRLF}`],
    ['with more behind it', `0+5${CRLF}0+6${CRLF}`],
  ])('%s counts', (_, answer) => {
    expect(talk(dialogue, [['0R0!', answer]]).end).toEqual({ v0: 5 });
  });
});

describe('an adapter that makes the break by itself', () => {
  const device = sensor({ address: 0, break: false }, values(0));

  it('is sent none, and is told each command three times', () => {
    const { done, end } = talk(only(device), []);
    expect(done).toEqual(['0M!', 'rest 17', '0M!', 'rest 17', '0M!']);
    expect(end).toBe('device/silent silent never');
    expect(only(device).needs).toBeUndefined();
    expect(only(sensor({ address: 0 }, values(0))).needs).toEqual(['break']);
  });

  it('that is late with an answer does not get it taken for that to the next command', () => {
    const { done, end } = talk(only(device), [
      ['0M!', ''],
      ['0M!', `00001${CRLF}`],
      ['0D0!', `0+5${CRLF}`],
    ]);
    expect(done).toEqual(['0M!', 'rest 17', '0M!', 'rest 500', '0D0!']);
    expect(end).toEqual({ v0: 5 });
  });
});

it('where answers are awaited for so long that the sensor sleeps again, each command has its break', () => {
  const { done } = talk(only(sensor({ address: 0, answerMs: 80 }, values(0))), []);
  expect(done.filter((each) => each === 'break 20')).toHaveLength(9);
});

import { describe, expect, it } from 'vitest';
import { StreamingDevice } from '../../../agent/device/streaming-device.ts';
import type { StreamDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { DelimitedFramer } from '../../../drivers/framing/delimited.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const STALE_AFTER = 5000;
const bytes = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;

/** `42` is a value, `+` the count of them that it remembers, `~42` one that yields, `@2026-11-29` a date, `#` none of its business, anything else a mistake. */
const device: StreamDevice = {
  kind: 'stream',
  points: [
    { name: 'value', type: 'number', writable: false },
    { name: 'utc', type: 'text', writable: false, tellsUtc: true },
  ],
  framer: () => new DelimitedFramer({ delimiter: bytes('\n'), maxLength: 12 }),
  decode(frame, memory) {
    const text = new TextDecoder().decode(frame);
    if (text === '+') {
      const count = Number(memory?.count ?? 0) + 1;
      return { samples: [{ point: 'value', value: count }], memory: { count } };
    }
    if (text === '#') return { samples: [] };
    if (text === 'throw') throw new Error('a mistake of the driver');
    if (text.startsWith('@')) return { samples: [{ point: 'utc', value: `${text.slice(1)}T23:59:60.000Z` }] };
    if (text.startsWith('~')) return { samples: [{ point: 'value', value: Number(text.slice(1)), yields: true }] };
    if (!/^\d+$/.test(text)) return { fault: new Fault('nmea0183/malformed'), stray: 'checksum' };
    return { samples: [{ point: 'value', value: Number(text) }] };
  },
};

function rig({ maxReadingsPerS = 100 } = {}) {
  const clock = new FakeClock();
  const trust = { synchronized: true };
  const told: unknown[] = [];
  const strays: string[] = [];
  const member = new StreamingDevice({
    ...{ id: 'gnss', bus: 'gps', device, clock, staleAfterMs: STALE_AFTER, maxReadingsPerS, allow: [] },
    stray: (kind) => strays.push(kind),
    isClockSynchronized: () => trust.synchronized,
    events: {
      samples: (_, samples) => told.push(samples.map(({ value }) => value)),
      failed: (_, fault) => told.push(fault.code),
      availability: (_, online) => told.push(online),
    },
  });
  member.lineOpened(clock.now());
  const hear = (text: string) => member.bytes(bytes(text));
  const quiet = async (span: number) => {
    await clock.advance(span);
    member.tick(clock.now());
  };
  return { clock, trust, member, told, strays, hear, quiet };
}

describe('a device that talks by itself', () => {
  it('is online from its first good frame on, and tells each', () => {
    const { member, told, hear } = rig();
    expect(member.snapshot()).toMatchObject({ health: 'starting', readings: 0 });
    hear('4');
    hear('2\n#\n43\n');
    expect(told).toEqual([true, [42], [43]]);
    expect(member.snapshot()).toMatchObject({ health: 'online', readings: 2, failures: 0, fault: null });
  });

  it('has bad frames counted by their kind, and what is too long as noise', () => {
    const { member, told, strays, hear } = rig();
    hear('4x2\n');
    hear('1234567890123\n');
    hear('42\n');
    expect(strays).toEqual(['checksum', 'noise']);
    expect(told).toEqual(['nmea0183/malformed', 'framing/too-long', true, [42]]);
    expect(member.snapshot()).toMatchObject({ failures: 2, fault: null });
  });

  it('gives the driver back what it wanted to remember, until the line opens anew', () => {
    const { clock, member, told, hear } = rig();
    hear('+\n42\n+\n');
    expect(told).toEqual([true, [1], [42], [2]]);
    member.lineOpened(clock.now());
    hear('+\n');
    expect(told.at(-1)).toEqual([1]);
  });

  it('bears a driver that throws', () => {
    const { told, hear } = rig();
    hear('throw\n');
    expect(told).toEqual(['driver/threw']);
  });

  it('is offline when it was quiet for too long, also from the start, and told so once', async () => {
    const { told, hear, quiet } = rig();
    await quiet(STALE_AFTER);
    expect(told).toEqual([]);
    await quiet(1);
    await quiet(STALE_AFTER);
    expect(told).toEqual(['device/stale', false]);
    hear('42\n');
    await quiet(STALE_AFTER + 1);
    expect(told.slice(2)).toEqual([true, [42], 'device/stale', false]);
  });

  it('says that frames come, but none for its points, and not that nothing comes', async () => {
    const { member, told, hear, quiet } = rig();
    hear('#\n#\n');
    await quiet(STALE_AFTER + 1);
    expect(told).toEqual(['device/passed-over', false]);
    expect(member.snapshot()).toMatchObject({ fault: 'device/passed-over', health: 'offline', passedOver: 2 });
    await expect(member.read(['value'], never)).rejects.toMatchObject({ code: 'device/passed-over' });
  });

  it.each([
    ['x\n#\n', 'nmea0183/malformed'],
    ['x\n#\n#\n', 'device/passed-over'],
    ['123', 'framing/none'],
    ['', 'device/stale'],
  ])('says of %j what there is most of', async (text, code) => {
    const { member, told, hear, quiet } = rig();
    hear(text);
    await quiet(STALE_AFTER + 1);
    expect(member.snapshot().fault).toBe(code);
    expect(told.slice(-2)).toEqual([code, false]);
  });

  it('says anew why it is offline when that changes, and once each', async () => {
    const { told, hear, quiet } = rig();
    await quiet(STALE_AFTER + 1);
    for (const text of ['#\n', '#\n', 'x\n', 'x\n', '', '']) {
      hear(text);
      await quiet(STALE_AFTER + 1);
    }
    expect(told).toEqual([
      'device/stale',
      false,
      'device/passed-over',
      'nmea0183/malformed',
      'nmea0183/malformed',
      'device/stale',
    ]);
  });

  it('says nothing of silence while its line is closed, also when it is resumed meanwhile', async () => {
    const { member, told, quiet } = rig();
    member.lineClosed(new Fault('port/missing'));
    member.pause();
    member.resume();
    await quiet(STALE_AFTER + 1);
    expect(told).toEqual(['port/missing', false]);
    expect(member.snapshot().fault).toBe('port/missing');
  });

  it('says that it is silent once its line is open again and nothing comes', async () => {
    const { clock, member, told, quiet } = rig();
    member.lineClosed(new Fault('port/missing'));
    member.lineOpened(clock.now());
    await quiet(STALE_AFTER + 1);
    expect(told).toEqual(['port/missing', false, 'device/stale']);
  });

  it('counts bytes between frames as noise, and no fault', () => {
    const { clock, member, strays } = rig();
    const framer = Object.assign(device.framer(), { skipped: 0 });
    const noisy = new StreamingDevice({
      ...{ id: 'gnss', bus: 'gps', clock, staleAfterMs: STALE_AFTER, maxReadingsPerS: 100, allow: [] },
      device: { ...device, framer: () => framer },
      stray: (kind) => strays.push(kind),
      isClockSynchronized: () => true,
      events: { samples: () => {}, failed: () => expect.unreachable(), availability: () => {} },
    });
    noisy.lineOpened(clock.now());
    framer.skipped = 5;
    noisy.bytes(bytes('1\n'));
    noisy.bytes(bytes('2\n'));
    expect(strays).toEqual(['noise']);
    expect(member.snapshot().failures).toBe(0);
  });

  it('lets a value that yields count only while no other frame tells the point', async () => {
    const { told, hear, quiet } = rig();
    hear('~1\n');
    hear('42\n~2\n');
    expect(told).toEqual([true, [1], [42]]);
    await quiet(STALE_AFTER);
    hear('~3\n');
    await quiet(1);
    hear('~4\n');
    expect(told.slice(3)).toEqual([[4]]);
  });

  describe('with a date of its own', () => {
    const dayOf = (wall: number, days: number) => new Date(wall + days * 86_400_000).toISOString().slice(0, 10);

    it.each([-7168, -7169, -7167, -14336, 7168])(
      'gives null for one that is off by %i days, and says it once',
      (days) => {
        const { clock, member, told, hear } = rig();
        const date = dayOf(clock.wall(), days);
        hear(`@${date}\n42\n@${date}\n`);
        expect(told).toEqual(['device/date-suspect', true, [null], [42], [null]]);
        expect(member.snapshot()).toMatchObject({ health: 'online', fault: 'device/date-suspect', failures: 1 });
      },
    );

    it.each([0, -1, 1, -3000, -7160, -7180])('leaves one alone that is off by %i days', (days) => {
      const { clock, member, told, hear } = rig();
      const date = dayOf(clock.wall(), days);
      hear(`@${date}\n`);
      expect(told).toEqual([true, [`${date}T23:59:60.000Z`]]);
      expect(member.snapshot().fault).toBeNull();
    });

    it('believes it while the wall clock is not synchronized, and again once it is right', () => {
      const { clock, trust, member, told, hear } = rig();
      const [wrong, right] = [dayOf(clock.wall(), -7168), dayOf(clock.wall(), 0)];
      trust.synchronized = false;
      hear(`@${wrong}\n`);
      expect(told).toEqual([true, [`${wrong}T23:59:60.000Z`]]);
      trust.synchronized = true;
      hear(`@${wrong}\n`);
      expect(member.snapshot().fault).toBe('device/date-suspect');
      hear(`@${right}\n`);
      expect(told.slice(2)).toEqual(['device/date-suspect', [null], [`${right}T23:59:60.000Z`]]);
      expect(member.snapshot().fault).toBeNull();
    });
  });

  it('does not stay online by frames that say nothing or are wrong', async () => {
    const { told, hear, quiet } = rig();
    hear('42\n');
    await quiet(STALE_AFTER);
    hear('#\nx\n');
    await quiet(1);
    expect(told.at(-1)).toBe(false);
  });

  it('is offline with its line, and does not put together what came before and after', () => {
    const { member, clock, told, hear } = rig();
    hear('42\n1');
    member.lineClosed(new Fault('port/lost'));
    expect(told.slice(-2)).toEqual(['port/lost', false]);
    member.lineOpened(clock.now());
    hear('23\n');
    expect(told.at(-1)).toEqual([23]);
  });

  it('gives what it said last when it is read, null for what it never said, and nothing once that is stale', async () => {
    const { member, hear, quiet } = rig();
    await expect(member.read(['value'], never)).rejects.toMatchObject({ code: 'device/stale' });
    hear('42\n');
    await expect(member.read(['value', 'other'], never)).resolves.toEqual({ value: 42, other: null });
    await quiet(STALE_AFTER + 1);
    await expect(member.read(['value'], never)).rejects.toMatchObject({ code: 'device/stale' });
  });

  it('is not heard while it is paused, and then is not taken for online for ever', async () => {
    const { member, told, hear, quiet } = rig();
    hear('42\n');
    member.pause();
    hear('43\n');
    expect(told).toEqual([true, [42]]);
    expect(member.snapshot().health).toBe('paused');
    await quiet(STALE_AFTER + 1);
    expect(told.slice(2)).toEqual(['device/stale', false]);
    member.resume();
    hear('44\n');
    expect(told.slice(4)).toEqual([true, [44]]);
  });

  describe('faster than its rate', () => {
    it('tells the newest value later, and counts what it left out as thinned', async () => {
      const { clock, member, told, hear } = rig({ maxReadingsPerS: 2 });
      hear('1\n2\n3\n4\n5\n');
      expect(told).toEqual([true, [1], [2]]);
      expect(member.snapshot()).toMatchObject({ readings: 5, thinned: 2 });
      await expect(member.read(['value'], never)).resolves.toEqual({ value: 5 });
      await clock.advance(500);
      expect(told.slice(3)).toEqual([[5]]);
    });

    it.each<[string, (member: StreamingDevice) => void, readonly unknown[]]>([
      ['its line closes', (member) => member.lineClosed(new Fault('port/lost')), ['port/lost', false]],
      ['it is paused', (member) => member.pause(), []],
      ['the agent stops', (member) => member.stopped(), []],
    ])('tells the newest value before %s, and nothing after it', async (_, end, after) => {
      const { clock, member, told, hear } = rig({ maxReadingsPerS: 1 });
      hear('1\n2\n3\n');
      end(member);
      expect(told).toEqual([true, [1], [3], ...after]);
      await clock.advance(1000);
      expect(told).toHaveLength(3 + after.length);
      expect(clock.pending).toBe(0);
    });

    it('tells the newest value before it is taken for silent', async () => {
      const { clock, member, told, hear } = rig({ maxReadingsPerS: 1 });
      hear('1\n2\n');
      member.tick(clock.now() + STALE_AFTER + 1);
      expect(told).toEqual([true, [1], [2], 'device/stale', false]);
    });

    it('is not heard once the agent stops', () => {
      const { member, told, hear } = rig();
      member.stopped();
      hear('1\n');
      expect(told).toEqual([]);
    });
  });

  it('takes no value', async () => {
    await expect(rig().member.write()).rejects.toMatchObject({ code: 'command/not-writable' });
  });
});

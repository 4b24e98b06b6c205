import { describe, expect, it } from 'vitest';
import { StreamingDevice } from '../../../agent/device/streaming-device.ts';
import type { StreamDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { DelimitedFramer } from '../../../drivers/framing/delimited.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const STALE_AFTER = 5000;
const bytes = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;

/** `42` is a value, `#` none of its business, anything else a mistake. */
const device: StreamDevice = {
  kind: 'stream',
  points: [{ name: 'value', type: 'number', writable: false }],
  framer: () => new DelimitedFramer({ delimiter: bytes('\n'), maxLength: 8 }),
  decode(frame) {
    const text = new TextDecoder().decode(frame);
    if (text === '#') return { samples: [] };
    if (text === 'throw') throw new Error('a mistake of the driver');
    if (!/^\d+$/.test(text)) return { fault: new Fault('nmea0183/malformed'), stray: 'checksum' };
    return { samples: [{ point: 'value', value: Number(text) }] };
  },
};

function rig() {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const strays: string[] = [];
  const member = new StreamingDevice({
    ...{ id: 'gnss', bus: 'gps', device, clock, staleAfterMs: STALE_AFTER, allow: [] },
    stray: (kind) => strays.push(kind),
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
  return { clock, member, told, strays, hear, quiet };
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
    hear('123456789012\n');
    hear('42\n');
    expect(strays).toEqual(['checksum', 'noise']);
    expect(told).toEqual(['nmea0183/malformed', 'framing/too-long', true, [42]]);
    expect(member.snapshot()).toMatchObject({ failures: 2, fault: null });
  });

  it('bears a driver that throws', () => {
    const { told, hear } = rig();
    hear('throw\n');
    expect(told).toEqual(['internal/unexpected']);
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

  it('takes no value', async () => {
    await expect(rig().member.write()).rejects.toMatchObject({ code: 'command/not-writable' });
  });
});

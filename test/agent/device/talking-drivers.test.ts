import { describe, expect, it } from 'vitest';
import { StreamingDevice } from '../../../agent/device/streaming-device.ts';
import type { StreamDevice } from '../../../drivers/contract/driver.ts';
import { talking } from '../../drivers/lines/lines.ts';
import { bytesOf, receiver, withChecksum } from '../../drivers/nmea0183/logs.ts';
import { KEY, meter, sealed, telegram } from '../../drivers/obis/p1/meter.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const STALE_AFTER = 5000;

/** The status of a device to which so much has come and nothing else. */
async function verdict(device: StreamDevice, ...parts: readonly (string | Uint8Array)[]) {
  const clock = new FakeClock();
  const member = new StreamingDevice({
    ...{ id: 'gnss', bus: 'gps', device, clock, staleAfterMs: STALE_AFTER, maxReadingsPerS: 100, allow: [] },
    stray: () => undefined,
    isClockSynchronized: () => true,
    events: { samples: () => undefined, failed: () => undefined, availability: () => undefined },
  });
  member.lineOpened(clock.now());
  for (const part of parts) member.bytes(typeof part === 'string' ? bytesOf(part) : part);
  await clock.advance(STALE_AFTER + 1);
  member.tick(clock.now());
  return member.snapshot();
}

const gll = `${withChecksum('GPGLL,4916.45,N,12311.12,W,225444,A,A')}\r\n`;

describe('what comes and can not be used is not told as silence', () => {
  it.each<[string, StreamDevice, readonly (string | Uint8Array)[], string]>([
    ['another talker', receiver({ talkers: ['GN'] }), [gll, gll], 'device/passed-over'],
    ['a sentence that is not used', receiver({ sentences: ['RMC'] }), [gll], 'device/passed-over'],
    ['a kind that is not known', receiver(), [`${withChecksum('HEROT,1.2,A')}\r\n`], 'device/passed-over'],
    ['a sentence for another point', receiver({}, [{ name: 'altitude' }]), [gll], 'device/passed-over'],
    ['transducers without a point', receiver(), [`${withChecksum('WIXDR,C,1,C,T')}\r\n`], 'device/passed-over'],
    ['AIS', receiver(), ['!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\r\n'], 'device/passed-over'],
    ['proprietary sentences', receiver(), ['$PUBX,00\r\n'], 'device/passed-over'],
    ['wrong checksums', receiver(), [gll.replace('49', '48')], 'nmea0183/checksum'],
    ['no checksums', receiver(), ['$GPGLL,,,,,,V\r\n', '$PUBX,00\r\n'], 'nmea0183/no-checksum'],
    ['binary bytes', receiver(), [new Uint8Array(100).fill(0xb5)], 'framing/none'],
    ['much of them', receiver(), [new Uint8Array(1000).fill(0xb5)], 'framing/none'],
    ['a text without an end', receiver(), ['x'.repeat(1000)], 'framing/too-long'],
    ['text of another kind', receiver(), ['hello\n'], 'nmea0183/malformed'],
    ['no template that fits', talking({ template: 'T={t:number}' }), ['hello\n'], 'lines/mismatch'],
    ['lines to be ignored', talking({ template: 'T={t:number}', unmatched: 'ignore' }), ['x\n'], 'device/passed-over'],
    ['another delimiter', talking({ template: 'T={t:number}' }), ['T=1\rT=2\r'], 'framing/none'],
    ['a wrong sum', talking({ template: 'T={t:number}', checksum: 'xor8' }), ['T=100\n'], 'lines/checksum'],
    ['nothing', receiver(), [], 'device/stale'],
  ])('%s', async (_, device, parts, fault) => {
    expect(await verdict(device, ...parts)).toMatchObject({ health: 'offline', fault, readings: 0 });
  });
});

it('a receiver whose weeks have rolled over keeps its position and loses its date', async () => {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const member = new StreamingDevice({
    ...{ id: 'gnss', bus: 'gps', clock, staleAfterMs: STALE_AFTER, maxReadingsPerS: 100, allow: [] },
    device: receiver({}, [{ name: 'utc' }, { name: 'latitude' }]),
    stray: () => undefined,
    isClockSynchronized: () => true,
    events: {
      samples: (_, samples) => told.push(Object.fromEntries(samples.map(({ point, value }) => [point, value]))),
      failed: (_, fault) => told.push(fault.code),
      availability: () => undefined,
    },
  });
  member.lineOpened(clock.now());
  const [year = '', month, day] = new Date(clock.wall() - 7168 * 86_400_000).toISOString().slice(2, 10).split('-');
  const rmc = withChecksum(`GPRMC,043539.00,A,4333.190206,N,00127.618380,E,0.0,,${day}${month}${year},1.7,W,A,V`);
  member.bytes(bytesOf(`${rmc}\r\n${rmc}\r\n`));
  const values = { utc: null, latitude: 43.5531701 };
  expect(told).toEqual(['device/date-suspect', values, values]);
});

describe('a meter on a P1 port', () => {
  const begin = (device: StreamDevice) => {
    const clock = new FakeClock();
    const told: unknown[] = [];
    const member = new StreamingDevice({
      ...{ id: 'meter', bus: 'p1', device, clock, staleAfterMs: STALE_AFTER, maxReadingsPerS: 100, allow: [] },
      stray: () => undefined,
      isClockSynchronized: () => true,
      events: {
        samples: (_, samples) => told.push(Object.fromEntries(samples.map(({ point, value }) => [point, value]))),
        failed: (_, fault) => told.push(fault.code),
        availability: () => undefined,
      },
    });
    member.lineOpened(clock.now());
    return { member, clock, told };
  };

  it('is doubted in what it says without a CRC, also when it is read', async () => {
    const { member } = begin(meter({ points: [{ name: 'power-import' }, { name: 'gas' }] }));
    member.bytes(bytesOf(telegram(['1-0:1.7.0(01.193*kW)'], '')));
    const { signal } = new AbortController();
    const read = await member.readEach(['power-import', 'gas'], signal);
    expect(read).toEqual({ values: { 'power-import': 1.193, gas: null }, doubtful: ['power-import'] });
    member.bytes(bytesOf(telegram(['1-0:1.7.0(01.194*kW)'])));
    expect(await member.readEach(['power-import'], signal)).toEqual({
      values: { 'power-import': 1.194 },
      doubtful: [],
    });
  });

  it('is not believed twice with the same frame counter, until the line reopens', () => {
    const { member, clock, told } = begin(meter({ options: { keyFile: 'key' }, secrets: { keyFile: KEY } }));
    const frame = sealed(telegram(['1-0:1.7.0(01.193*kW)']), { counter: 1 });
    member.bytes(frame);
    member.bytes(frame);
    member.lineOpened(clock.now());
    member.bytes(frame);
    expect(told).toEqual([{ 'power-import': 1.193 }, 'p1/replay', { 'power-import': 1.193 }]);
  });
});

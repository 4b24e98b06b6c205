import { expect, it } from 'vitest';
import type { HeardItem } from '../../../../agent/cli/listen/decoder.ts';
import { decoderOf, LISTEN_DRIVERS, type ListenDriver } from '../../../../agent/cli/listen/decoders.ts';
import { UNKNOWN_LINE } from '../../../../drivers/port/line.ts';
import { transcript } from '../../../support/transcript.ts';

async function heard(driver: ListenDriver, bytes: Uint8Array, size = 7) {
  const items: HeardItem[] = [];
  let passed = 0;
  const made = await decoderOf(
    driver,
    { line: UNKNOWN_LINE, seesSilence: false },
    {
      heard: (item) => items.push(item),
      passed(record) {
        passed += record.bytes.length;
      },
    },
  );
  for (let from = 0; from < bytes.length; from += size) made.push(bytes.subarray(from, from + size), from);
  made.idle();
  return { items, passed, summary: made.summary() };
}

it('reads what talks by itself as its driver does', async () => {
  const gps = await heard('nmea0183', Buffer.from('$GPGLL,4916.45,N,12311.12,W,225444,A,*1D\r\n'));
  expect(gps.items.length + gps.summary.frames).toBeGreaterThan(0);
  const charger = 'PID\t0xA042\r\nV\t12800\r\nI\t-1500\r\nChecksum\t';
  const sum = 256 - (Array.from(`\r\n${charger}`, (each) => each.charCodeAt(0)).reduce((a, b) => a + b, 0) & 0xff);
  const block = Buffer.concat([Buffer.from(`\r\n${charger}`), Buffer.of(sum & 0xff)]);
  const { items } = await heard('vedirect', Buffer.concat([block, block]));
  expect(items.some(({ json }) => JSON.stringify(json).includes('12.8'))).toBe(true);
});

it('reads the data of a meter that is asked by its optical head', async () => {
  const block = 'F.F(00)\r\n1.8.0(001234.5*kWh)\r\n!\r\n\x03';
  const check = [...Buffer.from(block)].reduce((sum, byte) => sum ^ byte, 0);
  const text = `/?!\r\n/ABC5METER\r\n\x06050\r\n\x02${block}${String.fromCharCode(check)}`;
  const { items } = await heard('iec62056-21', Buffer.from(text));
  expect(items.some(({ json }) => JSON.stringify(json).includes('1234.5'))).toBe(true);
});

it('tells requests and telegrams of an M-Bus, and skips what is none', async () => {
  const { sent, received } = transcript(`
    >> 10 40 05 45 16
    << E5
    >> 10 7B 05 80 16
    << 68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16
  `);
  const [reset, ask] = sent;
  const [ack, data] = received;
  const bytes = Buffer.concat([reset ?? [], ack ?? [], ask ?? [], data ?? []].map((each) => Buffer.from(each)));
  const { items, passed, summary } = await heard('mbus', bytes);
  expect(items.map(({ text }) => text.split('\n')[0])).toEqual([
    'address 5  the master resets the link',
    'address 5  the master asks for data',
    expect.stringMatching(/^address 5 {2}number 12345678/),
  ]);
  expect(summary.json).toMatchObject({ requests: 2, telegrams: 1, broken: 0, noiseBytes: 1 });
  expect(passed).toBe(bytes.length);
});

it('shows lines of text cleaned', async () => {
  const { items } = await heard('lines', Buffer.from('half\r\nweight \x1b[31m12.5 kg\r\n'));
  expect(items.map(({ text }) => text)).toEqual(['weight [31m12.5 kg']);
});

it.each(LISTEN_DRIVERS)('%s hands on every byte once, whatever comes', async (driver) => {
  const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 5) * 31) & 0xff);
  const { passed } = await heard(driver, noise, 333);
  expect(passed).toBe(noise.length);
});

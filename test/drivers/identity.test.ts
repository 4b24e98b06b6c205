import { describe, expect, it } from 'vitest';
import type { StreamDevice } from '../../drivers/contract/driver.ts';
import type { ToldIdentity } from '../../drivers/contract/identity.ts';
import { cleanIdentity } from '../../drivers/framing/identity.ts';
import { makerName } from '../../drivers/framing/maker.ts';
import { identityOfLine, numberedMeter } from '../../drivers/obis/identity.ts';
import { lineTiming } from '../../drivers/port/line.ts';
import { createDevice } from '../../drivers/registry/loader.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { dlmsBytes } from '../../scripts/sim/dlms-meter.ts';
import { iecBlock } from '../../scripts/sim/iec-meter.ts';
import { P1Meter } from '../../scripts/sim/p1-meter.ts';
import { meterTelegram } from '../../scripts/sim/sml-meter.ts';
import { textBlock } from '../../scripts/sim/vedirect.ts';
import { runWith } from './dialogue-machine.ts';
import { telegram } from './mbus/meter.ts';

const LINE = lineTiming({ baudRate: 2400, dataBits: 8, parity: 'even', stopBits: 1 });
const bytes = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0));
const AT = Date.UTC(2026, 10, 30);

async function made(name: string, options: object) {
  const loaded = await DRIVERS[name]?.();
  if (loaded === undefined) throw new Error('no such driver');
  return createDevice(loaded.driver, { options, points: [], line: LINE });
}

/** All that frames tell, cleaned as the agent does it. */
async function heard(name: string, options: object, ...chunks: readonly Uint8Array[]): Promise<ToldIdentity> {
  const device = (await made(name, options)) as StreamDevice;
  const framer = device.framer();
  let told: ToldIdentity = {};
  for (const chunk of chunks) {
    framer.push(chunk, (frame) => {
      const decoded = device.decode(frame);
      if ('samples' in decoded) told = { ...told, ...cleanIdentity(decoded.identity) };
    });
  }
  return told;
}

/** The account of a dialogue whose requests are answered so, one after the other. */
async function asked(name: string, options: object, ...answers: readonly Uint8Array[]) {
  const device = await made(name, options);
  if (device.kind !== 'poll') throw new Error('not asked');
  const [read] = device.plan(device.points.map((point) => point.name));
  const dialogue = device.identify?.() ?? read;
  if (dialogue === undefined) throw new Error('nothing to ask');
  const left = [...answers];
  const { end } = runWith(dialogue, LINE, () => ({ bytes: left.shift() ?? new Uint8Array(0), cuts: [] }));
  return end.kind === 'end' ? cleanIdentity(end.identity) : end.fault.code;
}

describe('a device that talks by itself tells what it is', () => {
  it('in the first line of P1, and under its codes', async () => {
    const [id] = [Buffer.from('E0043007052870316').toString('hex')];
    const lines = ['/XMX5LGBBLB2415065887', '', `0-0:96.1.1(${id})`, '1-0:1.8.1(000001.000*kWh)', '!'];
    expect(await heard('dsmr-p1', {}, bytes(`${lines.join('\r\n')}\r\n`))).toEqual({
      maker: 'Xemex',
      model: 'LGBBLB2415065887',
      serial: 'E0043007052870316',
    });
    expect(await heard('dsmr-p1', {}, new P1Meter(AT).telegram(AT))).toHaveProperty('serial');
  });

  it('by the server id of SML, which names the maker', async () => {
    const reading = {
      energyImport: 1,
      energyExport: 0,
      power: [1, 1, 1],
      voltage: [230, 230, 230],
      current: [1, 1, 1],
      frequency: 50,
    };
    expect(await heard('sml', {}, meterTelegram(reading, 42))).toEqual({ maker: 'FWD', serial: '1FWD0000123456' });
  });

  it('under the codes of a DLMS push', async () => {
    const told = await heard('dlms-push', {}, dlmsBytes(AT, { model: 'aidon' }));
    expect(Object.keys(told)).toContain('serial');
  });

  it('by the product’s number, the serial number and the version of VE.Direct', async () => {
    const block = [
      ['PID', '0xA043'],
      ['FW', '0164'],
      ['SER#', 'HQ2132ABCDE'],
      ['V', '12800'],
    ] as const;
    expect(await heard('vedirect', {}, textBlock(block), textBlock(block))).toEqual({
      ...{ maker: 'Victron Energy', model: '0xA043', serial: 'HQ2132ABCDE', firmware: '1.64' },
    });
  });

  it('by the texts of a receiver of u-blox, and of no other, nor without a checksum', async () => {
    const sealed = (body: string) => {
      const sum = [...body].reduce((all, each) => all ^ each.charCodeAt(0), 0);
      return bytes(`$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`);
    };
    const texts = ['u-blox AG - www.u-blox.com', 'FWVER=SPG 4.04', 'MOD=NEO-M9N', 'ANTSTATUS=OK'];
    const sentences = texts.map((text) => sealed(`GNTXT,01,01,02,${text}`));
    expect(await heard('nmea0183', {}, ...sentences)).toEqual({
      maker: 'u-blox',
      model: 'NEO-M9N',
      firmware: 'SPG 4.04',
    });
    expect(await heard('nmea0183', {}, bytes('$GNTXT,01,01,02,MOD=NEO-M9N\r\n'))).toEqual({});
  });
});

describe('a device that is asked tells what it is', () => {
  it('in the header of M-Bus, whose medium says only what sort of meter it is', async () => {
    const answer = telegram('0C 06 13 82 04 00', '78 56 34 12 2D 2C 1B 04 01 00 00 00');
    expect(await asked('mbus', { address: 5 }, Uint8Array.of(0xe5), answer)).toEqual({
      ...{ maker: 'Kamstrup', serial: '12345678', firmware: '27', kind: 'heat (outlet)' },
    });
  });

  it('in the identification of IEC 62056-21, and under the codes of its data', async () => {
    const block = iecBlock(['C.1.0(99001234)', '1.8.0(000123.4*kWh)', '0.2.0(V2.10)']);
    const nothing = new Uint8Array(0);
    expect(await asked('iec62056-21', {}, bytes('/LGZ5\\2ZMD3104107.B32\r\n'), nothing, block)).toEqual({
      ...{ maker: 'Landis+Gyr', model: 'ZMD3104107.B32', serial: '99001234', firmware: 'V2.10' },
    });
  });

  it('in the identification of SDI-12', async () => {
    expect(await asked('sdi12', { address: 0 }, bytes('014VENDORCOMODEL1123SN-0042\r\n'))).toEqual({
      ...{ maker: 'VENDORCO', model: 'MODEL1', serial: 'SN-0042', firmware: '123' },
    });
  });
});

describe('what a device has told', () => {
  it('is cleaned, cut, and left out where it says nothing', () => {
    expect(
      cleanIdentity({
        maker: ' A\u0000cme\u202e\n',
        model: 'x'.repeat(99),
        serial: '00000000',
        firmware: '\u00a0',
        kind: 'unknown',
      }),
    ).toEqual({ maker: 'Acme', model: 'x'.repeat(64) });
    expect(cleanIdentity({ serial: 'FFFFFFFF', model: '????' })).toBeUndefined();
    expect(cleanIdentity({ maker: 7 as never })).toBeUndefined();
  });

  it('names makers by their letters only where these are in no doubt', () => {
    expect(makerName('KAM')).toBe('Kamstrup');
    expect(makerName('lgz')).toBe('Landis+Gyr');
    expect(makerName('QQQ')).toBe('QQQ');
    for (const letters of ['', 'K', 'KAMS', 'K1M', '@@@']) expect(makerName(letters)).toBeUndefined();
  });

  it('is read from an identification line with and without escapes', () => {
    expect(identityOfLine('/ISK5\\2M550T-1012')).toEqual({ maker: 'Iskraemeco', model: 'M550T-1012' });
    expect(identityOfLine('/KFM5KAIFA-METER\r\n')).toEqual({ maker: 'Kaifa', model: 'KAIFA-METER' });
    expect(cleanIdentity(identityOfLine('nothing'))).toBeUndefined();
  });

  it('is the number of a German meter where its ten octets are of that form', () => {
    const octets = Uint8Array.of(0x0a, 0x01, 0x45, 0x4d, 0x48, 0x00, 0x00, 0xbc, 0x61, 0x4e);
    expect(numberedMeter(octets)).toEqual({ maker: 'EMH metering', serial: '1EMH0012345678' });
    expect(numberedMeter(octets.with(0, 6))).toBeUndefined();
    expect(numberedMeter(octets.with(2, 0x31))).toBeUndefined();
  });
});

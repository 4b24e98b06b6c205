import { askedPart, type Device } from '../../../drivers/contract/driver.ts';
import { longFrame } from '../../../drivers/mbus/link/frame.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import { DRIVERS } from '../../../drivers/registry/table.ts';
import { hdlc, joined, mbus } from '../../../scripts/sim/dlms-encoder.ts';
import { dlmsTelegram } from '../../../scripts/sim/dlms-meter.ts';
import { gpsEpoch } from '../../../scripts/sim/gps.ts';
import { electricityLines, iecBlock, pushedTelegram } from '../../../scripts/sim/iec-meter.ts';
import { heatMeter, waterMeter } from '../../../scripts/sim/mbus-meters.ts';
import { telegram } from '../../../scripts/sim/sml-encoder.ts';
import { meterTelegram } from '../../../scripts/sim/sml-meter.ts';
import { hexMessage, solarBlock, textBlock } from '../../../scripts/sim/vedirect.ts';

/** One message of a device: its content, and the bytes that the protocol puts around it. */
export interface Saying {
  readonly payload: Uint8Array;
  /** Frame and checksum around any payload. */
  readonly seal: (payload: Uint8Array) => Uint8Array;
}

/** A kind of device whose decoder is to stand any bytes. */
export interface FuzzSubject {
  readonly name: string;
  /** Subjects of one decoder share its seconds. */
  readonly decoder: string;
  readonly device: Device;
  /** Telegrams of one that talks; of one that is asked, answers to anything. */
  readonly says: readonly Saying[];
  /** Of one that is asked: which of them answers this request; undefined: none does. */
  readonly answerTo?: (request: Uint8Array) => number | undefined;
  /** Bytes that mean something to it. */
  readonly alphabet: readonly number[];
  /** A checksum vouches for each value: a changed byte in one telegram gives none of another. */
  readonly checked: boolean;
}

interface Given {
  readonly driver: string;
  readonly options?: Record<string, unknown>;
  readonly points?: readonly Record<string, unknown>[];
  readonly baudRate?: number;
}

async function deviceOf({ driver, options = {}, points = [], baudRate = 9600 }: Given): Promise<Device> {
  const load = DRIVERS[driver];
  if (load === undefined) throw new Error(`no driver ${driver}`);
  const line = lineTiming({ baudRate, dataBits: 8, parity: 'none', stopBits: 1 });
  return createDevice((await load()).driver, { options, points, line });
}

const text = (characters: string) => Uint8Array.from(characters, (each) => each.charCodeAt(0) & 0xff);
const codes = (characters: string) => [...text(characters)];
const plain = (bytes: Uint8Array): Saying => ({ payload: bytes, seal: (payload) => payload });

const SML_METER = {
  ...{ energyImport: 15_337_616.5, energyExport: 1234.5, frequency: 50 },
  ...{ power: [500.5, 420.25, -130.75], voltage: [230.1, 229.8, 231.4], current: [2.18, 1.83, 0.57] },
};
/** Behind the eight bytes of the beginning, before the eight of the end. */
const smlPayload = (sent: Uint8Array) => sent.slice(8, sent.length - 8);
const NOTIFICATION = 0x0f;

function dlmsSayings(seal: (apdu: Uint8Array) => Uint8Array): readonly Saying[] {
  const frame = joined(...dlmsTelegram(Date.UTC(2026, 0, 1), { model: 'aidon' }));
  const from = frame.indexOf(NOTIFICATION);
  return [{ payload: frame.slice(from, frame.length - 3), seal }];
}

const HEADER = [0x01, 0x30, 0x08, 0x24, 0xe4, 0x1a, 0x01, 0x04, 0x01, 0x00, 0x00, 0x00];

function mbusSayings(address: number): readonly Saying[] {
  const telegrams = [
    ...heatMeter(address, '12345678', () => 0).telegrams(),
    ...waterMeter(address, '12345679', () => 0).telegrams(),
  ];
  const answers = telegrams.map((records) => ({
    payload: Uint8Array.from([0x08, address, 0x72, ...HEADER, ...records]),
    seal: (payload: Uint8Array) => longFrame([...payload.subarray(0, 255)]),
  }));
  return [plain(Uint8Array.of(0xe5)), ...answers];
}

const iecSeal = (payload: Uint8Array) => iecBlock([Buffer.from(payload).toString('latin1')]);

/** CRC-16/ARC in three characters, as SDI-12 writes it; bit by bit. */
function sdi12Line(body: Uint8Array): Uint8Array {
  let crc = 0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return joined(body, Uint8Array.of(64 + (crc >> 12), 64 + ((crc >> 6) & 63), 64 + (crc & 63)), text('\r\n'));
}

const lineOf = (payload: Uint8Array) => joined(payload, text('\r\n'));

function nmeaLine(payload: Uint8Array): Uint8Array {
  const sum = payload.reduce((total, byte) => total ^ byte, 0);
  return joined(text('$'), payload, text(`*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`));
}

function veFields(payload: Uint8Array): Uint8Array {
  const fields = Buffer.from(payload).toString('latin1').split('\n');
  return textBlock(fields.map((field) => [field.split('\t')[0] ?? '', field.split('\t').slice(1).join('\t')]));
}

const vePayload = text(Buffer.from(solarBlock(30_000)).toString('latin1').split('\r\n').slice(1, -1).join('\n'));
const veAnswer: Saying = {
  payload: Uint8Array.of(0xdb, 0xed, 0x00, 0xc4, 0x09),
  seal: (payload) => hexMessage(7, [...payload]),
};

const SDI12_COMMANDS = ['M', 'D0', 'D1', 'I', ''];

/** Every decoder but P1's, by the name of its driver. */
export async function fuzzSubjects(): Promise<readonly FuzzSubject[]> {
  const sml = { payload: smlPayload(meterTelegram(SML_METER, 1_000_000)), seal: smlTelegram };
  const energy = [{ name: 'energy', obis: '1.8.0' }];
  const pushed = [{ name: 'energy', obis: '1-0:1.8.1' }];
  const registers = askedPart(
    await deviceOf({
      ...{ driver: 'vedirect', baudRate: 19_200 },
      points: [{ name: 'temperature', register: 0xeddb, type: 'int16', scale: 0.01 }],
    }),
  );
  if (registers === undefined) throw new Error('it is asked');
  return [
    {
      ...{ name: 'sml', decoder: 'sml', device: await deviceOf({ driver: 'sml' }), says: [sml], checked: true },
      alphabet: [0x1b, 0x01, 0x1a, 0x76, 0x77, 0x62, 0x63, 0x00],
    },
    {
      ...{ name: 'dlms in HDLC', decoder: 'dlms', device: await deviceOf({ driver: 'dlms-push' }), checked: true },
      says: dlmsSayings((apdu) => joined(...hdlc(apdu))),
      alphabet: [0x7e, 0xa0, 0xe6, 0xe7, 0x00, 0x0f, 0x02, 0x01, 0x09, 0x06, 0xff],
    },
    {
      ...{
        name: 'dlms in M-Bus frames',
        decoder: 'dlms',
        device: await deviceOf({ driver: 'dlms-push' }),
        checked: true,
      },
      says: dlmsSayings((apdu) => joined(...mbus(apdu))),
      alphabet: [0x68, 0x16, 0x53, 0xff, 0x01, 0x67, 0x0f, 0x02, 0x09, 0x06],
    },
    {
      ...{
        name: 'dlms bare',
        decoder: 'dlms',
        device: await deviceOf({ driver: 'dlms-push', options: { framing: 'bare' } }),
      },
      ...{ says: dlmsSayings((apdu) => apdu), checked: false },
      alphabet: [0x0f, 0x40, 0x01, 0x02, 0x09, 0x06, 0x0a, 0x12, 0xff],
    },
    {
      ...{
        name: 'mbus',
        decoder: 'mbus',
        device: await deviceOf({ driver: 'mbus', options: { address: 5 } }),
        checked: true,
      },
      says: mbusSayings(5),
      answerTo: (request) => (request[1] === 0x40 ? 0 : 1 + ((request[1] ?? 0) & 0x20 ? 0 : 1)),
      alphabet: [0x68, 0x16, 0xe5, 0x10, 0x08, 0x05, 0x72, 0x1f, 0x0f, 0x0d, 0x84, 0xfd, 0xfb],
    },
    {
      ...{
        name: 'iec, asked',
        decoder: 'iec',
        device: await deviceOf({ driver: 'iec62056-21', points: energy, baudRate: 300 }),
      },
      says: [
        plain(text('/SIM5FW-SIM 1.0\r\n')),
        { payload: text(electricityLines(0).join('\r\n')), seal: iecSeal },
        plain(new Uint8Array(0)),
      ],
      answerTo: (request) => (request.includes(0x3f) ? 0 : request.length === 0 || request[0] === 6 ? 1 : 2),
      ...{ alphabet: codes('\x01\x02\x03\x06\x15/!?()*.:&-0\r\n'), checked: true },
    },
    {
      ...{ name: 'iec, pushed', decoder: 'iec', checked: false },
      device: await deviceOf({ driver: 'iec62056-21', options: { mode: 'd' }, points: pushed }),
      says: [plain(pushedTelegram(0))],
      alphabet: codes('/!()*.:&-0189\r\n\x02\x03'),
    },
    {
      ...{
        name: 'vedirect',
        decoder: 'vedirect',
        device: await deviceOf({ driver: 'vedirect', baudRate: 19_200 }),
        checked: true,
      },
      says: [{ payload: vePayload, seal: veFields }, veAnswer],
      alphabet: codes(':\r\n\tChecksumV07A#-'),
    },
    {
      ...{ name: 'vedirect, asked', decoder: 'vedirect', device: registers, checked: true },
      says: [veAnswer],
      answerTo: () => 0,
      alphabet: codes(':7DBEC09F\n\r\tChecksum'),
    },
    {
      ...{ name: 'nmea', decoder: 'nmea', device: await deviceOf({ driver: 'nmea0183' }), checked: true },
      says: gpsEpoch(Date.UTC(2026, 0, 1)).map((line) => ({ payload: text(line.slice(1, -5)), seal: nmeaLine })),
      alphabet: codes('$!*,.\r\nGPRMCNEWSAV019-\xb5b'),
    },
    {
      name: 'sdi12',
      decoder: 'sdi12',
      device: await deviceOf({
        ...{ driver: 'sdi12', options: { address: 0, crc: true }, baudRate: 1200 },
        points: [
          { name: 'depth', index: 0 },
          { name: 'flow', index: 5 },
        ],
      }),
      says: [
        plain(text('00006\r\n')),
        { payload: text('0+1.25-2.5+3'), seal: sdi12Line },
        { payload: text('0+4.75+5-0.006'), seal: sdi12Line },
        plain(text('014SIMULATESENSOR 123SERIAL\r\n')),
        plain(text('0\r\n')),
      ],
      answerTo: (request) => {
        const command = Buffer.from(request).toString('latin1').slice(1, -1);
        return command.startsWith('M') ? 0 : SDI12_COMMANDS.indexOf(command);
      },
      ...{ alphabet: codes('0+-.!?@AMCD\r\n19'), checked: true },
    },
    {
      ...{
        name: 'lines',
        decoder: 'lines',
        says: [{ payload: text('T=21.5 C, H=48.2%'), seal: lineOf }],
        checked: false,
      },
      device: await deviceOf({
        driver: 'lines',
        options: { template: 'T={temperature:number} C, H={humidity:number}%' },
      }),
      alphabet: codes('T=H, C%+-.0189e\r\n'),
    },
    {
      ...{ name: 'lines, mt-sics', decoder: 'lines', checked: false },
      device: await deviceOf({ driver: 'lines', options: { preset: 'mt-sics' } }),
      says: [
        { payload: text('S S     100.00 g'), seal: lineOf },
        { payload: text('S D      -0.02 kg'), seal: lineOf },
      ],
      answerTo: () => 0,
      alphabet: codes('SDI+-. 0189kgtlb\r\n'),
    },
  ];
}

/** Any payload as a telegram with its checksum. */
function smlTelegram(payload: Uint8Array): Uint8Array {
  return telegram([[...payload]]);
}

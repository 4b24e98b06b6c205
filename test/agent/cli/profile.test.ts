import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CliIo } from '../../../agent/cli/io.ts';
import { profile } from '../../../agent/cli/profile/profile.ts';
import { profiles } from '../../../agent/cli/profiles.ts';
import { newFolder } from '../../support/folder.ts';

function capture() {
  const printed: string[] = [];
  const said: string[] = [];
  const io: CliIo = {
    out: (text) => void printed.push(text),
    err: (text) => void said.push(text),
    environment: {},
    isTerminal: false,
  };
  return { io, printed, said };
}

const GOOD = `maker: Maker
model: M1
sources:
  - { kind: vendor, title: M1 register map, version: "1.2" }
  - { kind: software, title: A program that reads it }
probe:
  - { read: { register: holding, address: 9, type: uint16 }, equals: [343] }
points:
  - { name: voltage, register: input, address: 0, type: float32, unit: V, decimals: 1 }
  - { name: energy, register: input, address: 2, type: uint32, unit: kWh, scale: 0.01, counts: total-increasing }
vectors:
  - { register: input, address: 0, registers: "4366 199A 0000 3039", values: { voltage: 230.1, energy: 123.45 } }
`;

async function tried(text: string, ...flags: string[]) {
  const file = join(await newFolder(), 'm1.yaml');
  await writeFile(file, text);
  const { io, printed, said } = capture();
  const code = await profile(['test', file, ...flags], io);
  const short = (line: string) => line.replaceAll(file, 'm1.yaml');
  return { code, printed: printed.map(short).join('\n'), said: said.map(short) };
}

describe('profile test', () => {
  test('says that a good profile is good, and how much of it is proven', async () => {
    expect(await tried(GOOD)).toEqual({
      code: 0,
      printed: 'The profile is good: 2 points, 2 values proven by test vectors.',
      said: [],
    });
  });

  test.each([
    [
      'a key that is not known',
      'model: M1',
      'modell: M1',
      /^m1\.yaml:2:1: modell: unknown key; did you mean `model`\?$/,
    ],
    ['no maker', 'maker: Maker\n', '', /: maker: is required$/],
    [
      'an address beyond the protocol',
      'address: 2,',
      'address: 70000,',
      /^m1\.yaml:10:\d+: points\[1\]\.address: must be 0 to 65535$/,
    ],
    [
      'a name that comes twice',
      'name: energy',
      'name: voltage',
      /points\[1\]\.name: another point of the profile has this name$/,
    ],
    [
      'a vector that gives another value',
      'voltage: 230.1',
      'voltage: 230.2',
      /^m1\.yaml:12:\d+: vectors\[0\]\.values\.voltage: the registers give 230\.1$/,
    ],
    [
      'a vector of no point',
      'energy: 123.45',
      'energi: 123.45',
      /vectors\[0\]\.values\.energi: must be the name of a point of the profile$/,
    ],
    [
      'a vector that is too short',
      ' 0000 3039',
      '',
      /values\.energy: its registers, or those of its scaleFrom, are not among those given$/,
    ],
    [
      'registers that are no hexadecimal words',
      '4366 199A',
      '4366 19',
      /vectors\[0\]\.registers: must be 1 to 125 groups/,
    ],
    [
      'a probe without an expectation',
      ', equals: [343]',
      '',
      /probe\[0\]: must have one of between, equals and beginsWith$/,
    ],
    ['a probe of no register', 'address: 9,', '', /probe\[0\]\.read\.address: is required$/],
    [
      'an option of one device',
      'points:',
      'options: { unit: 7 }\npoints:',
      /options\.unit: belongs to a device, and not to its profile$/,
    ],
    [
      'a unit that contradicts the quantity’s kind',
      'decimals: 1',
      'decimals: 1, quantity: nonsense',
      /points\[0\]\.quantity: must be a quantity/,
    ],
    ['broken YAML', 'maker: Maker', 'maker: [', /^m1\.yaml:\d+:\d+: /],
  ])('refuses %s and names its place', async (_, from, to, expected) => {
    const { code, printed, said } = await tried(GOOD.replace(from, to));
    expect(code).toBe(78);
    expect(printed).toBe('');
    expect(said).toContainEqual(expect.stringMatching(expected));
    expect(said.at(-1)).toMatch(/^The profile is refused: \d+ problems?\.$/);
  });

  test('warns of what is unproven, and takes it', async () => {
    const { code, said } = await tried(GOOD.replace(/ {2}- \{ kind: software.*\n/, '').replace(', energy: 123.45', ''));
    expect(code).toBe(0);
    expect(said).toEqual([
      expect.stringMatching(/^warning: m1\.yaml:4:\d+: sources: a second source would confirm the first$/),
      expect.stringMatching(/^warning: m1\.yaml:11:\d+: vectors: no test vector shows a value of type uint32$/),
    ]);
  });

  test('prints problems and warnings for programs', async () => {
    const { code, printed } = await tried(GOOD.replace('model: M1\n', ''), '--json');
    expect(code).toBe(78);
    expect(JSON.parse(printed)).toMatchObject({ good: false, problems: [{ path: 'model', message: 'is required' }] });
    expect(JSON.parse((await tried(GOOD, '--json')).printed)).toEqual({
      good: true,
      points: 2,
      vectors: 1,
      problems: [],
      warnings: [],
    });
  });

  test('proves bits, texts, null and orders too', async () => {
    const text = `maker: M
model: M
sources: [{ kind: list, title: A list }, { kind: list, title: Another list }]
options: { wordOrder: little }
points:
  - { name: pump, register: coil, address: 3, type: bool }
  - { name: serial, register: holding, address: 0, type: string, length: 2 }
  - { name: power, register: holding, address: 2, type: int32, unit: W, errorValue: "0x7FFFFFFF" }
  - { name: factor, register: holding, address: 4, type: int16 }
  - { name: flow, register: holding, address: 5, type: uint16, scaleFrom: factor }
  - { name: mode, register: holding, address: 6, type: uint16, enum: { 2: heating } }
vectors:
  - { register: coil, address: 2, bits: "01", values: { pump: true } }
  - { register: holding, address: 0, registers: "4142 4344", values: { serial: ABCD } }
  - { register: holding, address: 2, registers: "FFFE FFFF", values: { power: -2 } }
  - { register: holding, address: 2, registers: "FFFF 7FFF", values: { power: null } }
  - { register: holding, address: 4, registers: "FFFF 007B 0002", values: { factor: -1, flow: 12.3, mode: heating } }
`;
    expect(await tried(text)).toMatchObject({ code: 0, said: [] });
  });

  test('wants a driver that takes profiles', async () => {
    const { code, said } = await tried(GOOD, '--driver', 'lines');
    expect(code).toBe(64);
    expect(said[0]).toContain('modbus-rtu');
    expect((await tried(GOOD, '--driver', 'modbus-tcp')).code).toBe(0);
  });

  test.each([[[]], [['test']], [['prove', 'x']], [['import']], [['import', 'x', '--json']]])(
    'refuses %j as wrong usage',
    async (args) => {
      expect(await profile(args, capture().io)).toBe(64);
    },
  );

  test('says why a file can not be read', async () => {
    const { io, said } = capture();
    expect(await profile(['test', '/nonexistent/m.yaml'], io)).toBe(78);
    expect(said[0]).toBe('/nonexistent/m.yaml: does not exist');
  });
});

describe('profiles of your own', () => {
  async function beside(files: Readonly<Record<string, string>>) {
    const folder = await newFolder();
    await mkdir(join(folder, 'profiles'));
    await writeFile(join(folder, 'c.yaml'), '');
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'profiles', name), text);
    return folder;
  }

  test('are listed with the shipped ones', async () => {
    const folder = await beside({ 'm1.yaml': GOOD });
    const { io, printed, said } = capture();
    expect(await profiles(['--config', join(folder, 'c.yaml'), '--json'], io)).toBe(0);
    const listed = JSON.parse(printed.join('')) as { name: string; own: boolean }[];
    expect(listed.filter(({ own }) => own).map(({ name }) => name)).toEqual(['m1']);
    expect(listed.length).toBeGreaterThan(20);
    expect(said).toEqual([]);
  });

  test('are refused where they are wrong, have the name of a shipped one, or are links', async () => {
    const folder = await beside({ 'bad.yaml': 'x: 1\n', 'eastron-sdm630.yaml': GOOD });
    await symlink(join(folder, 'profiles/bad.yaml'), join(folder, 'profiles/link.yaml'));
    const { io, said } = capture();
    expect(await profiles(['--config', join(folder, 'c.yaml')], io)).toBe(78);
    const all = said.join('\n');
    expect(all).toMatch(/profiles\/bad\.yaml:1:1: maker: is required/);
    expect(all).toMatch(/profiles\/eastron-sdm630\.yaml: a profile of this name is shipped: rename yours/);
    expect(all).toMatch(/profiles\/link\.yaml: is a symbolic link/);
  });
});

async function imported(csv: string) {
  const file = join(await newFolder(), 'list.csv');
  await writeFile(file, csv);
  const { io, printed, said } = capture();
  return { code: await profile(['import', file], io), text: printed.join('\n'), said: said.join('\n') };
}

/** The parts that are still to be filled in. */
const HEAD = `maker: M
sources: [{ kind: list, title: A list }]
`;

describe('profile import', () => {
  test('reads modpoll’s list, and says what it does not tell', async () => {
    const { code, text, said } = await imported(`device,XY-MD02,1
poll,input_register,1,2,BE_BE
ref,Temperature,1,int16,r,°C,0.1
ref,Humidity,2,int16,r,%,0.1
poll,holding_register,100,6,BE_LE
ref,Set point,100,float32,rw,°C,1
ref,odd,102,float16,r
poll,coil,0,2,BE_BE
ref,Relay 1,0,bool,rw
`);
    expect(code).toBe(0);
    expect(said).toContain('4 of 5 registers were taken');
    expect(text).toContain('#? maker: who makes the device\nmodel: "XY-MD02"');
    expect(text).toContain(
      '- { name: temperature, address: 1, scale: 0.1, type: int16, unit: "°C", label: "Temperature", register: input }',
    );
    expect(text).toContain(
      'name: set-point, address: 100, type: float32, unit: "°C", label: "Set point", wordOrder: little, register: holding',
    );
    expect(text).toContain('#? the list says that it can be written: add writable: true, with min and max');
    expect(text).toContain('name: relay-1, address: 0, type: bool, label: "Relay 1", register: coil, writable: true');
    expect(text).toMatch(/#\? line 7, left out: type must be one of/);
    // with what is asked for it is a profile
    expect(await tried(HEAD + text)).toMatchObject({ code: 0 });
    expect((await tried(text)).said).toContainEqual(expect.stringContaining('maker: is required'));
  });

  test('reads a list whose first line names its columns, with other separators, quotes and words', async () => {
    const { code, text } = await imported(
      'Name;Address;Data type;Register type;Unit;Scale;Min;Max;Writable;Description\r\n' +
        '"Voltage ""L1""";0x10;U32;Input register;V;0,01;;;;\r\n' +
        'Setpoint;40001;s16;Holding;°C;0.1;5;30;yes;"Wanted; in the room"\r\n' +
        'Setpoint;40002;s16;;;;;;;\r\n',
    );
    expect(code).toBe(0);
    expect(text).toContain('name: voltage-l1, register: input, address: 16, scale: 0.01, type: uint32');
    expect(text).toContain('min: 5, max: 30, type: int16, unit: "°C", label: "Wanted; in the room", writable: true');
    expect(text).toContain('#? 40001 may be a number of the manual: then the address is 0');
    expect(text).toContain('name: setpoint-2, register: holding, address: 40002');
    expect(await tried(`${HEAD}model: M\n${text}`)).toMatchObject({ code: 0 });
  });

  test.each([
    ['no list', 'hello'],
    ['a quote that is not closed', 'name,address,type\n"a,1,int16\n'],
    ['nothing', ''],
    ['columns that say too little', 'name,unit\na,V\n'],
    ['only rows that say nothing', 'name,address,type\na,b,c\n'],
  ])('refuses %s', async (_, csv) => {
    expect((await imported(csv)).code).toBe(78);
  });

  test('no cell breaks out of the YAML that it stands in', async () => {
    const { text } = await imported(
      'name,address,type,unit,description\n"a\n- { x: y }",1,int16,"V }, { name: b","#? \u2028 ""x"" \\ "\n',
    );
    const read = await tried(
      `${HEAD}model: M\n${text.replace(/ {2}#\?.*$/m, '  - { name: z, register: input, address: 1, type: int16 }')}`,
    );
    expect(read.printed).toContain('1 point');
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { newFolder } from '../support/folder.ts';
import { warnings } from './support.ts';

const catalogue = openCatalogue({ integrity: 'source' });

const config = (port: string, points: readonly string[], options = '{ unit: 1 }') =>
  `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: a
    port: ${port}
    devices:
      - id: m
        driver: modbus-rtu
        options: ${options}
        points:
${points.map((point) => `          - { ${point}, register: holding }`).join('\n')}
`;
const SERIAL = '{ path: /dev/ttyS0 }';
const said = (text: string) => warnings(text, { catalogue });

test('the number of a manual in place of an address is warned of at its place', async () => {
  const points = ['name: a, type: uint16, address: 40001', 'name: b, type: uint16, address: 40002'];
  expect(await said(config(SERIAL, points))).toEqual([
    'c.yaml:11:47: buses[0].devices[0].points[0].address: looks like the number that a manual gives it: addresses count from 0, so 40001 of a manual is holding 0 (and so with 1 more of these points)',
  ]);
});

test('points of several registers that overlap are warned of', async () => {
  const points = ['name: a, type: float32, address: 0', 'name: b, type: float32, address: 1'];
  expect(await said(config(SERIAL, points))).toEqual([
    expect.stringMatching(/^c\.yaml:12:\d+: buses\[0\]\.devices\[0\]\.points\[1\]\.address: lies partly in/),
  ]);
});

test('an address that is laid over a point of the profile is warned of at its place', async () => {
  const text = config(SERIAL, [], '{ unit: 1, profile: eastron-sdm120 }');
  const laid = `${text}          - { name: voltage, address: 30001 }\n`;
  const found = await said(laid);
  expect(found).toEqual([
    expect.stringMatching(/^c\.yaml:\d+:\d+: buses\[0\]\.devices\[0\]\.points\[0\]\.address: looks like/),
  ]);
});

test('a point of a profile is warned of where the profile is named, unless two sources say what it is', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'modbus/profiles'), { recursive: true });
  const found = async (...sources: readonly string[]) => {
    const points = '[{ name: v, register: input, address: 30001, type: uint16 }]';
    const profile = `{ maker: A, model: B, sources: [${sources.join(', ')}], points: ${points} }`;
    await writeFile(join(folder, 'modbus/profiles/meter.yaml'), profile);
    const text = config(SERIAL, [], '{ unit: 1, profile: meter }').replace('        points:\n', '');
    return warnings(text, { catalogue: openCatalogue({ folder, integrity: 'source' }) });
  };
  expect(await found('{ kind: vendor, title: C }')).toEqual([
    expect.stringMatching(/: buses\[0\]\.devices\[0\]\.options\.profile: looks like the number/),
  ]);
  expect(await found('{ kind: vendor, title: C }', '{ kind: list, title: D }')).toEqual([]);
});

test('7 data bits and the port of Modbus TCP are warned of once for the bus', async () => {
  const points = ['name: a, type: uint16, address: 0'];
  const second =
    '      - { id: n, driver: modbus-rtu, options: { unit: 2 }, points: [{ name: a, type: uint16, address: 0, register: holding }] }\n';
  const seven = config('{ path: /dev/ttyS0, dataBits: 7, parity: even }', points) + second;
  expect(await said(seven)).toEqual([
    expect.stringMatching(/^c\.yaml:5:\d+: buses\[0\]\.port\.dataBits: Modbus RTU needs 8 data bits/),
  ]);
  const server = config('{ host: 10.0.0.7, tcpPort: 502 }', points) + second;
  expect(await said(server)).toEqual([
    expect.stringMatching(
      /^c\.yaml:5:\d+: buses\[0\]\.port\.tcpPort: a server on port 502 speaks Modbus TCP as a rule/,
    ),
  ]);
});

test('a config without any of it is not warned of', async () => {
  expect(
    await said(config(SERIAL, ['name: a, type: float32, address: 0', 'name: b, type: float32, address: 2'])),
  ).toEqual([]);
});

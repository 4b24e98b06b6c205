import { expect, test } from 'vitest';
import { problems, warnings } from './support.ts';

/** One exchange of 17 characters at 9600 baud for each point, with its silences 25 ms. */
function bus(devices: readonly string[], { throttle = '{}', commands = '{}' } = {}): string {
  return [
    'gateway: gw',
    "mqtt: { url: 'mqtt://localhost' }",
    `commands: ${commands}`,
    'buses:',
    `  - id: a`,
    `    port: { path: /dev/ttyS0 }`,
    `    throttle: ${throttle}`,
    '    devices:',
    ...devices.map((device, index) => `      - { id: d${index}, driver: asked, ${device} }`),
    '',
  ].join('\n');
}

const point = (name: string, more = '') => `{ name: ${name}, address: 0${more} }`;
const device = (pollMs: number, points: readonly string[], timeoutMs = 20) =>
  `options: { unit: 1, timeoutMs: ${timeoutMs} }, pollMs: ${pollMs}, points: [${points.join(', ')}]`;
const several = (count: number, more = '') => Array.from({ length: count }, (_, index) => point(`p${index}`, more));

test('each device that starves is told its own part of the load', async () => {
  expect(await problems(bus([device(40, several(1)), device(100, several(2))]))).toEqual([
    expect.stringMatching(
      /devices\[0\]\.pollMs: .* the polls of the bus need 1\d\d % of its time, those of this device 6\d %$/,
    ),
    expect.stringMatching(
      /devices\[1\]\.pollMs: .* the polls of the bus need 1\d\d % of its time, those of this device 5\d %$/,
    ),
  ]);
});

test('a period is refused that is shorter than reading the whole device, at the point that asks for it', async () => {
  const points = [...several(9), point('quick', ', pollMs: 200')];
  expect(await problems(bus([device(60_000, points)]))).toEqual([
    expect.stringMatching(
      /^c\.yaml:9:\d+: .*devices\[0\]\.points\[9\]\.pollMs: the line can not keep this period: reading the whole device takes 2\d\d ms$/,
    ),
  ]);
});

test('neighbours that are held up by one big device are counted; those that all slow together name none', async () => {
  const quick = device(200, several(1));
  const big = device(60_000, several(9));
  const found = await warnings(bus([quick, quick, big, device(60_000, several(1))]));
  expect(found.filter((line) => line.includes('holds its neighbours up'))).toEqual([
    expect.stringMatching(/devices\[2\]: .* longer than the period of d0 and 1 more\./),
  ]);
  const many = await warnings(bus([quick, ...Array.from({ length: 9 }, () => device(60_000, several(1)))]));
  expect(many.some((line) => line.includes('is kept only on the average'))).toBe(true);
  expect(many.filter((line) => line.includes('holds its neighbours up'))).toEqual([]);
});

test('a period is refused that those without a period break in each turn', async () => {
  expect(await problems(bus([device(100, several(1)), device(0, several(4))]))).toEqual([
    expect.stringMatching(
      /devices\[0\]\.pollMs: .*with those that are read as often as the bus allows, a turn takes 1\d\d ms$/,
    ),
  ]);
});

test('a period that slips now and then is warned of, and so is one that only silence breaks', async () => {
  expect(await warnings(bus([device(200, several(1)), device(60_000, several(9))]))).toEqual([
    expect.stringMatching(
      /devices\[0\]\.pollMs: is kept only on the average: all devices of the bus together take 2\d\d ms$/,
    ),
    // the device that does it: the poll of one device is not interrupted by another's
    expect.stringMatching(
      /devices\[1\]: holds its neighbours up: reading it takes 2\d\d ms at a stretch, longer than the period of d0\. Split/,
    ),
  ]);
  expect(await warnings(bus([device(200, several(1)), device(60_000, several(1), 300)]))).toEqual([
    expect.stringMatching(/devices\[0\]\.pollMs: can not be kept while devices of the bus are silent$/),
  ]);
});

test('a command that would be given up behind one silent device is warned of, unless none can come', async () => {
  const devices = [device(60_000, several(1), 3000)];
  expect(await warnings(bus(devices))).toEqual([
    expect.stringMatching(
      /^c\.yaml:7:\d+: buses\[0\]\.throttle\.maxWaitMs: a command can be given up .* up to 30\d\d ms$/,
    ),
  ]);
  expect(await warnings(bus(devices, { throttle: '{ maxWaitMs: 3100 }' }))).toEqual([]);
  expect(await warnings(bus(devices, { commands: '{ enabled: false }' }))).toEqual([]);
  expect(await warnings(bus(devices, { commands: '{ allow: [ping, pause] }' }))).toEqual([]);
  expect(await warnings(bus(devices.map((each) => `${each}, commands: { allow: [pause] }`)))).toEqual([]);
});

test('a gap counts for what the line can carry, and not against what an operation may take', async () => {
  const gapped = (throttle: string, pollMs: number) => bus([device(pollMs, several(1), 250)], { throttle });
  expect(await problems(gapped('{ gapMs: 200, maxRunMs: 300 }', 1000))).toEqual([]);
  expect(await problems(gapped('{ gapMs: 10000 }', 1000))).toEqual([
    expect.stringMatching(/devices\[0\]\.pollMs: the line can not keep this period: .* need 10\d\d % of its time$/),
  ]);
});

test('a device is warned of whose turn comes more seldom than it may be stale', async () => {
  const throttle = '{ gapMs: 10000, maxWaitMs: 60000 }';
  const offline =
    /devices\[0\]\.staleAfterMs: the device will be offline between two polls: a turn .* takes 100\d\d ms$/;
  expect(await warnings(bus([device(0, several(1))], { throttle }))).toEqual([expect.stringMatching(offline)]);
  expect(await warnings(bus([`${device(0, several(1))}, staleAfterMs: 30000`], { throttle }))).toEqual([]);
});

test('a device’s rest is its own: its period may be refused for it, that of a neighbour is not', async () => {
  const resting = (pollMs: number) => `${device(pollMs, several(5))}, minGapMs: 100`;
  expect(await problems(bus([resting(500), device(200, several(1))]))).toEqual([
    expect.stringMatching(/devices\[0\]\.pollMs: .* reading the whole device takes 6\d\d ms$/),
  ]);
  expect(await problems(bus([resting(700), device(200, several(1))]))).toEqual([]);
});

test('a device that changes its line is refused on a raw TCP port, at its driver, and taken on a tty', async () => {
  for (const [needs, why] of [
    ['line-speed', 'change the speed of its line'],
    ['break', 'send a break'],
  ]) {
    const text = bus([`options: { unit: 1, needs: ${needs} }, points: [${point('p0')}]`]);
    expect(await problems(text)).toEqual([]);
    expect(await problems(text.replace('path: /dev/ttyS0', 'host: 10.0.0.9, tcpPort: 4001'))).toEqual([
      expect.stringMatching(
        `^c\\.yaml:9:\\d+: buses\\[0\\]\\.devices\\[0\\]\\.driver: needs a serial port of this machine: it must ${why},`,
      ),
    ]);
  }
});

test('a device that speaks over TCP is refused on a tty, at its driver, and taken on a TCP port', async () => {
  const text = bus([`options: { unit: 1, needs: network }, points: [${point('p0')}]`]);
  expect(await problems(text)).toEqual([
    expect.stringMatching(
      /^c\.yaml:9:\d+: buses\[0\]\.devices\[0\]\.driver: speaks over TCP: its bus needs a port with host and tcpPort/,
    ),
  ]);
  expect(await problems(text.replace('path: /dev/ttyS0', 'host: 10.0.0.9, tcpPort: 502'))).toEqual([]);
});

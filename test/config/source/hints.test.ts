import { afterAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../config/limits.ts';
import { unitOf } from '../../../config/source/units.ts';
import { LIMITS as MODBUS_LIMITS } from '../../../drivers/modbus/limits.ts';
import { removeFolders } from '../../support/folder.ts';
import { minimal, problems } from '../support.ts';

afterAll(removeFolders);

const QUOTED = ': the quotes make it a text, write it without them';
const ALONE = ': write the number alone, without a unit';
const TEXTS = ': yes, no, on and off are texts in YAML 1.2';

/** A config with one line of its own, the fifth one; its messages without the file. */
async function told(line: string): Promise<readonly string[]> {
  const text = `gateway: gw
buses:
  - { id: a, port: { path: /dev/ttyS0 } }
mqtt: { url: 'mqtt://127.0.0.1' }
${line}
`;
  return (await problems(text)).map((each) => each.replace('c.yaml:', ''));
}

/** The one message for these keys of the port, or for the gap of the bus. */
async function ofPort(keys: string, gapMs = '0'): Promise<string> {
  const bus = `{ path: /dev/ttyS0, parity: even, ${keys} }\n    throttle: { gapMs: ${gapMs} }`;
  const said = await problems(minimal().replace('{ path: /dev/ttyS0 }', bus));
  expect(said).toHaveLength(1);
  return said[0]?.replace(/^c\.yaml:[67]:\d+: buses\[0\]\./, '') ?? '';
}

describe('a number of another unit', () => {
  test.each([
    ['outbox: { syncIntervalMs: 5s }', '5:27: outbox.syncIntervalMs: must be a whole number of ms: write 5000'],
    ['outbox: { syncIntervalMs: 1.5 s }', '5:27: outbox.syncIntervalMs: must be a whole number of ms: write 1500'],
    ['outbox: { syncIntervalMs: 2min }', '5:27: outbox.syncIntervalMs: must be a whole number of ms: write 120000'],
    ['commands: { maxAgeMs: "1m" }', '5:23: commands.maxAgeMs: must be a whole number of ms: write 60000'],
    ['outbox: { maxBytes: 64KiB }', '5:21: outbox.maxBytes: must be a whole number of bytes: write 65536'],
    ['outbox: { maxBytes: 64MiB }', '5:21: outbox.maxBytes: must be a whole number of bytes: write 67108864'],
  ])('is told with the number that it would be: %s', async (line, message) => {
    expect(await told(line)).toEqual([message]);
  });

  test.each([
    ['the unit of the key', 'outbox: { syncIntervalMs: 500ms }', `of ms${ALONE}`],
    ['a unit that some read one way and some the other', 'outbox: { maxBytes: 64K }', `of bytes${ALONE}`],
    ['a unit of something else', 'outbox: { maxBytes: 5s }', `of bytes${ALONE}`],
    ['less than the smallest number', 'outbox: { syncIntervalMs: 1us }', `of ms${ALONE}`],
    ['no whole number of the unit', 'outbox: { syncIntervalMs: 100.0005s }', `of ms${ALONE}`],
    ['an inherited name', 'outbox: { syncIntervalMs: 5 constructor }', `of ms${ALONE}`],
    ['no number at all', 'outbox: { syncIntervalMs: soon }', 'of ms'],
  ])('is told without a number where it has %s', async (_, line, message) => {
    expect(await told(line)).toEqual([expect.stringMatching(`must be a whole number ${message}$`)]);
  });

  test('is told with the bounds where it is out of them', async () => {
    expect(await told('commands: { maxAgeMs: 30h }')).toEqual([
      '5:23: commands.maxAgeMs: must be a whole number of ms, 1000 to 600000',
    ]);
  });

  test('may have lost its unit: then the bounds have it', async () => {
    expect(await told('commands: { maxAgeMs: 30 }')).toEqual(['5:23: commands.maxAgeMs: must be 1000 to 600000 ms']);
    expect(await told('outbox: { backfillPerS: 0 }')).toEqual(['5:25: outbox.backfillPerS: must be 1 to 100000']);
  });

  test('is no baud rate, and no silence on a line', async () => {
    expect(await ofPort('baudRate: 9600 baud')).toBe(`port.baudRate: must be a whole number of baud${ALONE}`);
    expect(await ofPort('baudRate: 19.2 kbaud')).toBe('port.baudRate: must be a whole number of baud: write 19200');
    expect(await ofPort('', '0.5 s')).toBe('throttle.gapMs: must be a number of ms: write 500');
  });

  test('is told of options and points of a driver, too', async () => {
    const [option] = await problems(minimal().replace('unit: 1', 'unit: 1, timeoutMs: 1s'));
    expect(option).toMatch(/devices\[0\]\.options\.timeoutMs: must be a whole number of ms: write 1000$/);
    const [point] = await problems(minimal().replace('address: 0', 'address: 0, pollMs: 1h'));
    expect(point).toMatch(/devices\[0\]\.points\[0\]\.pollMs: must be a whole number of ms: write 3600000$/);
  });

  test('has the unit that its limit says: each key is named after it', () => {
    const limits = [
      ...Object.values(LIMITS).flatMap((group) => Object.entries(group)),
      ...Object.entries(MODBUS_LIMITS),
    ];
    expect(limits.length).toBeGreaterThan(40);
    for (const [key, { unit }] of limits) {
      const counted = unit === '' || /^(?:registers|coils|requests)/.test(unit);
      expect(unitOf(key), key).toBe(counted ? undefined : unit);
    }
  });
});

describe('a number in quotes is told to be a text', () => {
  test.each(['"9600"', "'9600'", '"-1.5e3"', '"0x2580"', '"0o22600"'])('%s', async (text) => {
    expect(await ofPort(`baudRate: ${text}`)).toBe(`port.baudRate: must be a whole number${QUOTED}`);
  });

  test('also where only some numbers are taken, and where a fraction is', async () => {
    expect(await ofPort('stopBits: "1"')).toBe(`port.stopBits: must be one of 1, 2${QUOTED}`);
    expect(await ofPort('', '"0.5"')).toBe(`throttle.gapMs: must be a number${QUOTED}`);
  });

  test('but not what is none without them', async () => {
    expect(await ofPort('stopBits: "3"')).toBe('port.stopBits: must be one of 1, 2');
    expect(await ofPort('stopBits: one')).toBe('port.stopBits: must be one of 1, 2');
  });
});

test.each([
  ['baudRate: 9_600', '0', 'port.baudRate: must be a whole number: write its digits alone'],
  ["baudRate: 9'600", '0', 'port.baudRate: must be a whole number: write its digits alone'],
  ['', '"0,5"', 'throttle.gapMs: must be a number: a fraction begins with a point'],
])('a number as some people write it is none: %s', async (keys, gapMs, message) => {
  expect(await ofPort(keys, gapMs)).toBe(message);
});

test.each([
  ['yes', `${TEXTS}, write true`],
  ['on', `${TEXTS}, write true`],
  ['Yes', `${TEXTS}, write true`],
  ['no', `${TEXTS}, write false`],
  ['off', `${TEXTS}, write false`],
  ['OFF', `${TEXTS}, write false`],
  ['"true"', QUOTED],
  ["'False'", QUOTED],
  ['1', ''],
  ['enabled', ''],
  ['{ yes: true }', ''],
])('%s is neither true nor false', async (text, why) => {
  expect(await told(`commands: { enabled: ${text} }`)).toEqual([`5:22: commands.enabled: must be true or false${why}`]);
});

test.each([
  ['42', ': put the number in quotes'],
  ['9007199254740993', ': put the number in quotes'],
  ['true', ': put true and false in quotes'],
  ['[a]', ''],
  ['~', ': nothing stands behind the key'],
])('%s is no text', async (text, why) => {
  expect(await told(`sparkplug: { groupId: ${text} }`)).toEqual([`5:23: sparkplug.groupId: must be text${why}`]);
});

test('what is empty is told to be empty, and a list that is none how it begins', async () => {
  expect(await told('metrics:')).toEqual([expect.stringMatching(/^5:9: metrics: must be a mapping/)]);
  expect(await told('outbox: { maxBytes: }')).toEqual([
    expect.stringMatching(/outbox\.maxBytes: must be a whole number: nothing stands behind the key$/),
  ]);
  expect(await told('commands: { allow: { read: true } }')).toEqual([
    '5:20: commands.allow: must be a list: each entry begins with "- "',
  ]);
});

test('where more than one kind of value is taken, nothing is guessed', async () => {
  const refused = minimal().replace(
    'address: 0',
    'address: 0, writable: true, writableWhen: { point: q, equals: [] } }, { name: q, address: 1',
  );
  expect(await problems(refused)).toEqual([expect.stringMatching(/equals: must be a number, true, false or a text$/)]);
});

describe('a key in the wrong mapping', () => {
  test.each([
    ['not deep enough', 'baudRate: 9600', 'unknown key here: it belongs into `port`', ''],
    ['too deep', '', 'unknown key here: it belongs beside `port`, and not into it', ', throttle: { gapMs: 1 }'],
  ])('is told where it belongs: %s', async (_, bus, message, port) => {
    const text = minimal()
      .replace('/dev/ttyS0', `/dev/ttyS0${port}`)
      .replace('- id: a', bus === '' ? '- id: a' : `- id: a\n    ${bus}`);
    expect(await problems(text)).toEqual([expect.stringMatching(`(?:baudRate|throttle): ${message}$`)]);
  });

  test('goes before a key of a like name', async () => {
    expect(await told('maxAgeMs: 1000')).toEqual(['5:1: maxAgeMs: unknown key here: it belongs into `commands`']);
  });
});

test('no number comes back but one of another unit: what was written stays unsaid', async () => {
  for (const written of ['"86421357"', '86421357 ms', '86421357 furlongs', '864213570000000000ms']) {
    expect((await told(`outbox: { syncIntervalMs: ${written} }`)).join()).not.toContain('8642135');
  }
});

test('a long text is not looked at, whatever it looks like', async () => {
  expect(await told(`outbox: { syncIntervalMs: "${'1'.repeat(500_000)}" }`)).toEqual([
    '5:27: outbox.syncIntervalMs: must be a whole number of ms',
  ]);
  expect(await told(`outbox: { syncIntervalMs: "${'1_'.repeat(400_000)}s" }`)).toHaveLength(1);
});

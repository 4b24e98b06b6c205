import { expect, test } from 'vitest';
import { pemFiles } from './pem.ts';
import { minimal, problems, warnings } from './support.ts';

function mqtt(section: string): string {
  return minimal().replace("{ url: 'mqtt://127.0.0.1' }", section);
}

async function of(text: string, files: Record<string, string> = {}): Promise<readonly string[]> {
  return (await problems(text, { files })).map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''));
}

const { cert, key } = await pemFiles();
const FILES = { 'a.pem': cert, 'b.key': key, pw: 'x' };

test.each([
  "{ url: 'mqtt://localhost' }",
  "{ url: 'mqtt://LocalHost:1883/' }",
  "{ url: 'mqtt://127.3.4.5:1883' }",
  "{ url: 'mqtt://[::1]:1883' }",
  "{ url: 'mqtts://[2001:db8::1]:8883' }",
  "{ url: 'mqtt://broker.example', allowPlaintext: true }",
  "{ url: 'mqtts://broker-1.example.' }",
  "{ url: 'mqtts://b', caFile: a.pem, certFile: a.pem, keyFile: b.key, username: u, passwordFile: pw }",
  "{ url: 'mqtts://b', username: 'hub.example/device-1/?api-version=2021' }",
  "{ url: 'mqtts://b', topicPrefix: a/b/c/d_e }",
  "{ url: 'mqtts://b', topicPrefix: Acme/Plant7/Line-2/v1.0/$x/_ }",
  "{ url: 'mqtts://b', reconnectMinMs: 5000, reconnectMaxMs: 5000 }",
  "{ url: 'mqtts://b', fallbackUrls: [], returnAfterMs: 10000 }",
  "{ url: 'mqtts://b', fallbackUrls: ['mqtts://c', 'mqtts://b:8884', 'mqtt://b', 'mqtts://e', 'mqtts://f', 'mqtts://g', 'mqtts://h'], allowPlaintext: true }",
  "{ url: 'mqtts://b', fallbackUrls: ['mqtt://localhost'], caFile: a.pem }",
])('this connection is good: %s', async (section) => {
  expect(await of(mqtt(section), FILES)).toEqual([]);
});

const FORM = 'mqtt.url: must be mqtts://HOST:PORT or wss://HOST:PORT/PATH, without credentials and query';
const PLAIN = 'mqtt.url: must be mqtts:// or wss:// off the loopback, unless allowPlaintext is true';

test.each([
  ['{}', 'mqtt.url: is required'],
  ['{ url: 5 }', 'mqtt.url: must be text: put the number in quotes'],
  ["{ url: 'https://b' }", FORM],
  ["{ url: 'mqtts://' }", FORM],
  ["{ url: 'mqtts://u:p@b' }", FORM],
  ["{ url: 'mqtts://u@b' }", FORM],
  ["{ url: 'mqtts://b/topic' }", FORM],
  ["{ url: 'mqtts://b?x=1' }", FORM],
  ["{ url: 'mqtts://b#x' }", FORM],
  ["{ url: 'mqtts://b:0' }", FORM],
  ["{ url: 'mqtts://b:65536' }", FORM],
  ["{ url: 'mqtts://1.2.3.999' }", FORM],
  ["{ url: 'mqtts://[1.2.3.4]' }", FORM],
  ["{ url: 'mqtts://2001:db8::1' }", FORM],
  ["{ url: 'mqtts://a b' }", FORM],
  ["{ url: 'mqtt://broker.example' }", PLAIN],
  ["{ url: 'mqtt://127.0.0.1.example' }", PLAIN],
  ["{ url: 'mqtt://localhost.example' }", PLAIN],
  ["{ url: 'mqtt://broker.example', allowPlaintext: false }", PLAIN],
  ["{ url: 'mqtt://localhost', caFile: a.pem }", 'mqtt.caFile: has no meaning without TLS: use mqtts:// or wss://'],
  [
    "{ url: 'mqtt://localhost', fallbackUrls: ['mqtt://[::1]'], caFile: a.pem }",
    'mqtt.caFile: has no meaning without TLS: use mqtts:// or wss://',
  ],
  ["{ url: 'mqtts://b', fallbackUrls: 'mqtts://c' }", 'mqtt.fallbackUrls: must be a list'],
  ["{ url: 'mqtts://b', fallbackUrls: ['mqtts://c', 'c'] }", FORM.replace('url', 'fallbackUrls[1]')],
  ["{ url: 'mqtts://b', fallbackUrls: ['mqtt://c'] }", PLAIN.replace('url', 'fallbackUrls[0]')],
  [
    "{ url: 'mqtts://b', fallbackUrls: ['mqtts://B:8883/'] }",
    'mqtt.fallbackUrls[0]: names a broker that stands before it',
  ],
  [
    "{ url: 'mqtts://b', fallbackUrls: ['mqtts://c', 'mqtts://d', 'mqtts://c'] }",
    'mqtt.fallbackUrls[2]: names a broker that stands before it',
  ],
  [
    "{ url: 'mqtts://b', fallbackUrls: ['mqtts://1', 'mqtts://2', 'mqtts://3', 'mqtts://4', 'mqtts://5', 'mqtts://6', 'mqtts://7', 'mqtts://8'] }",
    'mqtt.fallbackUrls: must have at most 7 entries',
  ],
  ["{ url: 'mqtts://b', returnAfterMs: 9999 }", 'mqtt.returnAfterMs: must be 10000 to 86400000 ms'],
  ["{ url: 'mqtts://b', certFile: a.pem }", 'mqtt.certFile: needs keyFile'],
  ["{ url: 'mqtts://b', keyFile: b.key }", 'mqtt.keyFile: needs certFile'],
  ["{ url: 'mqtts://b', passwordFile: pw }", 'mqtt.passwordFile: needs username'],
  [
    "{ url: 'mqtts://b', username: 'two words' }",
    'mqtt.username: must be 1 to 128 printable ASCII characters without spaces',
  ],
  ["{ url: 'mqtts://b', protocolVersion: 3 }", 'mqtt.protocolVersion: must be one of 5, 4, auto'],
  [
    "{ url: 'mqtts://b', protocolVersion: '5' }",
    'mqtt.protocolVersion: must be one of 5, 4, auto: the quotes make it a text, write it without them',
  ],
  [
    "{ url: 'mqtts://b', allowPlaintext: yes }",
    'mqtt.allowPlaintext: must be true or false: yes, no, on and off are texts in YAML 1.2, write true',
  ],
  [
    "{ url: 'mqtts://b', topicPrefix: 'a/#' }",
    'mqtt.topicPrefix: must be 1 to 6 topic levels of A-Z, a-z, 0-9, _, ., $ and -, with / between them',
  ],
  ...['$share/a', '$SYS', 'a//b', 'a/b/c/d/e/f/g', ''].map((prefix) => [
    `{ url: 'mqtts://b', topicPrefix: '${prefix}' }`,
    'mqtt.topicPrefix: must be 1 to 6 topic levels of A-Z, a-z, 0-9, _, ., $ and -, with / between them',
  ]),
  ["{ url: 'mqtts://b', keepaliveMs: 4999 }", 'mqtt.keepaliveMs: must be 5000 to 600000 ms'],
  ["{ url: 'mqtts://b', keepaliveMs: .nan }", 'mqtt.keepaliveMs: must be a whole number of ms'],
  ["{ url: 'mqtts://b', keepaliveMs: .inf }", 'mqtt.keepaliveMs: must be a whole number of ms'],
  ["{ url: 'mqtts://b', keepaliveMs: 5000.5 }", 'mqtt.keepaliveMs: must be a whole number of ms'],
  [
    "{ url: 'mqtts://b', keepaliveMs: '30000' }",
    'mqtt.keepaliveMs: must be a whole number: the quotes make it a text, write it without them',
  ],
  [
    "{ url: 'mqtts://b', reconnectMinMs: 5000, reconnectMaxMs: 4999 }",
    'mqtt.reconnectMaxMs: reconnectMaxMs must not be below reconnectMinMs',
  ],
  [
    "{ url: 'mqtts://b', passwordFile: missing, username: u }",
    'mqtt.passwordFile: must be a readable file, among the credentials or beside the config',
  ],
  [
    "{ url: 'mqtts://b', passwordFile: ../pw, username: u }",
    'mqtt.passwordFile: must be a plain path: no empty, . or .. segment, no control character',
  ],
])('this connection is refused: %s', async (section, message) => {
  expect(await of(mqtt(section), FILES)).toContain(message);
});

test('what belongs together is judged also where something else is wrong', async () => {
  expect(await of(mqtt("{ url: 'mqtts://b', keyFile: b.key, keepaliveMs: x, unknown: 1 }"), FILES)).toEqual([
    expect.stringContaining('mqtt.keyFile: needs certFile'),
    'mqtt.keepaliveMs: must be a whole number of ms',
    expect.stringContaining('mqtt.unknown: unknown key'),
  ]);
});

function port(section: string): string {
  return minimal().replace('{ path: /dev/ttyS0 }', section);
}

test.each([
  '{ path: /dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0, baudRate: 115200, dataBits: 7, parity: odd, stopBits: 2 }',
  '{ host: moxa.example, tcpPort: 4001 }',
  "{ host: '2001:db8::1', tcpPort: 65535, echo: true }",
])('this port is good: %s', async (section) => {
  expect(await of(port(section))).toEqual([]);
});

const PATH = 'buses[0].port.path: must be the path of a serial port, best one of /dev/serial/by-id/…';

test.each([
  ['5', 'buses[0].port: must be a mapping'],
  ['{}', 'buses[0].port.path: is required'],
  ['{ path: ttyS0 }', PATH],
  ['{ path: /dev/../etc/passwd }', PATH],
  ['{ path: "/dev/ttyS0\\0x" }', PATH],
  [
    '{ path: /dev/ttyS0, baudRate: 9601 }',
    'buses[0].port.baudRate: must be a standard baud rate: 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 or another from 300 to 4000000',
  ],
  ['{ path: /dev/ttyS0, baudRate: -5 }', expect.stringContaining('must be a standard baud rate')],
  ['{ path: /dev/ttyS0, dataBits: 5 }', 'buses[0].port.dataBits: must be one of 8, 7'],
  ['{ path: /dev/ttyS0, parity: mark }', 'buses[0].port.parity: must be one of none, even, odd'],
  ['{ path: /dev/ttyS0, stopBits: 1.5 }', 'buses[0].port.stopBits: must be one of 1, 2'],
  ['{ path: /dev/ttyS0, vmin: 0 }', expect.stringContaining('buses[0].port.vmin: unknown key')],
  ['{ path: /dev/ttyS0, host: h }', expect.stringContaining('unknown key')],
  ['{ host: h }', 'buses[0].port.tcpPort: is required'],
  ['{ host: h, tcpPort: 0 }', 'buses[0].port.tcpPort: must be 1 to 65535'],
  ["{ host: 'a b', tcpPort: 1 }", 'buses[0].port.host: must be a host name or an IP address'],
  ["{ host: '10.0.0.300', tcpPort: 1 }", 'buses[0].port.host: must be a host name or an IP address'],
  ['{ path: /dev/ttyS0, reopenMinMs: 40000 }', 'buses[0].port.reopenMinMs: reopenMaxMs must not be below reopenMinMs'],
])('this port is refused: %s', async (section, message) => {
  expect(await of(port(section))).toContainEqual(message);
});

test('one port belongs to one bus', async () => {
  const text = `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - { id: a, port: { path: /dev/ttyS0 } }
  - { id: b, port: { path: /dev/ttyS0 } }
  - { id: c, port: { host: Moxa.example, tcpPort: 4001 } }
  - { id: d, port: { host: moxa.example., tcpPort: 4001 } }
  - { id: e, port: { host: moxa.example, tcpPort: 4002 } }
`;
  expect(await problems(text)).toEqual([
    'c.yaml:5:28: buses[1].port.path: another bus has this port',
    'c.yaml:7:52: buses[3].port.tcpPort: another bus has this port',
  ]);
});

test('ids are unique: of buses, and of devices in the whole gateway', async () => {
  const text = `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - { id: a, port: { path: /dev/ttyS0 }, devices: [{ id: x, driver: talks }] }
  - { id: a, port: { path: /dev/ttyS1 }, devices: [{ id: x, driver: talks }, { id: a, driver: talks }] }
`;
  expect(await problems(text)).toEqual([
    'c.yaml:5:11: buses[1].id: another bus has this id',
    'c.yaml:5:58: buses[1].devices[0].id: another device has this id',
  ]);
});

test.each([
  ['id: M', 'id: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  ['id: a/b', 'id: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  ['id: +', 'id: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  ['id: reply', expect.stringContaining('id: must not be one of command, status, availability, reply')],
  ['id: 5', 'id: must be text: put the number in quotes'],
])('this device id is refused: %s', async (id, message) => {
  const found = await of(minimal().replace('id: m,', `${id},`));
  expect(found).toEqual([expect.stringMatching(/^buses\[0\]\.devices\[0\]\./)]);
  expect(found[0]?.replace('buses[0].devices[0].', '')).toEqual(message);
});

test.each([
  ['options: 5', 'options: must be a mapping'],
  ['points: 5', 'points: must be a list'],
  ['points: [5]', 'points[0]: must be a mapping'],
  ['pollMs: 86400001', 'pollMs: must be 0 to 86400000 ms'],
  ['heartbeatMs: 0', 'heartbeatMs: must be 1000 to 86400000 ms'],
  ['offlineAfter: 0', 'offlineAfter: must be 1 to 100'],
  ['probeMinMs: 5000, probeMaxMs: 4000', 'probeMaxMs: probeMaxMs must not be below probeMinMs'],
  ['commands: { allow: [reopen] }', 'commands.allow[0]: must be one of read, write, pause, resume'],
  ['commands: { allow: [read, read, read, read, read] }', 'commands.allow: must have at most 4 entries'],
  ['driver: __proto__', 'driver: must be the name of a driver; see `fieldward drivers`'],
  ['driver: constructor', 'driver: must be one of asked, broken, talks'],
])('this device is refused: %s', async (keys, message) => {
  const text = `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - { id: a, port: { path: /dev/ttyS0 }, devices: [{ id: x, ${keys.startsWith('driver') ? '' : 'driver: talks, '}${keys} }] }
`;
  expect((await of(text)).map((line) => line.replace('buses[0].devices[0].', ''))).toContain(message);
});

test('the points of a device have different names', async () => {
  const text = minimal().replace('{ name: p, address: 0 }', '{ name: p, address: 0 }, { name: p, address: 1 }');
  expect(await of(text)).toEqual(['buses[0].devices[0].points[1].name: another point of the device has this name']);
});

test.each([
  ['buses: []', 'buses: must have 1 to 32 entries'],
  ['buses: {}', 'buses: must be a list: each entry begins with "- "'],
  ['buses:', 'buses: must be a list: nothing stands behind the key'],
  ['', 'buses: is required'],
  [
    `buses: [${Array.from({ length: 33 }, (_, n) => `{ id: b${n}, port: { path: /dev/t${n} } }`).join()}]`,
    'buses: must have 1 to 32 entries',
  ],
])('the amount of buses is bounded: %.20s', async (buses, message) => {
  expect(await of(`gateway: gw\nmqtt: { url: mqtts://b }\n${buses}\n`)).toEqual([message]);
});

test.each([
  ['mqtt: 5', 'mqtt: must be a mapping'],
  ['mqtt: [a]', 'mqtt: must be a mapping'],
  ['mqtt:', 'mqtt: must be a mapping'],
  ['outbox: text', 'outbox: must be a mapping'],
  ['commands: true', 'commands: must be a mapping'],
  ['log: info', 'log: must be a mapping'],
  ['log: { level: { a: { b: 1 } } }', 'log.level: must be one of error, warn, info, debug'],
  ['log: { level: [info] }', 'log.level: must be one of error, warn, info, debug'],
  [
    'outbox: { directory: relative }',
    'outbox.directory: must be an absolute path: no empty, . or .. segment, no control character',
  ],
  [
    'outbox: { directory: /a/../b }',
    'outbox.directory: must be an absolute path: no empty, . or .. segment, no control character',
  ],
  ['outbox: { whenFull: explode }', 'outbox.whenFull: must be one of drop-oldest, drop-newest, thin'],
  ['outbox: { maxBytes: 65535 }', 'outbox.maxBytes: must be 65536 to 17179869184 bytes'],
  ['constructor: { prototype: { polluted: 1 } }', expect.stringContaining('constructor: unknown key')],
  ['log: { constructor: { prototype: { polluted: 1 } } }', 'log.constructor: unknown key; known here: level'],
])('a section that is wrong is refused without more ado: %s', async (section, message) => {
  const base = minimal(section).replace(
    section.startsWith('mqtt') ? "mqtt: { url: 'mqtt://127.0.0.1' }\n" : '-',
    section.startsWith('mqtt') ? '' : '-',
  );
  expect(await of(base)).toEqual([message]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('plaintext behind TLS is warned of, though it is allowed', async () => {
  const warned = async (section: string) => {
    const text = minimal().replace("{ url: 'mqtt://127.0.0.1' }", section);
    return (await warnings(text)).map((line) => line.replace(/^.*?: /, ''));
  };
  const list = "['mqtts://c', 'mqtt://d', 'mqtt://localhost']";
  expect(await warned(`{ url: 'mqtts://b', fallbackUrls: ${list}, allowPlaintext: true }`)).toEqual([
    'mqtt.fallbackUrls[1]: who cuts off the brokers before it gets the password and all readings in plaintext',
  ]);
  expect(await warned("{ url: 'mqtt://b', fallbackUrls: ['mqtts://c'], allowPlaintext: true }")).toEqual([]);
});

test.each(['', '5', 'text', '[]', '~'])('a file that is no mapping is refused: %j', async (text) => {
  expect(await problems(text)).toEqual(['c.yaml:1:1: must be a mapping']);
});

test('a file that is no text or too large is refused', async () => {
  expect(await of('')).not.toEqual([]);
  expect(await problems(new Uint8Array([0xff, 0xfe, 0x00]))).toEqual(['c.yaml: must be UTF-8 text']);
  expect(await problems(' '.repeat(1_048_577))).toEqual(['c.yaml: is larger than 1048576 bytes']);
});

import { expect, test } from 'vitest';
import { VARIABLES } from '../../../config/source/environment.ts';
import { good, minimal, problems } from '../support.ts';

test('every scalar outside lists has a variable, and nothing else', () => {
  expect(VARIABLES.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'FIELDWARD_GATEWAY text',
    'FIELDWARD_MQTT__URL text',
    'FIELDWARD_MQTT__PROXY text',
    'FIELDWARD_MQTT__PROXY_CREDENTIALS_FILE text',
    'FIELDWARD_MQTT__PROTOCOL_VERSION integer-or-word',
    'FIELDWARD_MQTT__TOPIC_PREFIX text',
    'FIELDWARD_MQTT__VALUES boolean',
    'FIELDWARD_MQTT__META boolean',
    'FIELDWARD_MQTT__ALLOW_PLAINTEXT boolean',
    'FIELDWARD_MQTT__USERNAME text',
    'FIELDWARD_MQTT__PASSWORD_FILE text',
    'FIELDWARD_MQTT__CA_FILE text',
    'FIELDWARD_MQTT__CERT_FILE text',
    'FIELDWARD_MQTT__KEY_FILE text',
    'FIELDWARD_MQTT__KEEPALIVE_MS integer',
    'FIELDWARD_MQTT__CONNECT_TIMEOUT_MS integer',
    'FIELDWARD_MQTT__RECONNECT_MIN_MS integer',
    'FIELDWARD_MQTT__RECONNECT_MAX_MS integer',
    'FIELDWARD_MQTT__RETURN_AFTER_MS integer',
    'FIELDWARD_HOME_ASSISTANT__DISCOVERY_PREFIX text',
    'FIELDWARD_HOME_ASSISTANT__STATUS_TOPIC text',
    'FIELDWARD_SPARKPLUG__GROUP_ID text',
    'FIELDWARD_SPARKPLUG__EDGE_NODE_ID text',
    'FIELDWARD_SPARKPLUG__PRIMARY_HOST text',
    'FIELDWARD_SPARKPLUG__ALIASES boolean',
    'FIELDWARD_SPARKPLUG__URL text',
    'FIELDWARD_SPARKPLUG__USERNAME text',
    'FIELDWARD_SPARKPLUG__PASSWORD_FILE text',
    'FIELDWARD_SPARKPLUG__CA_FILE text',
    'FIELDWARD_SPARKPLUG__CERT_FILE text',
    'FIELDWARD_SPARKPLUG__KEY_FILE text',
    'FIELDWARD_METRICS__TEXTFILE__PATH text',
    'FIELDWARD_METRICS__TEXTFILE__EVERY_MS integer',
    'FIELDWARD_METRICS__OTLP__URL text',
    'FIELDWARD_METRICS__OTLP__HEADERS_FILE text',
    'FIELDWARD_METRICS__OTLP__CA_FILE text',
    'FIELDWARD_METRICS__OTLP__EVERY_MS integer',
    'FIELDWARD_OUTBOX__DIRECTORY text',
    'FIELDWARD_OUTBOX__MAX_BYTES integer',
    'FIELDWARD_OUTBOX__WHEN_FULL text',
    'FIELDWARD_OUTBOX__SYNC_INTERVAL_MS integer',
    'FIELDWARD_OUTBOX__BACKFILL_PER_S integer',
    'FIELDWARD_COMMANDS__ENABLED boolean',
    'FIELDWARD_COMMANDS__MAX_AGE_MS integer',
    'FIELDWARD_COMMANDS__DIRECTORY text',
    'FIELDWARD_COMMANDS__REQUIRE_CLOCK boolean',
    'FIELDWARD_COMMANDS__AUDIT_MAX_BYTES integer',
    'FIELDWARD_LOG__LEVEL text',
  ]);
});

test('the environment goes before the file, the file before the defaults', async () => {
  const text = minimal('log: { level: warn }\ncommands: { maxAgeMs: 2000 }');
  const environment = {
    FIELDWARD_GATEWAY: 'other',
    FIELDWARD_MQTT__URL: 'mqtts://broker.example:8883',
    FIELDWARD_MQTT__PROTOCOL_VERSION: '4',
    FIELDWARD_COMMANDS__ENABLED: 'false',
    FIELDWARD_LOG__LEVEL: 'debug',
  };
  const { config } = await good(text, { environment });
  expect(config.gateway).toBe('other');
  expect(config.mqtt).toMatchObject({ url: 'mqtts://broker.example:8883', protocolVersion: 4 });
  expect(config.commands).toMatchObject({ enabled: false, maxAgeMs: 2_000 });
  expect(config.log.level).toBe('debug');
});

test('the environment can give a whole section that the file lacks', async () => {
  const text = minimal().replace("mqtt: { url: 'mqtt://127.0.0.1' }\n", '');
  expect(await problems(text)).toEqual(['c.yaml:1:1: mqtt.url: is required']);
  const { config } = await good(text, { environment: { FIELDWARD_MQTT__URL: 'mqtts://b' } });
  expect(config.mqtt.url).toBe('mqtts://b');
});

test.each([
  ['FIELDWARD_COMMANDS__ENABLED', 'yes', 'must be true or false'],
  ['FIELDWARD_COMMANDS__ENABLED', 'no', 'must be true or false'],
  ['FIELDWARD_COMMANDS__ENABLED', '0', 'must be true or false'],
  ['FIELDWARD_COMMANDS__ENABLED', 'TRUE', 'must be true or false'],
  ['FIELDWARD_COMMANDS__ENABLED', '', 'must be true or false'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '5s', 'must be a whole number, digits only, in ms: write 5000'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '3e4', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '30000.0', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', ' 30000', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '0x7530', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '+30000', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '', 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '9'.repeat(16), 'must be a whole number, digits only, in ms'],
  ['FIELDWARD_MQTT__KEEPALIVE_MS', '-5', 'must be 5000 to 600000 ms'],
  ['FIELDWARD_LOG__LEVEL', 'loud', 'must be one of error, warn, info, debug'],
  [
    'FIELDWARD_MQTT__URL',
    'mqtt://u:p@b',
    'must be mqtts://HOST:PORT or wss://HOST:PORT/PATH, without credentials and query',
  ],
  ['FIELDWARD_MQTT__KEEPALIVE', '30000', 'unknown variable; did you mean FIELDWARD_MQTT__KEEPALIVE_MS?'],
  ['FIELDWARD_BUSES__0__ID', 'a', 'unknown variable'],
  ['FIELDWARD_MQTT_URL', 'mqtts://b', 'unknown variable; did you mean FIELDWARD_MQTT__URL?'],
  ['FIELDWARD_MQTT_PASSWORD_FILE', 'x', 'unknown variable; did you mean FIELDWARD_MQTT__PASSWORD_FILE?'],
  ['FIELDWARD_LOGLEVEL', 'debug', 'unknown variable; did you mean FIELDWARD_LOG__LEVEL?'],
  ['FIELDWARD_GATEWY', 'x', 'unknown variable; did you mean FIELDWARD_GATEWAY?'],
  ['FIELDWARD__MQTT__URL', 'mqtts://b', 'unknown variable; did you mean FIELDWARD_MQTT__URL?'],
  ['FIELDWARD_ROOT', '/opt', 'unknown variable'],
  ['FIELDWARD_BACKLOG', '1', 'unknown variable'],
])('%s=%s is refused', async (name, value, message) => {
  expect(await problems(minimal(), { environment: { [name]: value } })).toContain(`environment ${name}: ${message}`);
});

test('the name of an unknown variable is shown only if it looks like one of ours', async () => {
  expect(await problems(minimal(), { environment: { FIELDWARD_x__hunter2: '1' } })).toEqual([
    'environment FIELDWARD_?: unknown variable',
  ]);
});

test('variables of others do not matter', async () => {
  const environment = { FIELDWARD: 'x', FIELDWARDEN: 'x', PATH: 'x', OTHER__THING: 'x', fieldward_mqtt__url: 'x' };
  expect(await problems(minimal(), { environment })).toEqual([]);
});

test('STATE_DIRECTORY gives the outbox its folder, unless the config names one', async () => {
  const directory = async (state: string | undefined, extra = '') =>
    (await good(minimal(extra), { environment: state === undefined ? {} : { STATE_DIRECTORY: state } })).config.outbox
      .directory;
  expect(await directory(undefined)).toBeUndefined();
  expect(await directory('/var/lib/fieldward')).toBe('/var/lib/fieldward/outbox');
  expect(await directory('/var/lib/a:/var/lib/b')).toBe('/var/lib/a/outbox');
  expect(await directory('relative')).toBeUndefined();
  expect(await directory('/var/lib/fieldward', 'outbox: { directory: /data }')).toBe('/data');
});

test('RUNTIME_DIRECTORY gives the folder in memory, which no file can name', async () => {
  const folder = async (runtime: string | undefined) =>
    (await good(minimal(), { environment: runtime === undefined ? {} : { RUNTIME_DIRECTORY: runtime } })).config.outbox
      .runtimeDirectory;
  expect(await folder(undefined)).toBeUndefined();
  expect(await folder('/run/a:/run/b')).toBe('/run/a');
  expect(await folder('relative')).toBeUndefined();
  expect(await problems(minimal('outbox: { runtimeDirectory: /run }\n'))).toHaveLength(1);
});

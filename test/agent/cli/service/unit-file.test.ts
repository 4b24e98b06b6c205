import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseUnitFile } from '../../../../agent/cli/service/unit-file.ts';

const UNIT = readFileSync(new URL('../../../../systemd/fieldward.service', import.meta.url), 'utf8');

test('the unit of the package hands over the whole folder of credentials, and has its state and its config', () => {
  const unit = parseUnitFile(UNIT);
  expect([...unit.handed.values()]).toEqual([{ name: 'credentials', from: '/etc/fieldward/credentials' }]);
  expect(unit).toMatchObject({
    stateDirectory: '/var/lib/fieldward',
    config: '/etc/fieldward/fieldward.yaml',
    user: undefined,
    group: 'dialout',
    isDynamicUser: true,
  });
  expect(unit.environment.get('MALLOC_ARENA_MAX')).toBe('1');
});

test('drop-ins are read in their order: an empty value takes back, a name is replaced', () => {
  const { handed, environment } = parseUnitFile(`${UNIT}
# /etc/systemd/system/fieldward.service.d/override.conf
[Service]
LoadCredential=
LoadCredential=ca.pem:/etc/ssl/a.pem
LoadCredential=ca.pem:/etc/ssl/b%%.pem
; a comment
LoadCredential=own:%h/own
LoadCredential=store
SetCredential=word:abc
LoadCredentialEncrypted=mqtt-password:/etc/credstore.encrypted/x
Environment="FIELDWARD_MQTT__URL=mqtts://a b" 'FIELDWARD_GATEWAY=gw' \\
# between two lines
  FIELDWARD_LOG__LEVEL=debug
[Install]
LoadCredential=not:/of/the/service
`);
  expect([...handed.values()]).toEqual([
    { name: 'ca.pem', from: '/etc/ssl/b%.pem' },
    { name: 'own', from: undefined },
    { name: 'store', from: undefined },
    { name: 'mqtt-password', from: undefined },
    { name: 'word', from: undefined },
  ]);
  expect(environment.get('FIELDWARD_MQTT__URL')).toBe('mqtts://a b');
  expect(environment.get('FIELDWARD_GATEWAY')).toBe('gw');
  expect(environment.get('FIELDWARD_LOG__LEVEL')).toBe('debug');
});

test('patterns of names that systemd imports are matched whole', () => {
  const { imported } = parseUnitFile('[Service]\nImportCredential=mqtt.*\n');
  expect(imported.map((pattern) => pattern.test('mqtt.password'))).toEqual([true]);
  expect(imported.map((pattern) => pattern.test('mqttxpassword'))).toEqual([false]);
});

test.each(['', '[Service', 'LoadCredential=x:/y', '[Service]\n=\nLoadCredential\n\\'])(
  'text that is no unit says nothing: %j',
  (text) => {
    expect(parseUnitFile(text)).toMatchObject({ config: undefined, stateDirectory: undefined });
    expect(parseUnitFile(text).handed.size).toBe(0);
  },
);

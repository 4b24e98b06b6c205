import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBroker } from '../../../../agent/cli/ctl/broker.ts';
import type { MqttConfig } from '../../../../config/config.ts';

const configOf = (flags: object, base?: MqttConfig) => {
  const found = readBroker({ ...flags }, base);
  if (!found.ok) throw new Error(found.problems.join());
  return found.config;
};
const problemsOf = (flags: object) => {
  const found = readBroker({ ...flags }, undefined);
  return found.ok ? [] : found.problems;
};

describe('the broker of ctl', () => {
  it('is that of this machine, unless something else is said', () => {
    expect(configOf({})).toMatchObject({
      url: 'mqtt://localhost:1883',
      topicPrefix: 'fieldward',
      protocolVersion: 'auto',
    });
  });

  it('is what the flags say, with files from where one stands', () => {
    const flags = {
      url: 'mqtts://broker.example',
      ca: 'ca.pem',
      cert: '../c.pem',
      'key-file': '/k.pem',
      protocol: '4',
    };
    expect(configOf({ ...flags, username: 'op', 'password-file': 'pw', 'topic-prefix': 'site/a' })).toMatchObject({
      url: 'mqtts://broker.example',
      caFile: resolve('ca.pem'),
      certFile: resolve('../c.pem'),
      keyFile: '/k.pem',
      protocolVersion: 4,
      username: 'op',
      passwordFile: resolve('pw'),
      topicPrefix: 'site/a',
    });
  });

  it('is that of a config, with the flags laid over it', () => {
    const base = configOf({ url: 'mqtts://broker.example', ca: '/ca.pem', 'topic-prefix': 'site' });
    expect(configOf({ username: 'op' }, base)).toEqual({ ...base, username: 'op' });
  });

  it.each([
    [
      { url: 'mqtt://broker.example' },
      '--url: must be mqtts:// or wss:// off the loopback, unless --allow-plaintext is given',
    ],
    [
      { url: 'http://s3cret' },
      '--url: must be mqtts://HOST:PORT or wss://HOST:PORT/PATH, without credentials and query',
    ],
    [{ protocol: '3' }, '--protocol: must be one of 5, 4, auto'],
    [
      { 'topic-prefix': 'a/#' },
      '--topic-prefix: must be 1 to 6 topic levels of A-Z, a-z, 0-9, _, ., $ and -, with / between them',
    ],
    [{ 'password-file': 'pw' }, '--password-file: needs --username'],
    [{ url: 'mqtts://b', cert: 'c' }, '--cert: needs --key-file'],
    [{ ca: 'ca.pem' }, '--ca: has no meaning without TLS: use mqtts:// or wss://'],
  ])('refuses %j', (flags, problem) => {
    expect(problemsOf(flags)).toEqual([problem]);
  });

  it('may be reached in plaintext where that is said', () => {
    expect(configOf({ url: 'mqtt://broker.example', 'allow-plaintext': true }).allowPlaintext).toBe(true);
  });
});

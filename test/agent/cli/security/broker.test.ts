import { describe, expect, it } from 'vitest';
import { type AclProbe, judgeForbidden, judgeForeign, judgeOwn, probeAcl } from '../../../../agent/cli/security/acl.ts';
import { judgeWay, notReached } from '../../../../agent/cli/security/broker.ts';
import { judgeExpiry } from '../../../../agent/cli/security/certificate.ts';
import type { OutgoingMessage } from '../../../../agent/link/link.ts';
import type { MqttConfig } from '../../../../config/config.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const DENIED = new Fault('link/denied');
const NOW = Date.parse('2026-11-23T12:00:00Z');
const mqtt = (more: Partial<MqttConfig> = {}): MqttConfig => ({
  url: 'mqtts://broker.example',
  protocolVersion: 5,
  topicPrefix: 'fieldward',
  allowPlaintext: false,
  keepaliveMs: 30_000,
  connectTimeoutMs: 1000,
  reconnectMinMs: 1000,
  reconnectMaxMs: 30_000,
  ...more,
});
const states = (more: Partial<MqttConfig>) => judgeWay(mqtt(more)).map(({ name, state }) => `${state} ${name}`);

describe('what the config says of the way to the broker', () => {
  it('is good with TLS, an authority and an identity', () => {
    const good = ['good broker: encryption', 'good broker: authority', 'good broker: identity'];
    expect(states({ caFile: '/ca', certFile: '/c' })).toEqual(good);
    expect(states({ caFile: '/ca', username: 'u' })).toEqual(good);
  });

  it('is bad without encryption or identity off the loopback, and weak on it', () => {
    expect(states({ url: 'mqtt://a', allowPlaintext: true })).toEqual([
      'bad broker: encryption',
      'bad broker: identity',
    ]);
    expect(states({ url: 'mqtt://localhost' })).toEqual(['weak broker: encryption', 'weak broker: identity']);
    expect(states({ username: 'u' })).toContain('weak broker: authority');
  });
});

describe('the days that a certificate has left', () => {
  it.each([
    ['Dec 23 12:00:00 2026 GMT', 'good', ''],
    ['Dec 23 11:59:59 2026 GMT', 'weak', '29 days are left'],
    ['Nov 25 11:00:00 2026 GMT', 'weak', '1 day is left'],
    ['Nov 23 12:00:00 2026 GMT', 'bad', 'expired'],
    ['never', 'unknown', 'openssl'],
    [undefined, 'unknown', 'openssl'],
  ])('%s: %s', (validTo, state, advice) => {
    const finding = judgeExpiry('c', validTo, NOW);
    expect(finding.state).toBe(state);
    expect(finding.advice).toContain(advice);
  });
});

describe('the word of the broker', () => {
  it('is good where a forbidden publish is refused, and bad only where the broker could have said so', () => {
    expect(judgeForbidden('n', DENIED, 5).state).toBe('good');
    expect(judgeForbidden('n', new Fault('link/rejected'), 5).state).toBe('good');
    expect(judgeForbidden('n', undefined, 5).state).toBe('bad');
    expect(judgeForbidden('n', undefined, 4).state).toBe('unknown');
    expect(judgeForbidden('n', new Fault('link/lost'), 5).state).toBe('unknown');
  });

  it('proves nothing where it grants a subscription that brings nothing', () => {
    expect(judgeForeign(undefined, false).state).toBe('unknown');
    expect(judgeForeign(undefined, true).state).toBe('bad');
    expect(judgeForeign(DENIED, false).state).toBe('good');
    expect(judgeForeign(new Fault('link/lost'), false).state).toBe('unknown');
  });

  it('is weak where the gateway may not do its own work', () => {
    expect(judgeOwn(undefined).state).toBe('good');
    expect(judgeOwn(DENIED).state).toBe('weak');
    expect(judgeOwn(new Fault('link/timeout')).state).toBe('unknown');
  });

  it('is bad where the broker or the gateway is not who it should be, and unknown where there is none', () => {
    for (const code of ['link/certificate-name', 'link/tls', 'link/credentials'] as const)
      expect(notReached(new Fault(code)).state).toBe('bad');
    expect(notReached(new Fault('link/unreachable')).state).toBe('unknown');
  });
});

describe('the probe', () => {
  const probe = (
    clock: FakeClock,
    said: (topic: string) => Fault | undefined | 'nothing',
  ): AclProbe & { sent: OutgoingMessage[] } => {
    const sent: OutgoingMessage[] = [];
    return {
      sent,
      clock,
      signal: new AbortController().signal,
      version: 5,
      prefix: 'fieldward',
      gateway: 'gw',
      nobody: 'self-test-1',
      connection: {
        heard: [],
        publish: (message) => {
          sent.push(message);
          const word = said(message.topic);
          return word === 'nothing' ? new Promise(() => {}) : Promise.resolve(word);
        },
        subscribe: () => Promise.resolve(DENIED),
      },
    };
  };

  it('keeps nothing at the broker, and names no gateway but its own', async () => {
    const one = probe(new FakeClock(), (topic) => (topic.includes('/reply/') ? undefined : DENIED));
    expect((await probeAcl(one)).map(({ state }) => state)).toEqual(Array(6).fill('good'));
    expect(one.sent.every(({ qos, retain }) => qos === 1 && !retain)).toBe(true);
    for (const { topic } of one.sent) expect(topic).toMatch(/^(fieldward\/)?(gw|self-test-1)\//);
  });

  it('waits for a silent broker no longer than its bound', async () => {
    const clock = new FakeClock();
    const found = probeAcl(probe(clock, () => 'nothing'));
    for (let k = 0; k < 5; k += 1) await clock.advance(5000);
    expect((await found).map(({ state }) => state)).toEqual([...Array(5).fill('unknown'), 'good']);
  });
});

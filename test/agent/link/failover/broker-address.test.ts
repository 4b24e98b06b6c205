import { describe, expect, test } from 'vitest';
import { brokerAddress, proxyAddress } from '../../../../agent/link/failover/broker-address.ts';

describe('the address of the broker', () => {
  test.each([
    ['mqtts://broker.example', { secure: true, host: 'broker.example', port: 8883 }],
    ['mqtts://broker.example:443/', { secure: true, host: 'broker.example', port: 443 }],
    ['mqtts://[fd00::1]:8883', { secure: true, host: 'fd00::1', port: 8883 }],
    ['mqtt://localhost', { secure: false, host: 'localhost', port: 1883 }],
    ['mqtt://127.0.0.1:11883', { secure: false, host: '127.0.0.1', port: 11_883 }],
    ['mqtt://[::1]', { secure: false, host: '::1', port: 1883 }],
    ['wss://broker.example', { secure: true, host: 'broker.example', port: 443, path: '/' }],
    ['wss://broker.example:8084/mqtt', { secure: true, host: 'broker.example', port: 8084, path: '/mqtt' }],
    ['ws://localhost:9001/mqtt', { secure: false, host: 'localhost', port: 9001, path: '/mqtt' }],
  ])('%s is taken', (url, address) => {
    expect(brokerAddress(url, false)).toEqual(address);
  });

  test.each([
    'broker.example',
    '',
    'ws://user@broker.example/mqtt',
    'wss://broker.example/mqtt?token=x',
    'https://broker.example/mqtt',
    'tls://broker.example',
    'tcp://127.0.0.1',
    'mqtt+unix:///run/x',
    'mqtts://user@broker.example',
    'mqtts://user:secret@broker.example',
    'mqtts://broker.example/path',
    'mqtts://broker.example?clientId=x',
    'mqtts://broker.example#x',
    'mqtts://broker.example:0',
    'mqtts://broker.example:99999',
    'mqtts://',
  ])('%s is refused', (url) => {
    expect(() => brokerAddress(url, true)).toThrow(expect.objectContaining({ code: 'config/refused' }));
  });

  test.each([
    'mqtt://broker.example',
    'ws://broker.example/mqtt',
    'mqtt://10.0.0.1',
    'mqtt://127.evil.example',
    'mqtt://localhost.example',
  ])('plaintext to %s needs to be allowed', (url) => {
    expect(() => brokerAddress(url, false)).toThrow(expect.objectContaining({ code: 'config/refused' }));
    expect(brokerAddress(url, true).secure).toBe(false);
  });
});

describe('the address of the proxy', () => {
  test.each([
    ['http://proxy.example:3128', { host: 'proxy.example', port: 3128 }],
    ['http://[fd00::1]/', { host: 'fd00::1', port: 80 }],
  ])('%s is taken', (url, address) => {
    expect(proxyAddress(url)).toEqual(address);
  });

  test.each([
    'https://proxy.example',
    'proxy.example:3128',
    'http://u:p@proxy.example',
    'http://proxy.example/x',
    'http://p:0',
  ])('%s is refused', (url) => {
    expect(() => proxyAddress(url)).toThrow(expect.objectContaining({ code: 'config/refused' }));
  });
});

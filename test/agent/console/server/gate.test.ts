import { expect, it } from 'vitest';
import { type Knock, refusal } from '../../../../agent/console/server/gate.ts';

const PORT = 4711;
const host = '127.0.0.1:4711';
const json = 'application/json';
const statusOf = (knock: Partial<Knock>) =>
  refusal({ method: 'GET', target: '/', headers: { host }, ...knock }, PORT)?.status;

it.each([
  ['127.0.0.1:4711', undefined],
  ['localhost:4711', undefined],
  ['127.0.0.1', 421],
  ['127.0.0.1:4712', 421],
  ['plant.example:4711', 421],
  ['127.0.0.1:4711.example', 421],
  [undefined, 421],
])('as a name of the console %s gets %s', (name, status) => {
  expect(statusOf({ headers: name === undefined ? {} : { host: name } })).toBe(status);
});

it.each([
  ['http://127.0.0.1:4711', 'same-origin', undefined],
  ['http://127.0.0.1:4711', undefined, undefined],
  ['http://127.0.0.1:4711', 'same-site', 403],
  ['http://127.0.0.1:4711', 'cross-site', 403],
  ['http://127.0.0.1:4711', 'none', 403],
  ['http://localhost:4711', 'same-origin', 403],
  ['http://127.0.0.1:4712', 'same-origin', 403],
  ['https://127.0.0.1:4711', 'same-origin', 403],
  ['null', 'same-origin', 403],
  [undefined, 'same-origin', 403],
])('a command of origin %s, site %s gets %s', (origin, site, status) => {
  const headers = { host, 'content-type': json, origin, 'sec-fetch-site': site };
  expect(statusOf({ method: 'POST', target: '/api/commands', headers })).toBe(status);
});

it.each([
  ['/', 'cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, undefined],
  ['/?token=x', 'none', {}, undefined],
  ['/', 'cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
  ['/', 'cross-site', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, 403],
  ['/console.js', 'same-site', {}, 403],
  ['/api/events', 'none', {}, 403],
  ['/api/history', 'cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 403],
  ['/api/history', 'same-origin', {}, undefined],
])('%s asked for by site %s with %j gets %s', (target, site, more, status) => {
  expect(statusOf({ target, headers: { host, 'sec-fetch-site': site, ...more } })).toBe(status);
});

it('other methods, long addresses and other bodies are refused', () => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE']) expect(statusOf({ method })).toBe(405);
  expect(statusOf({ target: `/?${'a'.repeat(5000)}` })).toBe(414);
  const headers = { host, origin: `http://${host}`, 'content-type': 'text/plain' };
  expect(statusOf({ method: 'POST', headers })).toBe(415);
});

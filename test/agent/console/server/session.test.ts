import { expect, it } from 'vitest';
import { PageSession } from '../../../../agent/console/server/session.ts';

it('the token opens one session, once, and the secret of the session is another one', () => {
  const session = new PageSession(4711);
  const token = session.issue();
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(session.redeem(`${token.slice(0, 42)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
  expect(session.redeem('')).toBeUndefined();
  const cookie = session.redeem(token) ?? '';
  expect(cookie).toMatch(/^fieldward-4711=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(session.redeem(token)).toBeUndefined();
  const [pair = ''] = cookie.split(';');
  expect(session.admits(pair)).toBe(true);
  expect(session.admits(`other=1; ${pair}`)).toBe(true);
  expect(session.admits(`fieldward-4711=${token}`)).toBe(false);
  expect(session.admits(pair.replace('4711', '4712'))).toBe(false);
  expect(session.admits(undefined)).toBe(false);
  expect(session.admits('fieldward-4711')).toBe(false);
});

it('a new token takes the place of one that was not used', () => {
  const session = new PageSession(1);
  const first = session.issue();
  const second = session.issue();
  expect(session.redeem(first)).toBeUndefined();
  expect(session.redeem(second)).toBeDefined();
});

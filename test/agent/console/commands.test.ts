import { describe, expect, it } from 'vitest';
import { Inquiries } from '../../../agent/cli/ctl/inquiries.ts';
import { ConsoleCommands } from '../../../agent/console/commands.ts';
import { COMMAND_RATE, MOST_COMMANDS } from '../../../agent/console/limits.ts';
import { HeardPlant } from '../../../agent/console/plant/plant.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';

const P = 'fieldward/gw';
const bytes = (text: string) => new TextEncoder().encode(text);

/** The console's commands on a link and a clock that are the test's; `answer` is the gateway. */
function stage() {
  const link = new FakeLink();
  const clock = new FakeClock();
  const plant = new HeardPlant('fieldward', { value: () => undefined, forgotten: () => undefined });
  const inquiries = new Inquiries({ link, clock, clientId: 'console-1' });
  link.subscribe('fieldward/+/reply/console-1', (message) => inquiries.receive(message));
  const commands = new ConsoleCommands({
    ...{ prefix: 'fieldward', plant, inquiries, clock, user: 'anna', signer: undefined, expiresIn: 10_000 },
    ...{ timeout: milliseconds(15_000), stopping: new AbortController().signal },
  });
  link.start();
  link.connect();
  plant.hear(`${P}/availability`, 'online');
  plant.hear(`${P}/m-1/state`, '{"values":{"relay":true}}');
  const meta = { points: { relay: { write: {} }, breaker: { write: { confirm: 'select' } } } };
  plant.hear(`${P}/m-1/meta`, JSON.stringify(meta));
  const ask = async (body: unknown) => {
    const { status, body: text } = await commands.ask(typeof body === 'string' ? body : JSON.stringify(body));
    return { status, ...JSON.parse(String(text)) };
  };
  const answer = async (whole: object, where = `${P}/reply/console-1`) => {
    await settle();
    const { id } = JSON.parse(link.published.at(-1)?.payload ?? '{}');
    link.deliver({ topic: where, payload: bytes(JSON.stringify({ id, ...whole })) });
    await settle();
  };
  return { link, clock, plant, ask, answer };
}

const write = { gateway: 'gw', device: 'm-1', command: 'write', args: { relay: true } };
const operate = { ...write, args: { breaker: true } };

describe('a command of the page', () => {
  it('is a request as ctl sends it, and its outcome comes back as it is', async () => {
    const { link, ask, answer } = stage();
    const asked = ask(write);
    await answer({ outcome: 'verified', values: { relay: true } });
    expect(await asked).toEqual({
      ...{ status: 200, outcome: 'verified', fault: null, values: { relay: true }, confirm: null },
      words: 'The device confirmed it, and reading it back agrees.',
    });
    expect(link.published).toMatchObject([
      { topic: `${P}/m-1/command/write`, qos: 1, retain: false, user: 'anna', responseTopic: `${P}/reply/console-1` },
    ]);
    expect(JSON.parse(link.published[0]?.payload ?? '')).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      expiresAt: '2026-11-23T10:15:10.000Z',
      args: { relay: true },
    });
  });

  it('tells a refusal with the advice of the table', async () => {
    const { ask, answer } = stage();
    const asked = ask(write);
    await answer({ outcome: 'refused', fault: { code: 'command/lockout', message: 'x' } });
    expect(await asked).toMatchObject({
      ...{ outcome: 'refused', words: 'Nothing was done.' },
      fault: { code: 'command/lockout', message: 'commands are locked out at the gateway', advice: expect.any(String) },
    });
  });

  it('is not known where nobody answers, and says to look', async () => {
    const { clock, ask } = stage();
    const [wrote, pinged] = [ask(write), ask({ gateway: 'gw', command: 'ping', args: {} })];
    await clock.advance(15_000);
    expect(await wrote).toMatchObject({
      outcome: 'unknown',
      words: expect.stringMatching(/may have been done\. Look/),
    });
    expect(await pinged).toMatchObject({ outcome: 'failed', words: 'No reply came. Nothing was changed.' });
  });

  it('believes no gateway that answers for another one', async () => {
    const { clock, ask, answer } = stage();
    const asked = ask(write);
    await answer({ outcome: 'verified' }, 'fieldward/other/reply/console-1');
    await clock.advance(15_000);
    expect(await asked).toMatchObject({ outcome: 'unknown' });
  });

  it('takes two steps where its point wants them', async () => {
    const { link, clock, ask, answer } = stage();
    const selected = ask(operate);
    await answer({ outcome: 'done', values: { token: 't-1', validMs: 30_000 } });
    expect(await selected).toMatchObject({
      ...{ outcome: 'selected', confirm: { token: 't-1', until: clock.wall() + 30_000 } },
    });
    const operated = ask({ ...operate, confirm: 't-1' });
    await answer({ outcome: 'verified', values: { breaker: true } });
    expect(await operated).toMatchObject({ outcome: 'verified', confirm: null });
    expect(link.published.map(({ topic }) => topic)).toEqual([`${P}/m-1/command/select`, `${P}/m-1/command/operate`]);
    expect(JSON.parse(link.published[1]?.payload ?? '').args).toEqual({ token: 't-1', values: { breaker: true } });
  });

  it('takes two steps also where the gateway alone knows it', async () => {
    const { link, ask, answer } = stage();
    const asked = ask({ ...write, args: { other: 1 } });
    await answer({ outcome: 'refused', fault: { code: 'command/select-first' } });
    await answer({ outcome: 'done', values: { token: 't-2', validMs: 30_000 } });
    expect(await asked).toMatchObject({ outcome: 'selected', confirm: { token: 't-2' } });
    expect(link.published.at(-1)?.topic).toBe(`${P}/m-1/command/select`);
  });

  it('says that it was not sent where there is no broker or no gateway', async () => {
    const { link, plant, ask } = stage();
    plant.hear(`${P}/availability`, 'offline');
    expect(await ask(write)).toMatchObject({ outcome: 'refused', words: expect.stringContaining('was not sent') });
    plant.hear(`${P}/availability`, 'online');
    link.disconnect();
    expect(await ask(write)).toMatchObject({ outcome: 'refused', words: expect.stringContaining('was not sent') });
    expect(link.published).toEqual([]);
    expect(await ask({ ...write, gateway: 'other' })).toMatchObject({ status: 404 });
    expect(await ask({ ...write, device: 'm-9' })).toMatchObject({ status: 404 });
  });

  it('waits its turn: so many at once, and so many a second', async () => {
    const { clock, ask } = stage();
    const first = Array.from({ length: MOST_COMMANDS }, () => ask(write));
    expect(await ask(write)).toMatchObject({ status: 429 });
    await clock.advance(15_000);
    await Promise.all(first);
    const statuses: Promise<{ status: number }>[] = [];
    for (let index = 0; index <= COMMAND_RATE.burst; index += 1) {
      statuses.push(ask({ gateway: 'gw', command: 'ping', args: {} }));
      if (index === MOST_COMMANDS - 1) await clock.advance(15_000);
    }
    await clock.advance(15_000);
    expect((await Promise.all(statuses)).every(({ status }) => status === 200)).toBe(true);
  });
});

describe('a request of the page', () => {
  it.each([
    ['no JSON', '{'],
    ['no mapping', '[]'],
    ['nothing', '{}'],
    ['a member too much', { ...write, topic: 'x' }],
    ['a key twice', '{"gateway":"gw","gateway":"gw","command":"ping"}'],
    ['a gateway that is no id', { ...write, gateway: '+/#' }],
    ['a device that is no id', { ...write, device: '../m' }],
    ['no device', { gateway: 'gw', command: 'write', args: { relay: true } }],
    ['a device for the gateway', { ...write, command: 'ping', args: {} }],
    ['a command that is none', { ...write, command: 'constructor' }],
    ['a step by hand', { ...write, command: 'operate', args: {} }],
    ['another one', { ...write, command: 'select', args: {} }],
    ['nothing to write', { ...write, args: {} }],
    ['null to write', { ...write, args: { relay: null } }],
    ['a mapping to write', { ...write, args: { relay: { on: true } } }],
    ['a point that is no id', { ...write, args: { 'a/b': 1 } }],
    [
      'a number that would be another one',
      '{"gateway":"gw","device":"m-1","command":"write","args":{"a":9007199254740993}}',
    ],
    ['a token for a read', { ...write, command: 'read', args: {}, confirm: 't' }],
    ['args of a read', { ...write, command: 'read', args: { a: 1 } }],
    ['a bus that is no id', { gateway: 'gw', command: 'reopen', args: { bus: 'A' } }],
    ['a level that is none', { gateway: 'gw', command: 'loglevel', args: { level: 'loud' } }],
  ])('with %s is refused, and nothing is sent', async (_, body) => {
    const { link, ask } = stage();
    expect(await ask(body)).toMatchObject({ status: 400, error: expect.any(String) });
    expect(link.published).toEqual([]);
  });

  it.each([
    [{ gateway: 'gw', command: 'reopen', args: { bus: 'line' } }, { bus: 'line' }],
    [
      { gateway: 'gw', command: 'loglevel', args: { level: 'debug', forMs: 5000 } },
      { level: 'debug', forMs: 5000 },
    ],
    [{ gateway: 'gw', device: 'm-1', command: 'read', args: {} }, undefined],
    [{ gateway: 'gw', device: 'm-1', command: 'pause', args: {} }, undefined],
  ])('of %j sends the args %j', async (body, args) => {
    const { link, ask, answer } = stage();
    const asked = ask(body);
    await answer({ outcome: 'done' });
    expect(await asked).toMatchObject({ outcome: 'done', words: 'It was done.' });
    expect(JSON.parse(link.published[0]?.payload ?? '').args).toEqual(args);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CtlClient } from '../../../../agent/cli/ctl/client.ts';
import type { Asked } from '../../../../agent/cli/ctl/command.ts';
import { type Conversation, converse } from '../../../../agent/cli/ctl/conversation.ts';
import { topicOf } from '../../../../agent/cli/ctl/request.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';

const P = 'fieldward/gw';
const ping: Asked = { gateway: 'gw', command: 'ping' };
const write: Asked = { gateway: 'gw', device: 'm-1', command: 'write', args: { relay: true } };
const operate: Asked = { ...write, command: 'operate' };
const bytes = (text: string) => new TextEncoder().encode(text);

/** The asking side, on a link and a clock that are the test's; `answer` is the gateway. */
function stage(asked: Asked, more: Partial<Conversation> = {}) {
  const link = new FakeLink();
  const clock = new FakeClock();
  const topics = new Topics('fieldward', 'gw');
  const requests = ['select', asked.command].map((command) => topicOf(topics, { ...asked, command }));
  const client = new CtlClient({ link, clock, topics, clientId: 'ctl-1', requests });
  const said = { out: '', err: '' };
  const stop = new AbortController();
  const io = {
    out: (text: string) => {
      said.out += `${text}\n`;
    },
    err: (text: string) => {
      said.err += `${text}\n`;
    },
    environment: {},
    draw: () => undefined,
    keys: () => () => undefined,
    isTerminal: false,
    stopping: stop.signal,
    width: 80,
    height: undefined,
    timingWorker: new URL('file:///nowhere'),
    consolePage: new URL('file:///nowhere/'),
    version: '1.2.3',
    pid: 1,
    onReload: () => undefined,
    tellToReload: () => false,
  };
  const times = { connectTimeout: milliseconds(1000), timeout: milliseconds(15_000), expiresIn: 10_000 };
  const how = { client, clock, topics, io, json: false, ...times, user: 'anna', signer: undefined, ...more };
  const code = converse(asked, how).catch((thrown: Fault) => thrown.code);
  const online = async (text = 'online') => {
    link.connect();
    link.deliver({ topic: `${P}/availability`, payload: bytes(text), retained: true });
    await settle();
  };
  const answer = async (whole: object, where = `${P}/reply/ctl-1`) => {
    const { id } = JSON.parse(link.published.at(-1)?.payload ?? '{}');
    link.deliver({ topic: where, payload: bytes(JSON.stringify({ id, ...whole })) });
    await settle();
  };
  return { link, clock, said, stop, code, online, answer };
}

describe('ctl', () => {
  it('hears replies before it asks, and asks with an id, an expiry, and who it is', async () => {
    const { link, online, answer, code, said } = stage(ping);
    expect(link.filters).toEqual(expect.arrayContaining([`${P}/availability`, `${P}/reply/ctl-1`]));
    expect(link.filters).toContain(`${P}/command/ping/reply`);
    link.granted = 'later';
    await online();
    expect(link.published).toEqual([]);
    link.grant();
    await settle();
    const [request] = link.published;
    expect(request).toMatchObject({ topic: `${P}/command/ping`, qos: 1, retain: false, user: 'anna' });
    expect(request?.responseTopic).toBe(`${P}/reply/ctl-1`);
    const { id, expiresAt } = JSON.parse(request?.payload ?? '');
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new TextDecoder().decode(request?.correlationData)).toBe(id);
    expect(expiresAt).toBe('2026-11-23T10:15:10.000Z');
    await answer({ outcome: 'done', at: '2026-11-23T10:15:00.000Z' });
    expect(await code).toBe(0);
    expect(said).toEqual({ out: 'done at 2026-11-23T10:15:00.000Z\n', err: '' });
  });

  it('takes the reply from beside the request too, and nothing else for one', async () => {
    const { link, online, answer, code } = stage(write);
    await online();
    const topic = `${P}/m-1/command/write/reply`;
    const { id } = JSON.parse(link.published[0]?.payload ?? '');
    const payload = bytes(JSON.stringify({ id, outcome: 'failed' }));
    link.deliver({ topic, payload, retained: true });
    link.deliver({ topic, payload, tooLarge: true });
    link.deliver({ topic, payload: bytes('{"id":"another","outcome":"failed"}') });
    link.deliver({ topic, payload: bytes('{') });
    await settle();
    await answer({ outcome: 'verified', values: { relay: true } }, topic);
    expect(await code).toBe(0);
  });

  it('says why a command was refused and what can be done, with its exit code', async () => {
    const { online, answer, code, said } = stage(write);
    await online();
    await answer({ outcome: 'refused', fault: { code: 'command/not-writable', message: '…' } });
    expect(await code).toBe(65);
    expect(said.out).toBe('refused: nothing was done\n');
    expect(said.err).toMatch(/^fieldward: the point is not writable \(command\/not-writable\)\. Set `writable: true`/);
  });

  it('prints only the reply as JSON where that is asked for', async () => {
    const { online, answer, code, said } = stage(write, { json: true });
    await online();
    await answer({ outcome: 'refused', fault: { code: 'command/value', message: 'm' } });
    expect(await code).toBe(65);
    expect(JSON.parse(said.out)).toMatchObject({ outcome: 'refused', fault: { code: 'command/value' } });
    expect(said.err).toBe('');
  });

  it('operates with the token and the values that it has selected', async () => {
    const { link, online, answer, code, said } = stage(operate);
    await online();
    expect(link.payloads(`${P}/m-1/command/select`)).toMatchObject([{ args: { relay: true } }]);
    await answer({ outcome: 'done', values: { token: 't0k', validMs: 30_000 } });
    const [operated] = link.payloads(`${P}/m-1/command/operate`);
    expect(operated.args).toEqual({ token: 't0k', values: { relay: true } });
    expect(operated.id).not.toBe(link.payloads(`${P}/m-1/command/select`)[0].id);
    await answer({ outcome: 'verified', values: { relay: true } });
    expect(await code).toBe(0);
    expect(said.out).toMatch(/^verified.*\n {2}relay {2}true\n$/);
  });

  it('tells with which token a refused operate can be asked for again, where its selection was left', async () => {
    const operated = async (code: string) => {
      const stood = stage(operate);
      await stood.online();
      await stood.answer({ outcome: 'done', values: { token: 't0k', validMs: 30_000 } });
      await stood.answer({ outcome: 'refused', fault: { code, message: 'm' } });
      expect(await stood.code).toBe(65);
      return stood.said.err;
    };
    expect(await operated('command/rate')).toMatch(/\(command\/rate\).*\n.*the selection stands.*--token=t0k operates/);
    expect(await operated('command/token')).not.toContain('--token');
  });

  it('operates at once with a token of before', async () => {
    const { link, online, answer, code } = stage({ ...operate, args: { token: 't', values: { relay: true } } });
    await online();
    expect(link.published.map(({ topic }) => topic)).toEqual([`${P}/m-1/command/operate`]);
    await answer({ outcome: 'applied' });
    expect(await code).toBe(0);
  });

  it.each([
    ['refused', { outcome: 'refused', fault: { code: 'command/interlock', message: 'm' } }, 65],
    ['done without a token', { outcome: 'done', values: 5 }, 0],
  ])('does not operate after a select that was %s', async (_, reply, exit) => {
    const { link, online, answer, code } = stage(operate);
    await online();
    await answer(reply);
    expect(await code).toBe(exit);
    expect(link.published).toHaveLength(1);
  });

  it('sends nothing to a gateway that is offline', async () => {
    const { link, online, code, said } = stage(write);
    await online('offline');
    expect(await code).toBe(69);
    expect(link.published).toEqual([]);
    expect(said.err).toMatch(/the gateway is offline/);
  });

  it('asks also where nothing is known of the gateway, and says so when nobody answers', async () => {
    const { link, clock, code, said } = stage(ping);
    link.connect();
    await clock.advance(300);
    expect(link.published).toHaveLength(1);
    await clock.advance(15_000);
    expect(await code).toBe(69);
    expect(said.err).toMatch(/no reply came\. Nothing was heard of such a gateway/);
    expect(clock.pending).toBe(0);
  });

  it('does not know what became of a write without a reply, and sends it once', async () => {
    const { link, clock, online, code, said } = stage(write);
    await online();
    link.disconnect();
    link.connect();
    await clock.advance(15_000);
    expect(await code).toBe(76);
    expect(said.err).toMatch(/no reply came: it may have been done\. The gateway is online/);
    expect(link.published).toHaveLength(1);
  });

  it('hears the reply to a request that the broker had taken when the connection was lost', async () => {
    const { link, online, answer, code } = stage(write);
    link.respond = () => 'hold';
    await online();
    link.disconnect();
    link.connect();
    await settle();
    await answer({ outcome: 'verified' });
    expect(await code).toBe(0);
  });

  it.each(['link/denied', 'link/rejected', 'link/too-large'] as const)(
    'knows that nothing was sent when the broker says %s',
    async (fault) => {
      const { link, online, code } = stage(write);
      link.respond = () => fault;
      await online();
      expect(await code).toBe(fault);
    },
  );

  it('gives up with the first attempt that fails, with a refused subscription, and in time', async () => {
    const unreachable = stage(ping);
    unreachable.link.fail('link/unreachable');
    expect(await unreachable.code).toBe('link/unreachable');
    const denied = stage(ping);
    denied.link.granted = new Fault('link/denied');
    denied.link.connect();
    expect(await denied.code).toBe('link/denied');
    const silent = stage(ping);
    await silent.clock.advance(1000);
    expect(await silent.code).toBe('internal/deadline');
    expect([unreachable, denied, silent].flatMap(({ link }) => link.published)).toEqual([]);
  });

  it('can be interrupted, and knows whether it had asked', async () => {
    const before = stage(write);
    before.stop.abort();
    expect(await before.code).toBe('internal/cancelled');
    const after = stage(write);
    await after.online();
    after.stop.abort();
    expect(await after.code).toBe(76);
  });

  it('signs what goes out, for this gateway, device and command', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { link, clock, code } = stage(write, { signer: { privateKeyPem, keyId: 'anna' } });
    link.connect();
    await clock.advance(300);
    await expect.poll(() => link.published.length).toBe(1);
    const [header = '', content = ''] = (link.published[0]?.payload ?? '').split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'EdDSA', kid: 'anna', typ: 'fieldward-command+jws' });
    const claims = { gateway: 'gw', device: 'm-1', command: 'write', args: { relay: true } };
    expect(read(content)).toMatchObject({ ...claims, expiresAt: '2026-11-23T10:15:10.300Z' });
    const { id } = read(content);
    link.deliver({ topic: `${P}/reply/ctl-1`, payload: bytes(JSON.stringify({ id, outcome: 'verified' })) });
    expect(await code).toBe(0);
  });

  it('sends nothing with a key that can not sign', async () => {
    const { link, online, code } = stage(write, { signer: { privateKeyPem: 'no key', keyId: 'anna' } });
    await online();
    expect(await code).toBe('config/credential');
    expect(link.published).toEqual([]);
  });
});

import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Supervisor } from '../../../../agent/clock/supervisor.ts';
import { Histories } from '../../../../agent/console/history/histories.ts';
import { MOST_BODY_BYTES, STRANGER_RATE } from '../../../../agent/console/limits.ts';
import { HeardPlant } from '../../../../agent/console/plant/plant.ts';
import { jsonAnswer } from '../../../../agent/console/server/answer.ts';
import type { Assets } from '../../../../agent/console/server/assets.ts';
import { Events } from '../../../../agent/console/server/events.ts';
import { SECURITY_HEADERS } from '../../../../agent/console/server/gate.ts';
import { ConsoleServer } from '../../../../agent/console/server/server.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const ASSETS: Assets = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<p>page</p>') }],
  ['/console.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from('1;') }],
]);

async function stage() {
  const clock = new FakeClock();
  const supervisor = new Supervisor({ clock, log: silentLog });
  const asked: string[] = [];
  const histories = new Histories();
  const plant = new HeardPlant('fieldward', {
    value: (device, point, { values }) =>
      histories.add(device, point, values.get(point) ?? null, undefined, clock.wall()),
    forgotten: () => undefined,
  });
  const whole = () => ({ at: clock.wall(), broker: 'connected' as const, ...plant.all() });
  const events = new Events({ clock, whole });
  const commands = {
    ask: async (body: string) => {
      asked.push(body);
      return jsonAnswer(200, { outcome: 'done' });
    },
  };
  const server = new ConsoleServer({
    ...{ assets: ASSETS, events, commands, clock, supervisor, plant, histories, wall: () => clock.wall() },
  });
  const { url, port } = await server.open(0);
  onTestFinished(() => server.close());
  const own = `127.0.0.1:${port}`;
  const ask = (path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<Got>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const asking = request(
        { host: '127.0.0.1', port, path, method, headers: { host: own, ...headers } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part) => parts.push(part));
          answer.on('error', reject);
          const got = () => ({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(parts).toString(),
          });
          answer.on('end', () => resolve(got()));
        },
      );
      asking.on('error', reject);
      asking.end(body);
    });
  const enter = async () => {
    const { headers } = await ask(new URL(url).pathname + new URL(url).search);
    return { cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
  };
  const posting = (cookie: string) => ({ cookie, origin: `http://${own}`, 'content-type': 'application/json' });
  return { clock, server, plant, events, url, port, own, ask, enter, asked, posting };
}

const refusedEverywhere = ['/', '/console.js', '/api/events', '/api/history?gateway=g', '/api/history.csv'];

describe('the server of the console', () => {
  it('listens on 127.0.0.1 alone, on a port that is free or that was named', async () => {
    const { url, port } = await stage();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[A-Za-z0-9_-]{43}$/);
    const other = await new Promise((resolve) => {
      connect({ host: '::1', port })
        .once('error', () => resolve('refused'))
        .once('connect', () => resolve('open'));
    });
    expect(other).toBe('refused');
  });

  it('opens to the token once, and to its cookie from then on', async () => {
    const { url, ask, enter } = await stage();
    for (const path of refusedEverywhere) expect([path, (await ask(path)).status]).toEqual([path, 401]);
    expect((await ask('/?token=wrong')).status).toBe(401);
    const { cookie } = await enter();
    expect(await ask('/', { cookie })).toMatchObject({ status: 200, body: '<p>page</p>' });
    expect((await ask(new URL(url).search.replace('?', '/?'))).status).toBe(401);
    // the same browser may use its address again
    expect(await ask(new URL(url).search.replace('?', '/?'), { cookie })).toMatchObject({ status: 200 });
  });

  it('tells a person with another browser what to do on a page, and a program as JSON', async () => {
    const { url, ask, enter } = await stage();
    await enter();
    const used = new URL(url).search.replace('?', '/?');
    for (const path of ['/', used]) {
      const page = await ask(path, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
      expect([page.status, page.headers['content-type'], page.headers['x-frame-options']]).toEqual([
        ...[401, 'text/html; charset=utf-8', 'DENY'],
      ]);
      expect(page.body).toContain('<p>This console belongs to another browser, or its command has ended');
      expect(page.headers['set-cookie']).toBeUndefined();
      expect(JSON.parse((await ask(path)).body)).toEqual({ error: expect.stringContaining('another browser') });
    }
  });

  it('answers with its security headers, whatever it answers', async () => {
    const { ask, enter, posting } = await stage();
    const { cookie } = await enter();
    const answers = [
      ...[await ask('/', { cookie }), await ask('/console.js', { cookie }), await ask('/nothing', { cookie })],
      ...[await ask('/'), await ask('/', { host: 'evil.example' }), await ask('/api/commands', posting(cookie), '{}')],
      await ask('/api/history.csv?gateway=gw&series=m/p', { cookie }),
    ];
    for (const { status, headers } of answers) expect([status, headers]).toMatchObject([status, SECURITY_HEADERS]);
    const policy = answers[0]?.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect(answers[0]?.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });

  it('serves what is in its table and nothing else', async () => {
    const { ask, enter } = await stage();
    const headers = await enter();
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/console.js/',
      '//console.js',
      '/__proto__',
      '/constructor',
    ]) {
      expect([path, (await ask(path, headers)).status]).toEqual([path, 404]);
    }
    expect(await ask('/console.js?x=1', headers)).toMatchObject({ status: 200, body: '1;' });
  });

  it('takes commands of its own page alone', async () => {
    const { ask, enter, posting, asked } = await stage();
    const { cookie } = await enter();
    const own = posting(cookie);
    expect((await ask('/api/commands', own, '{"a":1}')).status).toBe(200);
    expect((await ask('/api/commands', { ...own, origin: 'http://evil.example' }, '{}')).status).toBe(403);
    expect((await ask('/api/commands', { ...own, 'sec-fetch-site': 'cross-site' }, '{}')).status).toBe(403);
    expect((await ask('/api/commands', { ...own, 'content-type': 'text/plain' }, '{}')).status).toBe(415);
    expect((await ask('/api/commands', posting(''), '{}')).status).toBe(401);
    expect((await ask('/api/other', own, '{}')).status).toBe(404);
    expect((await ask('/api/commands', own, `"${'x'.repeat(MOST_BODY_BYTES)}"`)).status).toBe(413);
    expect(asked).toEqual(['{"a":1}']);
  });

  it('gives strangers a small measure, and its page its own', async () => {
    const { ask, enter } = await stage();
    const headers = await enter();
    const seen = new Set<number>();
    for (let knock = 0; knock < STRANGER_RATE.burst + 1; knock += 1) seen.add((await ask('/')).status);
    expect([...seen]).toEqual([401, 429]);
    expect((await ask('/', headers)).status).toBe(200);
  });

  it('tells an open page of the plant, and ends with it', async () => {
    const { port, own, enter, plant, events, server } = await stage();
    const { cookie } = await enter();
    plant.hear('fieldward/gw/availability', 'online');
    let text = '';
    const asking = request({ host: '127.0.0.1', port, path: '/api/events', headers: { host: own, cookie } });
    const closed = new Promise((resolve) => {
      asking.once('response', (answer) => {
        answer.on('data', (part) => {
          text += part;
        });
        answer.once('close', resolve).on('error', () => undefined);
      });
    });
    asking.end();
    await expect.poll(() => text).toContain('"id":"gw"');
    expect(events.pages).toBe(1);
    await server.close();
    await closed;
    await expect.poll(() => events.pages).toBe(0);
  });

  it('gives the history of a point and a file of several', async () => {
    const { ask, enter, plant, clock } = await stage();
    const headers = await enter();
    plant.hear('fieldward/gw/m/meta', '{"points":{"level":{"unit":"%"}}}');
    plant.hear('fieldward/gw/m/state', '{"values":{"level":40,"on":true}}');
    const history = await ask('/api/history?gateway=gw&device=m&point=level', headers);
    expect(JSON.parse(history.body)).toEqual({ at: [clock.wall()], values: [40], thinned: false });
    const later = await ask(`/api/history?gateway=gw&device=m&point=level&from=${clock.wall() + 1}`, headers);
    expect(JSON.parse(later.body).at).toEqual([]);
    const file = await ask('/api/history.csv?gateway=gw&series=m/level&series=m/on', headers);
    expect(file.headers).toMatchObject({ 'content-disposition': 'attachment; filename="gw.csv"' });
    expect(file.body.split('\r\n')).toHaveLength(4);
    expect(file.body).toContain(',gw,m,level,40,%\r\n');
    for (const [query, status] of [
      ['gateway=gw&device=m&point=no', 404],
      ['gateway=gw&device=../m&point=level', 400],
      ['gateway=gw&device=m&point=level&from=x', 400],
      ['gateway=gw&device=m&point=level&from=5&to=4', 400],
      ['', 400],
    ] as const) {
      expect([query, (await ask(`/api/history?${query}`, headers)).status]).toEqual([query, status]);
    }
    const many = Array.from({ length: 33 }, () => 'series=m/level').join('&');
    for (const query of ['gateway=gw', `gateway=gw&${many}`, 'gateway=a"b&series=m/level', 'gateway=gw&series=m']) {
      expect([query, (await ask(`/api/history.csv?${query}`, headers)).status]).toEqual([query, 400]);
    }
  });

  it('ends a connection that sends no request, or too long a head', async () => {
    const { port, own, ask } = await stage();
    const dead = (bytes: string) =>
      new Promise<string>((resolve) => {
        let got = '';
        const socket = connect({ host: '127.0.0.1', port });
        socket.on('data', (part) => {
          got += part;
        });
        socket.on('error', () => undefined).once('close', () => resolve(got));
        socket.write(bytes);
      });
    expect(await dead('what is this\r\n\r\n')).toBe('');
    expect(await dead(`GET / HTTP/1.1\r\nHost: ${own}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toBe('');
    expect((await ask('/')).status).toBe(401);
  });
});

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { otlpBody } from '../../../agent/metrics/otlp.ts';
import { OtlpPush } from '../../../agent/metrics/otlp-push.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A collector that answers each push by the next of these, and by 200 after the last. */
async function collector(...answers: ((response: ServerResponse) => void)[]) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      const answer = answers.shift() ?? ((each) => each.writeHead(200).end('{}'));
      answer(response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics` };
}

function pushing(url: string, files: { headersFile?: string; caFile?: string } = {}) {
  const clock = new FakeClock();
  const told: (readonly [string | undefined, number])[] = [];
  const push = new OtlpPush({
    ...{ url, everyMs: 60_000, ...files, clock, random: () => 0, body: () => 'the body' },
    supervisor: new Supervisor({ clock, log: silentLog }),
    ended: (fault, rejected) => told.push([fault?.code, rejected]),
  });
  ends.push(() => push.stop());
  push.start();
  /** Lets the next push happen; each ends outside of the clock. @returns how long was waited for it */
  const next = async () => {
    const count = told.length;
    const wait = (clock.nextAt ?? Number.NaN) - clock.now();
    await clock.advance(wait);
    await expect.poll(() => told.length, { interval: 2 }).toBe(count + 1);
    await expect.poll(() => clock.pending, { interval: 2 }).toBe(1);
    return wait;
  };
  return { clock, told, push, next };
}

const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();

describe('pushes to a collector', () => {
  it('are a POST of JSON once a period, with the headers of the file as it is then', async () => {
    const { heard, url } = await collector();
    const headersFile = join(await newFolder(), 'headers');
    await writeFile(headersFile, 'Authorization: Bearer first\n');
    const { next, told } = pushing(url, { headersFile });
    await next();
    await writeFile(headersFile, 'Authorization: Bearer second\n');
    expect(await next()).toBe(60_000);
    expect(heard.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(heard[0]).toMatchObject({ body: 'the body', headers: { 'content-type': 'application/json' } });
    expect(told).toEqual([
      [undefined, 0],
      [undefined, 0],
    ]);
  });

  it('come later and later while the collector is busy, and never sooner than it asks', async () => {
    const { url } = await collector(status(503), status(503), status(429, { 'retry-after': '900' }));
    const { next, told } = pushing(url);
    await next();
    // random 0: half of 5 s, of 10 s
    expect([await next(), await next(), await next(), await next()]).toEqual([5_000, 5_000, 900_000, 60_000]);
    expect(told.map(([code]) => code)).toEqual([
      ...['metrics/busy', 'metrics/busy', 'metrics/busy', undefined, undefined],
    ]);
  });

  it('count what was not taken, follow no redirect, and are not tried again at once where they were refused', async () => {
    const partial = '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"secret"}}';
    const { heard, url } = await collector(
      (response) => response.writeHead(200).end(partial),
      status(307, { location: '/elsewhere' }),
      status(401),
    );
    const { next, told } = pushing(url);
    await next();
    expect([await next(), await next(), await next()]).toEqual([60_000, 60_000, 60_000]);
    expect(told).toEqual([
      ['metrics/partial', 7],
      ['metrics/refused', 0],
      ['metrics/credentials', 0],
      [undefined, 0],
    ]);
    expect(heard).toHaveLength(4);
  });

  it('end over an answer without an end, and over none within ten seconds', async () => {
    const endless = (response: ServerResponse) => {
      const flood = () => {
        while (response.write(Buffer.alloc(16_384)));
        response.once('drain', flood);
      };
      response.on('error', () => {});
      response.writeHead(200);
      flood();
    };
    const { heard, url } = await collector(endless, () => {});
    const { next, told, clock } = pushing(url);
    await next();
    expect(told).toEqual([['metrics/refused', 0]]);
    await clock.advance(60_000);
    await expect.poll(() => heard.length, { interval: 2 }).toBe(2);
    await clock.advance(10_000);
    await expect.poll(() => told.length, { interval: 2 }).toBe(2);
    expect(told[1]).toEqual(['metrics/unreachable', 0]);
  });

  it('tell a collector that is away, and headers that can not be used', async () => {
    const { next, told } = pushing('http://127.0.0.1:1/v1/metrics');
    await next();
    expect(told).toEqual([['metrics/unreachable', 0]]);
    const headersFile = join(await newFolder(), 'headers');
    const { url, heard } = await collector();
    const other = pushing(url, { headersFile });
    await other.next();
    await writeFile(headersFile, 'none');
    await other.next();
    expect(other.told.map(([code]) => code)).toEqual(['metrics/headers', 'metrics/headers']);
    expect(heard).toEqual([]);
  });

  it('end with the agent, also while the collector says nothing', async () => {
    const { heard, url } = await collector(() => {});
    const { push, clock } = pushing(url);
    await clock.advance(0);
    await expect.poll(() => heard.length, { interval: 2 }).toBe(1);
    await push.stop();
    expect(clock.pending).toBe(0);
  });
});

it('the body is an OTLP request: counters are cumulative sums since the start, the rest gauges', () => {
  const family = {
    name: 'n_total',
    help: 'h',
    unit: '1',
    kind: 'counter',
    path: [],
    scale: 1,
    type: 'counter',
  } as const;
  const samples = [{ labels: { gateway: 'gw', bus: 'b' }, value: 3 }];
  const told = [
    { family, samples },
    { family: { ...family, name: 'g', type: 'gauge' } as const, samples },
  ];
  const body = JSON.parse(otlpBody(told, { gateway: 'gw', version: '0.1.0', since: 1000, wall: 61_000 }));
  const attributes = [
    { key: 'gateway', value: { stringValue: 'gw' } },
    { key: 'bus', value: { stringValue: 'b' } },
  ];
  const point = { attributes, timeUnixNano: '61000000000', asDouble: 3 };
  expect(body.resourceMetrics[0].resource.attributes[0]).toEqual({
    ...{ key: 'service.name', value: { stringValue: 'fieldward' } },
  });
  expect(body.resourceMetrics[0].scopeMetrics[0].metrics).toEqual([
    {
      ...{ name: 'n_total', description: 'h', unit: '1' },
      sum: {
        ...{ aggregationTemporality: 2, isMonotonic: true },
        dataPoints: [{ ...point, startTimeUnixNano: '1000000000' }],
      },
    },
    { name: 'g', description: 'h', unit: '1', gauge: { dataPoints: [point] } },
  ]);
});

import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../../../agent/metrics/answer.ts';
import { parseHeaders } from '../../../agent/metrics/headers.ts';

const NOW = Date.UTC(2026, 10, 23, 10, 15);
const judge = (status: number, body = '', retryAfter?: string) => judgeAnswer({ status, body, retryAfter }, NOW);

describe('the answer of a collector', () => {
  it.each([
    ['all was taken', 200, '{}', undefined, 0],
    ['all was taken, in no words', 204, '', undefined, 0],
    [
      'a part was not taken',
      200,
      '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"x"}}',
      'metrics/partial',
      3,
    ],
    ['a part was not taken, as a number', 200, '{"partialSuccess":{"rejectedDataPoints":4}}', 'metrics/partial', 4],
    ['a warning alone', 200, '{"partialSuccess":{"errorMessage":"x"}}', undefined, 0],
    ['what is no JSON', 200, '<html>', undefined, 0],
    ['a count that is none', 200, '{"partialSuccess":{"rejectedDataPoints":"-1e999"}}', undefined, 0],
    ['a prototype', 200, '{"__proto__":{"partialSuccess":{"rejectedDataPoints":9}}}', undefined, 0],
    ['a redirect, which is not followed', 302, '', 'metrics/refused', 0],
    ['bad data', 400, '', 'metrics/refused', 0],
    ['no credentials', 401, '', 'metrics/credentials', 0],
  ])('is %s', (_, status, body, code, rejected) => {
    const verdict = judge(status, body);
    expect([verdict.fault?.code, verdict.rejected, verdict.again]).toEqual([code, rejected, false]);
  });

  it.each([429, 502, 503, 504])('%i is tried again, no sooner than it asks', (status) => {
    expect(judge(status)).toMatchObject({ again: true, wait: 0, fault: { code: 'metrics/busy' } });
    expect(judge(status, '', '120')).toMatchObject({ wait: 120_000 });
    expect(judge(status, '', new Date(NOW + 30_000).toUTCString())).toMatchObject({ wait: 30_000 });
  });

  it.each(['999999999', new Date(NOW + 1e12).toUTCString()])('keeps us away for an hour at the most (%s)', (after) => {
    expect(judge(503, '', after).wait).toBe(3_600_000);
  });

  it.each(['soon', '-5', '', '1e9', new Date(NOW - 1000).toUTCString()])('asks for nothing by %j', (after) => {
    expect(judge(503, '', after).wait).toBe(0);
  });
});

describe('the headers of a file', () => {
  it('are a name and a value a line', () => {
    const text = '# for the collector\r\nAuthorization: Bearer a b==\r\n\nX-Scope-OrgID:\tplant7  \n';
    expect(parseHeaders(text)).toEqual({ authorization: 'Bearer a b==', 'x-scope-orgid': 'plant7' });
    expect(parseHeaders('')).toEqual({});
  });

  it.each([
    'no colon',
    'a b: c',
    'name:',
    'name: a\u0000b',
    'name: é',
    'Host: other',
    'content-length: 3',
    'a: 1\nA: 2',
    Array.from({ length: 17 }, (_, at) => `h${at}: x`).join('\n'),
  ])('are refused: %j', (text) => {
    expect(() => parseHeaders(text)).toThrow(expect.objectContaining({ code: 'metrics/headers' }));
  });
});

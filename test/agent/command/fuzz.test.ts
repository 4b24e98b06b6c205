import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, bytes, iso, POINTS } from './bench.ts';

const pristine = () => [Object.prototype, Array.prototype, Function.prototype, String.prototype].map(Reflect.ownKeys);

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes of the heap that are in use after a collection. */
function used(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const number = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1e999',
    '-1e999',
    '5e-324',
    '9007199254740993',
    '1e21',
    '100.5',
    '100',
    '0.5',
    '1E2',
    '01',
    'NaN',
  ),
  fc.double().map((value) => JSON.stringify(value)),
);
const name = fc.oneof(
  fc.constantFrom(
    'relay',
    'setpoint',
    'mode',
    'label',
    'voltage',
    'points',
    'bus',
    'id',
    '__proto__',
    'constructor',
    'toString',
  ),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const text = fc.oneof(
  fc.constantFrom('auto', 'hand', '\\', '\u2028', 'rs485-a'),
  fc.string({ unit: 'binary', maxLength: 300 }),
);
const scalar = fc.oneof(
  number,
  fc.constantFrom('true', 'false', 'null', '"\\ud800"', ''),
  text.map((value) => JSON.stringify(value)),
);
const deep = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.boolean(), fc.boolean()).map(([depth, isList, closed]) => {
  const [open, close] = isList ? ['[', ']'] : ['{"a":', '}'];
  return open.repeat(depth) + (isList ? '' : '1') + (closed ? close.repeat(depth) : '');
});
const member = fc.tuple(name, fc.oneof({ weight: 8, arbitrary: scalar }, { weight: 1, arbitrary: deep }));
const object = fc
  .array(member, { maxLength: 5 })
  .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);
const expiry: fc.Arbitrary<(wall: number) => string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(1, 10_000, 30_000).map((ahead) => (wall: number) => JSON.stringify(iso(wall + ahead))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-1, 0, 30_001).map((ahead) => (wall: number) => JSON.stringify(iso(wall + ahead))),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(fc.constantFrom('"9999-12-31T23:59:59Z"', '"+275760-09-13T00:00:00.000Z"', '"-1"'), scalar)
      .map((fixed) => () => fixed),
  },
);
/** Near to what is allowed, so that the way to the devices is tried too. */
const close = fc
  .subarray(
    [
      ['relay', fc.constantFrom('true', 'false', '1')],
      ['setpoint', number],
      ['mode', fc.constantFrom('"auto"', '"hand"', '"AUTO"')],
      ['label', text.map((value) => JSON.stringify(value))],
      ['bus', fc.constantFrom('"rs485-a"', '"/dev/ttyS0"')],
      ['points', fc.constantFrom('["relay"]', '["__proto__"]', '[]')],
    ] as const,
    { maxLength: 2 },
  )
  .chain((members) => fc.tuple(...members.map(([key, value]) => value.map((json) => `"${key}":${json}`))))
  .map((members) => `{${members.join(',')}}`);
const structured = fc
  .record({
    id: fc.oneof({ weight: 4, arbitrary: fc.constant('fresh') }, { weight: 1, arbitrary: scalar }),
    expiresAt: expiry,
    args: fc.oneof({ weight: 4, arbitrary: close }, object, scalar, deep),
    more: fc.option(member, { freq: 8 }),
  })
  .map(({ id, expiresAt, args, more }) => (count: number, wall: number) => {
    const extra = more === null || count % 4 > 0 ? '' : `,${JSON.stringify(more[0])}:${more[1]}`;
    return bytes(
      `{"id":${id === 'fresh' ? `"f-${count}"` : id},"expiresAt":${expiresAt(wall)},"args":${args}${extra}}`,
    );
  });
const payload = fc.oneof(
  { weight: 6, arbitrary: structured },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((raw) => () => raw) },
  { weight: 1, arbitrary: fc.json({ stringUnit: 'binary' }).map((json) => () => bytes(json)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }).map((size) => () => new Uint8Array(size).fill(0x5b)) },
);
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('meter-1/command/write', 'meter-1/command/read') },
  { weight: 2, arbitrary: fc.constantFrom('command/reopen', 'command/status', 'command/loglevel', 'command/restart') },
  { weight: 1, arbitrary: fc.tuple(name, name).map(([device, command]) => `${device}/command/${command}`) },
);

describe('requests of every kind', () => {
  it('20,000 of them: nothing throws, nothing is written that should not be, nothing grows, no prototype changes', async () => {
    const { clock, link, gateway, meter, pump, deliver, commands } = await bench();
    const before = pristine();
    const points = new Map(POINTS.map((point) => [point.name, point]));
    let count = 0;
    let heap = 0;
    await fc.assert(
      fc.asyncProperty(
        path,
        payload,
        fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
        fc.option(
          fc.oneof(
            text,
            text.map((end) => `fieldward/gw/reply/${end}`),
          ),
          { nil: undefined },
        ),
        async (where, build, retained, responseTopic) => {
          const body = build(count++, clock.wall());
          const at = clock.wall();
          deliver(where, body, { retained, responseTopic, correlationData: new Uint8Array(4) });
          await clock.advance(1000);
          for (const values of meter.written.splice(0)) {
            expect(where).toBe('meter-1/command/write');
            expect(retained).toBe(false);
            expect(values.size).toBeGreaterThan(0);
            const request = JSON.parse(new TextDecoder().decode(body));
            expect(Object.keys(request.args)).toEqual([...values.keys()]);
            expect(Date.parse(request.expiresAt)).toSatisfy((expires) => at < expires && expires <= at + 30_000);
            for (const [key, value] of values) {
              const point = points.get(key);
              expect(point?.writable).toBe(true);
              if (key === 'relay') expect(typeof value).toBe('boolean');
              if (key === 'mode') expect(['auto', 'hand']).toContain(value);
              if (key === 'label') expect(value).toSatisfy((label) => !/\p{Cc}/u.test(String(label)));
              if (key === 'setpoint')
                expect(value).toSatisfy((v) => v >= 0 && v <= 100 && Math.abs(v * 2 - Math.round(v * 2)) < 1e-9);
            }
          }
          for (const { topic, payload: reply } of link.published.splice(0)) {
            expect(topic.startsWith('fieldward/gw/')).toBe(true);
            expect(topic.endsWith('/reply') || topic.startsWith('fieldward/gw/reply/')).toBe(true);
            expect(JSON.parse(reply).id).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
          }
          if (count === 4_000) heap = used();
        },
      ),
      { numRuns: 20_000 },
    );
    const told = commands.snapshot();
    expect(count).toBe(20_000);
    expect(told.executed, 'the fuzz reaches the devices too').toBeGreaterThan(200);
    expect(told).toMatchObject({ running: 0, unsent: 0 });
    expect(meter.calls.filter((call) => call === 'write').length).toBeGreaterThan(50);
    expect(pump.calls).toEqual([]);
    expect(gateway.calls.filter((call) => call !== 'reopen')).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(pristine()).toEqual(before);
    expect(({} as Record<string, unknown>).relay).toBeUndefined();
    // Kept are at most 2,048 refusals and 1,024 replies; the rest of the room is for the test's own.
    expect(used() - heap).toBeLessThan(16 * 1024 * 1024);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCommand,
  encodePayload,
  type Metric,
  type SentType,
} from '../../../../agent/convention/sparkplug/payload.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { readPayload, writeCommand } from './decode.ts';

const TIME = fc.integer({ min: 0, max: 2 ** 43 });
const typed = fc.oneof(
  fc.record({ type: fc.constant<SentType>('Double'), value: fc.double({ noNaN: true }) }),
  fc.record({ type: fc.constant<SentType>('Int64'), value: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
  fc.record({ type: fc.constant<SentType>('Int32'), value: fc.integer({ min: 0, max: 2 ** 31 - 1 }) }),
  fc.record({ type: fc.constant<SentType>('Boolean'), value: fc.boolean() }),
  fc.record({ type: fc.constant<SentType>('String'), value: fc.string({ unit: 'binary' }) }),
);
const metric = fc
  .record({
    name: fc.option(fc.string({ unit: 'binary', minLength: 1 }), { nil: undefined }),
    alias: fc.option(fc.nat(), { nil: undefined }),
    timestamp: fc.option(TIME, { nil: undefined }),
    tellsType: fc.boolean(),
    historical: fc.boolean(),
    isNull: fc.boolean(),
    typed,
    properties: fc.option(fc.array(fc.tuple(fc.string({ unit: 'binary' }), typed), { maxLength: 5 }), {
      nil: undefined,
    }),
  })
  .map(({ typed: { type, value }, isNull, properties, ...rest }) => {
    const told = properties?.map(([key, each]) => [key, each.type, each.value] as const);
    return { ...rest, type, value: isNull ? null : value, properties: told } satisfies Metric;
  });

describe('a payload', () => {
  it('reads the same in another implementation, whatever it holds', () => {
    fc.assert(
      fc.property(TIME, fc.option(fc.nat(255), { nil: undefined }), fc.array(metric), (timestamp, seq, metrics) => {
        const read = readPayload(encodePayload({ timestamp, seq, metrics }));
        expect(read).toEqual({
          timestamp,
          seq,
          metrics: metrics.map(({ name, alias, timestamp: at, type, tellsType, historical, value, properties }) => ({
            ...{ name, alias, timestamp: at, historical, isNull: value === null },
            type: tellsType ? type : undefined,
            value: value === null ? undefined : value,
            properties: Object.fromEntries(
              (properties ?? []).map(([key, kind, each]) => [key, { type: kind, value: each }]),
            ),
          })),
        });
      }),
    );
  });

  it('has each number in the fewest bytes, as the specification shows it', () => {
    const metrics: Metric[] = [{ name: 'bdSeq', type: 'Int64', tellsType: true, value: 0 }];
    expect(Buffer.from(encodePayload({ timestamp: 1, seq: 0, metrics })).toString('hex')).toBe(
      `0801${'120b'}${'0a0562645365712004'}${'5800'}1800`,
    );
  });
});

describe('a command', () => {
  it.each([
    ['Int8', -5, -5],
    ['Int16', -300, -300],
    ['Int32', -70_000, -70_000],
    ['Int64', -5_000_000_000, -5_000_000_000],
    ['UInt8', 200, 200],
    ['UInt16', 65_535, 65_535],
    ['UInt32', 4_294_967_295, 4_294_967_295],
    ['UInt64', 5_000_000_000, 5_000_000_000],
    ['Float', 0.5, 0.5],
    ['Double', -1.25, -1.25],
    ['Boolean', true, true],
    ['Boolean', false, false],
    ['String', 'heat', 'heat'],
    ['Text', 'größer', 'größer'],
  ])('gives %s %s as another implementation writes it', (type, value, expected) => {
    expect(decodeCommand(writeCommand([{ name: 'level', type, value }]))).toEqual([
      { name: 'level', alias: undefined, value: expected },
    ]);
  });

  it('gives a whole number that no double holds without a loss', () => {
    // metric { long_value: 2^63 + 1 }
    const bytes = Buffer.from('120b5881808080808080808001', 'hex');
    expect(decodeCommand(bytes)).toEqual([{ name: undefined, alias: undefined, value: 9_223_372_036_854_775_809n }]);
  });

  it('gives null where the host says so, and nothing where there is no value', () => {
    // metric { name: "a", is_null: true }, metric { name: "a" }
    expect(decodeCommand(Buffer.from('12050a01613801', 'hex'))).toMatchObject([{ value: null }]);
    expect(decodeCommand(Buffer.from('12030a0161', 'hex'))).toMatchObject([{ value: undefined }]);
  });

  it.each([
    ['a length beyond the end', '12ff'],
    ['a number that does not end', `12${'0c'}58${'ff'.repeat(10)}01`],
    ['a group', '0b'],
    ['field number 0', '0000'],
    ['a name that is no UTF-8', '12040a02c328'],
    ['a name that is a number', '12020805'],
    ['a double of four bytes', '12056d00000000'],
    ['a metric that is a number', '1005'],
  ])('is refused with %s', (_, hex) => {
    expect(() => decodeCommand(Buffer.from(hex, 'hex'))).toThrow(new Fault('command/malformed'));
  });

  it('is refused with more metrics than a device has points', () => {
    expect(decodeCommand(Buffer.from('12030a0161'.repeat(1000), 'hex'))).toHaveLength(1000);
    expect(() => decodeCommand(Buffer.from('12030a0161'.repeat(1001), 'hex'))).toThrow(new Fault('command/malformed'));
  });

  it('ends with metrics or a fault, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const { name } of decodeCommand(bytes)) expect(name?.length ?? 0).toBeLessThanOrEqual(4096);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'command/malformed' });
        }
      }),
    );
  });
});

import { Fault } from '../../../drivers/contract/fault.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { ProtobufWriter, protobufFields } from './protobuf.ts';

/** Data types of metrics and properties (Sparkplug 3.0, 6.4.16): those that the node sends, and those that a host may. */
const DATA_TYPE = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
} as const;

export type SentType = 'Int32' | 'Int64' | 'Double' | 'Boolean' | 'String';

/** Properties of a metric: texts and numbers; `Quality` is an Int32. */
export type MetricProperties = readonly (readonly [key: string, type: SentType, value: string | number | boolean])[];

/** The content of a metric (6.4.8). */
export interface Metric {
  /** Left out where the alias stands for it. */
  readonly name?: string | undefined;
  readonly alias?: number | undefined;
  /** Of the sample, milliseconds since 1970. */
  readonly timestamp?: number | undefined;
  /** How the value is encoded; told to the host in births alone. */
  readonly type: SentType;
  readonly tellsType: boolean;
  readonly historical?: boolean | undefined;
  readonly value: Value;
  readonly properties?: MetricProperties | undefined;
}

export interface Payload {
  /** Of sending, milliseconds since 1970. */
  readonly timestamp: number;
  /** 0 to 255; an NDEATH has none. */
  readonly seq?: number | undefined;
  readonly metrics: readonly Metric[];
}

/** Numbers of the fields (6.4.4, and the schema of the specification). */
const PAYLOAD = { timestamp: 1, metric: 2, seq: 3 };
const METRIC = {
  ...{ name: 1, alias: 2, timestamp: 3, datatype: 4, historical: 5, isNull: 7, properties: 9 },
  ...{ int: 10, long: 11, float: 12, double: 13, bool: 14, text: 15 },
};
const SET = { key: 1, value: 2 };
const PROPERTY = { type: 1, int: 3, long: 4, double: 6, bool: 7, text: 8 };

export function encodePayload({ timestamp, metrics, seq }: Payload): Uint8Array {
  const writer = new ProtobufWriter().varint(PAYLOAD.timestamp, timestamp);
  for (const metric of metrics) writer.message(PAYLOAD.metric, () => writeMetric(writer, metric));
  if (seq !== undefined) writer.varint(PAYLOAD.seq, seq);
  return writer.finish();
}

function writeMetric(writer: ProtobufWriter, metric: Metric): void {
  const { name, alias, timestamp, type, tellsType, historical, value, properties } = metric;
  if (name !== undefined) writer.text(METRIC.name, name);
  if (alias !== undefined) writer.varint(METRIC.alias, alias);
  if (timestamp !== undefined) writer.varint(METRIC.timestamp, timestamp);
  if (tellsType) writer.varint(METRIC.datatype, DATA_TYPE[type]);
  if (historical === true) writer.bool(METRIC.historical, true);
  if (value === null) writer.bool(METRIC.isNull, true);
  if (properties !== undefined && properties.length > 0) {
    writer.message(METRIC.properties, () => {
      for (const [key] of properties) writer.text(SET.key, key);
      for (const [, kind, each] of properties) {
        writer.message(SET.value, () =>
          writeValue(writer.varint(PROPERTY.type, DATA_TYPE[kind]), PROPERTY, kind, each),
        );
      }
    });
  }
  if (value !== null) writeValue(writer, METRIC, type, value);
}

function writeValue(
  writer: ProtobufWriter,
  field: Readonly<Record<'int' | 'long' | 'double' | 'bool' | 'text', number>>,
  type: SentType,
  value: string | number | boolean,
): void {
  if (type === 'String') writer.text(field.text, String(value));
  else if (type === 'Boolean') writer.bool(field.bool, value === true);
  else if (type === 'Double') writer.double(field.double, Number(value));
  else writer.varint(type === 'Int32' ? field.int : field.long, Number(value));
}

/** A metric as a host sends it in a command. */
export interface CommandMetric {
  readonly name: string | undefined;
  readonly alias: number | undefined;
  /** A whole number that no double holds is a bigint; undefined: it has none, or one of a type that no point has. */
  readonly value: Value | bigint | undefined;
}

/** More metrics than any device has points that can be written. */
const MOST_METRICS = 1000;
const LONGEST_TEXT = 4096;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The metrics of an NCMD or a DCMD. Every byte of it is hostile.
 * @throws Fault `command/malformed`
 */
export function decodeCommand(bytes: Uint8Array): readonly CommandMetric[] {
  const metrics: CommandMetric[] = [];
  for (const { field, kind, value } of protobufFields(bytes)) {
    if (field !== PAYLOAD.metric) continue;
    if (kind !== 'bytes' || metrics.length === MOST_METRICS) throw new Fault('command/malformed');
    metrics.push(decodeMetric(value));
  }
  return metrics;
}

function decodeMetric(bytes: Uint8Array): CommandMetric {
  let name: string | undefined;
  let alias: number | undefined;
  let type = 0;
  let isNull = false;
  let value: CommandMetric['value'];
  for (const each of protobufFields(bytes)) {
    const { field } = each;
    if (field === METRIC.name) name = textOf(each.value);
    else if (field === METRIC.alias) alias = Number(whole(each.value));
    else if (field === METRIC.datatype) type = Number(whole(each.value));
    else if (field === METRIC.isNull) isNull = whole(each.value) !== 0n;
    else if (field === METRIC.int) value = number(signed(whole(each.value) & 0xffff_ffffn, type));
    else if (field === METRIC.long) value = number(signed(whole(each.value), type));
    else if (field === METRIC.float) value = fixed(each.value, 4).getFloat32(0, true);
    else if (field === METRIC.double) value = fixed(each.value, 8).getFloat64(0, true);
    else if (field === METRIC.bool) value = whole(each.value) !== 0n;
    else if (field === METRIC.text) value = textOf(each.value);
  }
  return { name, alias, value: isNull ? null : value };
}

type Raw = bigint | DataView | Uint8Array;

function whole(value: Raw): bigint {
  if (typeof value !== 'bigint') throw new Fault('command/malformed');
  return value;
}

function fixed(value: Raw, length: number): DataView {
  if (!(value instanceof DataView) || value.byteLength !== length) throw new Fault('command/malformed');
  return value;
}

function textOf(value: Raw): string {
  if (!(value instanceof Uint8Array) || value.length > LONGEST_TEXT) throw new Fault('command/malformed');
  try {
    return utf8.decode(value);
  } catch {
    throw new Fault('command/malformed');
  }
}

/** Signed types lie on the wire as the two's complement of their field (6.4.16). */
function signed(value: bigint, type: number): bigint {
  if (type === DATA_TYPE.Int8 || type === DATA_TYPE.Int16 || type === DATA_TYPE.Int32) return BigInt.asIntN(32, value);
  return type === DATA_TYPE.Int64 ? BigInt.asIntN(64, value) : value;
}

function number(value: bigint): number | bigint {
  const nearest = Number(value);
  return Number.isSafeInteger(nearest) ? nearest : value;
}

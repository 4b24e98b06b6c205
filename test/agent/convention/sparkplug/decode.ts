import sparkplug from 'sparkplug-payload';
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js';

const { Payload } = proto.org.eclipse.tahu.protobuf;
const NAMES = [
  ...['Unknown', 'Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64'],
  ...['Float', 'Double', 'Boolean', 'String', 'DateTime', 'Text'],
];

export interface ReadProperty {
  readonly type: string | undefined;
  readonly value: string | number | boolean;
}

/** A metric as another implementation reads it. */
export interface ReadMetric {
  readonly name?: string | undefined;
  readonly alias?: number | undefined;
  readonly timestamp?: number | undefined;
  /** Absent: none was told. */
  readonly type?: string | undefined;
  /** Absent: there is no value field. */
  readonly value?: number | boolean | string | undefined;
  readonly historical: boolean;
  readonly isNull: boolean;
  readonly properties: Readonly<Record<string, ReadProperty>>;
}

export interface ReadPayload {
  readonly timestamp?: number | undefined;
  readonly seq?: number | undefined;
  readonly metrics: readonly ReadMetric[];
}

interface Wire {
  readonly name?: string;
  readonly alias?: unknown;
  readonly timestamp?: unknown;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isNull?: boolean;
  readonly properties?: { readonly keys: readonly string[]; readonly values: readonly WireValue[] };
}
type WireValue = Readonly<Record<string, unknown>>;

/** Reads a payload with the decoder of the Tahu project: nothing of it is ours. Only fields on the wire are there. */
export function readPayload(bytes: Uint8Array): ReadPayload {
  const { timestamp, seq, metrics } = own(Payload.decode(bytes)) as {
    timestamp?: unknown;
    seq?: unknown;
    metrics?: readonly object[];
  };
  return { timestamp: whole(timestamp), seq: whole(seq), metrics: (metrics ?? []).map(readMetric) };
}

function readMetric(metric: object): ReadMetric {
  const wire = own(metric) as Wire & WireValue;
  const { keys = [], values = [] } = wire.properties ?? {};
  if (keys.length !== values.length) throw new Error('as many keys as values');
  return {
    name: wire.name,
    alias: whole(wire.alias),
    timestamp: whole(wire.timestamp),
    type: wire.datatype === undefined ? undefined : NAMES[wire.datatype],
    value: readValue(wire),
    historical: wire.isHistorical === true,
    isNull: wire.isNull === true,
    properties: Object.fromEntries(keys.map((key, index) => [key, readProperty(own(values[index] ?? {}))])),
  };
}

function readProperty(wire: WireValue): ReadProperty {
  const { type } = wire;
  return { type: typeof type === 'number' ? NAMES[type] : undefined, value: readValue(wire) ?? '' };
}

function readValue(wire: WireValue): ReadMetric['value'] {
  const found = ['intValue', 'longValue', 'floatValue', 'doubleValue', 'booleanValue', 'stringValue'].filter(
    (key) => wire[key] !== undefined,
  );
  if (found.length > 1) throw new Error('two values in one metric');
  const value = wire[found[0] ?? ''];
  return typeof value === 'object' && value !== null ? Number(value) : (value as ReadMetric['value']);
}

/** Its prototype has a default for each field that is not there. */
function own(message: object): WireValue {
  return Object.fromEntries(Object.entries(message));
}

/** 64-bit numbers come as objects. */
function whole(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

/** A command as another implementation writes it. */
export function writeCommand(
  metrics: readonly { readonly name: string; readonly type: string; readonly value: unknown }[],
): Uint8Array {
  const codec = sparkplug.get('spBv1.0');
  if (codec === null) throw new Error('no codec');
  return codec.encodePayload({ timestamp: 1, metrics: metrics as never });
}

/** The values of properties, without their types. */
export function plainProperties({ properties }: ReadMetric): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(Object.entries(properties).map(([key, { value }]) => [key, value]));
}

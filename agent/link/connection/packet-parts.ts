import type { OutgoingMessage } from '../link.ts';

/** Longer than any name that a person has; a journal keeps it for every command. */
const LONGEST_USER = 256;

/** Type 3 in the upper half of the first byte, then the flags DUP, QoS and RETAIN (MQTT 3.1.1 and 5, 3.3.1). */
const PUBLISH_QOS_1 = 0x32;
const RETAIN = 0x01;
/** First byte and length (MQTT 5, 2.1). */
const LONGEST_FIXED = 5;
/** Of the topic, and the packet identifier. */
const LENGTHS = 4;
const NO_PROPERTIES = 1;

/** A message's properties beside its payload, as MQTT.js takes them. */
interface PacketProperties {
  readonly correlationData?: Buffer;
  readonly responseTopic?: string;
  readonly userProperties?: { readonly user: string };
}

/** MQTT.js takes text and Buffers. */
export function packed(payload: string | Uint8Array): string | Buffer {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** MQTT.js makes properties of every key that is there, also of an undefined one. */
export function propertiesOf({ correlationData, responseTopic, user }: OutgoingMessage): PacketProperties | undefined {
  if (correlationData === undefined && responseTopic === undefined && user === undefined) return undefined;
  return {
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(user === undefined ? {} : { userProperties: { user } }),
  };
}

/** A property may be there several times (MQTT 5, 3.3.2.3.7), and then it names nobody. */
export function userOf(properties: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const user = properties?.user;
  return typeof user === 'string' && user.length <= LONGEST_USER ? user : undefined;
}

/** Why the broker refused, as MQTT.js tells it; 128 where it tells nothing. */
export function reasonOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 128;
}

/** Whether the message is no more than a topic and a payload, as readings are. */
export function isPlain({ correlationData, responseTopic, user }: OutgoingMessage): boolean {
  return correlationData === undefined && responseTopic === undefined && user === undefined;
}

/**
 * A plain message at QoS 1 as one piece (MQTT 3.1.1 and 5, 3.3). MQTT.js writes each field by itself, keeps the packet for
 * a session that we never have, and sets a timer: that is several times the work, for each reading.
 * @param identifier of the packet, 1 to 65535
 */
export function publishPacket({ topic, payload, retain }: OutgoingMessage, identifier: number, version: 4 | 5): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const rest = LENGTHS + topicBytes + (version === 5 ? NO_PROPERTIES : 0) + payloadBytes;
  const packet = Buffer.allocUnsafe(LONGEST_FIXED + rest);
  packet[0] = PUBLISH_QOS_1 | (retain ? RETAIN : 0);
  let at = 1;
  for (let left = rest; at === 1 || left > 0; left = Math.floor(left / 128)) {
    packet[at] = left >= 128 ? (left % 128) | 0x80 : left;
    at += 1;
  }
  at = packet.writeUInt16BE(topicBytes, at);
  at += packet.write(topic, at);
  at = packet.writeUInt16BE(identifier, at);
  if (version === 5) at = packet.writeUInt8(0, at);
  if (typeof payload === 'string') packet.write(payload, at);
  else packet.set(payload, at);
  return packet.subarray(0, at + payloadBytes);
}

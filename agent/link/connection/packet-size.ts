import type { OutgoingMessage } from '../link.ts';

/** The fixed header's first byte. */
const TYPE = 1;
/** Length of a text or of binary data (MQTT 5, 1.5.4 and 1.5.6). */
const LENGTH = 2;
const PACKET_IDENTIFIER = 2;
const OPTIONS = 1;
/** The property's identifier (MQTT 5, 2.2.2.2). */
const IDENTIFIER = 1;
const USER = 'user';

/** Bytes of the PUBLISH packet, all of them, as the broker counts them (MQTT 5, 3.3 and 3.1.2.11.4). */
export function packetSize(message: OutgoingMessage, version: 4 | 5): number {
  const { topic, payload, qos } = message;
  const properties = version === 5 ? propertiesSize(message) : 0;
  const variable = LENGTH + Buffer.byteLength(topic) + (qos > 0 ? PACKET_IDENTIFIER : 0) + properties;
  const rest = variable + (typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length);
  return TYPE + lengthSize(rest) + rest;
}

/** Bytes of the SUBSCRIBE packet (MQTT 5 and 3.1.1, 3.8): after each filter stands a byte of options. */
export function subscribeSize(filters: readonly string[], version: 4 | 5): number {
  const asked = filters.reduce((sum, filter) => sum + LENGTH + Buffer.byteLength(filter) + OPTIONS, 0);
  const rest = PACKET_IDENTIFIER + (version === 5 ? lengthSize(0) : 0) + asked;
  return TYPE + lengthSize(rest) + rest;
}

function propertiesSize({ correlationData, responseTopic, user }: OutgoingMessage): number {
  let size = 0;
  if (correlationData !== undefined) size += IDENTIFIER + LENGTH + correlationData.length;
  if (responseTopic !== undefined) size += IDENTIFIER + LENGTH + Buffer.byteLength(responseTopic);
  if (user !== undefined) size += IDENTIFIER + LENGTH + USER.length + LENGTH + Buffer.byteLength(user);
  return lengthSize(size) + size;
}

/** A length takes one to four bytes (MQTT 5, 1.5.5). */
function lengthSize(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}

import type { OutgoingMessage } from '../link.ts';

/** Longer than any name that a person has; a journal keeps it for every command. */
const LONGEST_USER = 256;

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

/** Beside topic and payload, as MQTT.js takes it. */
interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly properties?: PacketProperties;
}

/** Without properties there is no key for them: with one, MQTT.js makes a hidden class of V8's for each packet. */
export function publishOptions(message: OutgoingMessage, qos: 0 | 1, version: 4 | 5): PublishOptions {
  const { retain } = message;
  const properties = version === 5 ? propertiesOf(message) : undefined;
  return properties === undefined ? { qos, retain } : { qos, retain, properties };
}

/** MQTT.js makes properties of every key that is there, also of an undefined one. */
function propertiesOf({ correlationData, responseTopic, user }: OutgoingMessage): PacketProperties | undefined {
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

import type { Session } from './terms.ts';

/** Of a CONNACK what decides whether a session can be had (MQTT 5, 3.2.2), as the library reads it. */
export interface Connack {
  readonly sessionPresent: boolean;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/** CONNACK and DISCONNECT: a protocol error (MQTT 5, 3.2.2.2 and 4.13). */
export const PROTOCOL_ERROR = 130;

/** Each byte of these counts what the broker takes: none of them may be 0 (MQTT 5, 3.2.2.3.3 and 3.2.2.3.6). */
const NEVER_ZERO = ['receiveMaximum', 'maximumPacketSize'];

/**
 * Whether a broker may say this in MQTT 5 to a client that asked for a clean start under its own name. A session that is
 * there all the same (3.2.2.1.1), a property twice, a maximum of 0, a QoS beyond 1 as the greatest (3.2.2.3.4) and another
 * name than ours (3.2.2.3.7) are protocol errors: on such a connection nothing can be relied on, and with a receive maximum
 * of 0 nothing can ever be sent. Pure.
 */
export function isPossible({ sessionPresent, properties = {} }: Connack, clientId: string): boolean {
  if (sessionPresent) return false;
  const { maximumQoS = 0, assignedClientIdentifier = clientId } = properties;
  // the library makes a list of what comes twice
  const once = Object.entries(properties).every(([name, value]) => name === 'userProperties' || !Array.isArray(value));
  const room = NEVER_ZERO.every((name) => properties[name] !== 0);
  return once && room && (maximumQoS === 0 || maximumQoS === 1) && assignedClientIdentifier === clientId;
}

interface Offered {
  readonly receiveMaximum?: number | undefined;
  readonly maximumPacketSize?: number | undefined;
  readonly retainAvailable?: unknown;
  readonly maximumQoS?: number | undefined;
}

/** The broker's account of itself (MQTT 5, 3.2.2.3), as MQTT.js gives it; a part that it leaves out is as the standard has it. */
export function sessionOf(properties: Offered | undefined): Session {
  return {
    receiveMaximum: properties?.receiveMaximum ?? 65_535,
    maximumPacketSize: properties?.maximumPacketSize,
    // 0 or 1 as a boolean, or the byte
    retainAvailable: Number(properties?.retainAvailable ?? 1) !== 0,
    maximumQos: properties?.maximumQoS === 0 ? 0 : 1,
  };
}

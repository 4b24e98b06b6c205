import { get, isMapping, numberOf, textOf } from '../data.ts';
import { LIMITS } from '../limits.ts';
import type { Finding } from '../problem.ts';
import { isLoopback, parseBrokerUrl } from '../schema/text.ts';

/**
 * What the keys of `mqtt` must keep among themselves. Judges the data as read, so that these findings come together
 * with those of the schema and not one run later.
 */
export function mqttRules(root: unknown): readonly Finding[] {
  const mqtt = get(root, 'mqtt');
  if (!isMapping(mqtt)) return [];
  const findings: Finding[] = [];
  const refuse = (key: string, message: string) => findings.push({ path: ['mqtt', key], message });
  const has = (key: string) => get(mqtt, key) !== undefined;

  const broker = parseBrokerUrl(textOf(get(mqtt, 'url')) ?? '');
  if (broker !== undefined && !broker.secure) {
    if (!isLoopback(broker.host) && get(mqtt, 'allowPlaintext') !== true) {
      refuse('url', 'must be mqtts:// off the loopback, unless allowPlaintext is true');
    }
    for (const key of ['caFile', 'certFile', 'keyFile']) {
      if (has(key)) refuse(key, 'has no meaning with mqtt://; use mqtts://');
    }
  }
  if (has('certFile') && !has('keyFile')) refuse('certFile', 'needs keyFile');
  if (has('keyFile') && !has('certFile')) refuse('keyFile', 'needs certFile');
  // MQTT 3.1.1, 3.1.2.9: without a user name there can be no password.
  if (has('passwordFile') && !has('username')) refuse('passwordFile', 'needs username');
  const least = numberOf(get(mqtt, 'reconnectMinMs')) ?? LIMITS.mqtt.reconnectMinMs.default;
  const most = numberOf(get(mqtt, 'reconnectMaxMs')) ?? LIMITS.mqtt.reconnectMaxMs.default;
  if (most < least)
    refuse(
      has('reconnectMaxMs') ? 'reconnectMaxMs' : 'reconnectMinMs',
      'reconnectMaxMs must not be below reconnectMinMs',
    );
  return findings;
}

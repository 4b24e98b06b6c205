import { AMOUNTS, LIMITS } from '../limits.ts';
import type { Finding, Path } from '../problem.ts';
import { type BrokerUrl, isLoopback, parseBrokerUrl } from '../schema/text.ts';
import { asNumber, asText, get, isMapping, list, type Mapping } from '../source/data.ts';

/**
 * The rules that the keys of `mqtt` must keep among themselves. Judges the data as read, so that these findings come
 * together with those of the schema and not one run later.
 */
export function mqttRules(root: unknown): readonly Finding[] {
  const mqtt = get(root, 'mqtt');
  if (!isMapping(mqtt)) return [];
  const findings: Finding[] = [...brokerRules(mqtt, 'mqtt', get(mqtt, 'allowPlaintext') === true)];
  const refuse = (key: string, message: string) => findings.push({ path: ['mqtt', key], message });
  const has = (key: string) => get(mqtt, key) !== undefined;
  const least = asNumber(get(mqtt, 'reconnectMinMs')) ?? LIMITS.mqtt.reconnectMinMs.default;
  const most = asNumber(get(mqtt, 'reconnectMaxMs')) ?? LIMITS.mqtt.reconnectMaxMs.default;
  if (most < least)
    refuse(
      has('reconnectMaxMs') ? 'reconnectMaxMs' : 'reconnectMinMs',
      'reconnectMaxMs must not be below reconnectMinMs',
    );
  return findings;
}

/**
 * The rules that the brokers and credentials of a section must keep among themselves.
 * @param allowPlaintext whether `mqtt` lets plaintext off the loopback
 */
export function brokerRules(data: Mapping, section: string, allowPlaintext: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  const refuse = (key: string, message: string) => findings.push({ path: [section, key], message });
  const has = (key: string) => get(data, key) !== undefined;

  const brokers = brokersOf(data, section);
  for (const { path, broker } of brokers) {
    if (!leavesInPlaintext(broker) || allowPlaintext) continue;
    findings.push({ path, message: 'must be mqtts:// or wss:// off the loopback, unless allowPlaintext is true' });
  }
  if (brokers.length > 0 && brokers.every(({ broker }) => !broker.secure)) {
    for (const key of ['caFile', 'certFile', 'keyFile', 'alpn']) {
      if (has(key)) refuse(key, 'has no meaning without TLS: use mqtts:// or wss://');
    }
  }
  for (const [at, { path, broker }] of brokers.entries()) {
    if (!brokers.slice(0, at).some((before) => isSame(before.broker, broker))) continue;
    findings.push({ path, message: 'names a broker that stands before it' });
  }
  if (has('certFile') && !has('keyFile')) refuse('certFile', 'needs keyFile');
  if (has('keyFile') && !has('certFile')) refuse('keyFile', 'needs certFile');
  if (has('proxyCredentialsFile') && !has('proxy')) refuse('proxyCredentialsFile', 'needs proxy');
  // MQTT 3.1.1, 3.1.2.9: without a user name there can be no password.
  if (has('passwordFile') && !has('username')) refuse('passwordFile', 'needs username');
  return findings;
}

/** With TLS first, somebody who can cut that broker off would otherwise get password and readings without a word. */
export function mqttWarnings(root: unknown): readonly Finding[] {
  const brokers = brokersOf(get(root, 'mqtt'), 'mqtt');
  const firstSecure = brokers.findIndex(({ broker }) => broker.secure);
  if (firstSecure < 0) return [];
  return brokers.slice(firstSecure).flatMap(({ path, broker }) => {
    if (!leavesInPlaintext(broker)) return [];
    return [{ path, message: 'who cuts off the brokers before it gets the password and all readings in plaintext' }];
  });
}

interface Placed {
  readonly path: Path;
  readonly broker: BrokerUrl;
}

/** In the order in which they are tried; a text that is no URL is the schema's to refuse. */
function brokersOf(data: unknown, section: string): readonly Placed[] {
  const fallbacks = list(get(data, 'fallbackUrls')).slice(0, AMOUNTS.fallbackUrls);
  const urls: readonly { readonly path: Path; readonly url: unknown }[] = [
    { path: [section, 'url'], url: get(data, 'url') },
    ...fallbacks.map((url, index) => ({ path: [section, 'fallbackUrls', index], url })),
  ];
  return urls.flatMap(({ path, url }) => {
    const broker = parseBrokerUrl(asText(url) ?? '');
    return broker === undefined ? [] : [{ path, broker }];
  });
}

function leavesInPlaintext({ secure, host }: BrokerUrl): boolean {
  return !secure && !isLoopback(host);
}

function isSame(one: BrokerUrl, other: BrokerUrl): boolean {
  return one.port === other.port && one.path === other.path && one.host.toLowerCase() === other.host.toLowerCase();
}

import type { Finding } from '../problem.ts';
import { get, isMapping } from '../source/data.ts';
import { brokerRules } from './mqtt.ts';

/** Keys that belong to a broker of its own. */
const OF_BROKER = ['fallbackUrls', 'username', 'passwordFile', 'caFile', 'certFile', 'keyFile'];

/** The rules that the keys of `sparkplug` must keep among themselves. */
export function sparkplugRules(root: unknown): readonly Finding[] {
  const sparkplug = get(root, 'sparkplug');
  if (!isMapping(sparkplug)) return [];
  if (get(sparkplug, 'url') !== undefined) {
    return brokerRules(sparkplug, 'sparkplug', get(get(root, 'mqtt'), 'allowPlaintext') === true);
  }
  return OF_BROKER.filter((key) => get(sparkplug, key) !== undefined).map((key) => ({
    path: ['sparkplug', key],
    message: 'needs url: without it broker and credentials are those of mqtt',
  }));
}

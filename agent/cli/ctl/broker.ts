import { resolve } from 'node:path';
import type { MqttConfig } from '../../../config/config.ts';
import { mqttRules } from '../../../config/rules/mqtt.ts';
import { mqttSchema } from '../../../config/schema/mqtt.ts';
import { validated } from '../../../config/source/words.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';

/** The options that name the broker and the user who asks; they are laid over those of `--config`. */
export const BROKER_FLAGS = {
  url: { type: 'string' },
  'topic-prefix': { type: 'string' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  'key-file': { type: 'string' },
  protocol: { type: 'string' },
  'allow-plaintext': { type: 'boolean' },
} as const;

type Flag = keyof typeof BROKER_FLAGS;

const KEYS: Readonly<Record<Flag, keyof MqttConfig>> = {
  url: 'url',
  'topic-prefix': 'topicPrefix',
  username: 'username',
  'password-file': 'passwordFile',
  ca: 'caFile',
  cert: 'certFile',
  'key-file': 'keyFile',
  protocol: 'protocolVersion',
  'allow-plaintext': 'allowPlaintext',
};
const FILES: ReadonlySet<string> = new Set<Flag>(['password-file', 'ca', 'cert', 'key-file']);
const DEFAULT_URL = 'mqtt://localhost:1883';

export type Broker =
  | { readonly ok: true; readonly config: MqttConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * The connection by the flags, judged as `mqtt` of a config is. No problem repeats a value.
 * @param base of a config, where one was named
 */
export function readBroker(flags: Readonly<Record<string, unknown>>, base: MqttConfig | undefined): Broker {
  const data: Record<string, unknown> = { url: DEFAULT_URL, ...base };
  for (const [flag, key] of Object.entries(KEYS)) {
    const value = flags[flag];
    if (value !== undefined) data[key] = ofFlag(flag, value);
  }
  const checked = validated(mqttSchema, data, ['mqtt']);
  const findings = [...(checked.ok ? [] : checked.findings), ...mqttRules({ mqtt: data })];
  if (checked.ok && findings.length === 0) return { ok: true, config: checked.data };
  return { ok: false, problems: findings.map(({ path, message }) => inFlags(`${path.at(-1)}: ${message}`)) };
}

/** Says on stderr what is wrong with the flags of a command. */
export function wrongUsage(io: Pick<CliIo, 'err'>, command: string, problems: readonly string[]): ExitCode {
  for (const problem of problems) io.err(`fieldward: ${problem}`);
  io.err(`\`fieldward ${command} --help\` tells more.`);
  return EXIT.usage;
}

function ofFlag(flag: string, value: unknown): unknown {
  if (flag === 'protocol') return /^[45]$/.test(String(value)) ? Number(value) : value;
  return FILES.has(flag) && typeof value === 'string' ? resolve(value) : value;
}

/** The config's words for keys are not those of the command line. */
function inFlags(text: string): string {
  let said = text.replace('allowPlaintext is true', '--allow-plaintext is given');
  for (const [flag, key] of Object.entries(KEYS)) said = said.replace(new RegExp(`\\b${key}\\b`, 'g'), `--${flag}`);
  return said;
}

import { isTables, parseToml, type Toml, type TomlTable } from './toml.ts';

/*
 * Telegraf's reading of a message: of `mqtt_consumer` the topics and `topic_parsing`, of `json_v2` plain paths and one
 * flat object. A checker of ours, made from Telegraf's documentation: it stands in for Telegraf, which is not here.
 */

/** One line that Telegraf would write. */
export interface Metric {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export type Metrics = (topic: string, payload: string) => readonly Metric[];

const KNOWN = {
  plugin: new Set(
    'servers tls_ca tls_cert tls_key topics qos persistent_session client_id max_undelivered_messages topic_tag data_format topic_parsing json_v2'.split(
      ' ',
    ),
  ),
  parser: new Set('measurement_name timestamp_path timestamp_format tag field object'.split(' ')),
  value: new Set('path rename type optional'.split(' ')),
};

/** @throws Error for a config that Telegraf would refuse, or that this does not know */
export function telegrafOf(text: string): Metrics {
  const { inputs, outputs, ...others } = parseToml(text) as { inputs: TomlTable; outputs: TomlTable };
  if (Object.keys(others).length > 0 || outputs === undefined) throw new Error('tables at the top');
  const { mqtt_consumer: plugins, ...otherInputs } = inputs;
  if (!isTables(plugins) || Object.keys(otherInputs).length > 0) throw new Error('other inputs');
  for (const plugin of plugins) checkPlugin(plugin);
  return (topic, payload) =>
    plugins
      .filter(({ topics }) => (topics as readonly string[]).some((filter) => fits(filter, topic)))
      .flatMap((plugin) => metricsOf(plugin, topic, JSON.parse(payload)));
}

function checkPlugin(plugin: TomlTable): void {
  only(plugin, KNOWN.plugin);
  if (plugin.data_format !== 'json_v2') throw new Error('data_format');
  if (plugin.persistent_session === true && typeof plugin.client_id !== 'string') throw new Error('client_id');
  for (const { topic, tags } of tables(plugin.topic_parsing)) {
    if (String(topic).split('/').length !== String(tags).split('/').length) throw new Error('levels of tags');
  }
  for (const parser of tables(plugin.json_v2)) {
    only(parser, KNOWN.parser);
    for (const each of [...tables(parser.tag), ...tables(parser.field), ...tables(parser.object)])
      only(each, KNOWN.value);
  }
}

function only(table: TomlTable, known: ReadonlySet<string>): void {
  for (const key of Object.keys(table)) if (!known.has(key)) throw new Error(`unknown key ${key}`);
}

function tables(value: Toml | undefined): readonly TomlTable[] {
  if (value === undefined) return [];
  if (!isTables(value)) throw new Error('a list of tables');
  return value;
}

/** Whether a topic fits a filter with `+` alone. */
export function fits(filter: string, topic: string): boolean {
  const [wanted, levels] = [filter.split('/'), topic.split('/')];
  return wanted.length === levels.length && wanted.every((each, at) => each === '+' || each === levels[at]);
}

function metricsOf(plugin: TomlTable, topic: string, message: unknown): readonly Metric[] {
  const tags: Record<string, string> = {};
  for (const parsing of tables(plugin.topic_parsing)) {
    if (!fits(String(parsing.topic), topic)) continue;
    for (const [at, name] of String(parsing.tags).split('/').entries()) {
      if (name !== '_') tags[name] = topic.split('/')[at] ?? '';
    }
  }
  const made = tables(plugin.json_v2).map((parser) => metricOf(parser, tags, message));
  // a metric without fields is not written
  return made.filter(({ fields }) => Object.keys(fields).length > 0);
}

function metricOf(parser: TomlTable, topicTags: Readonly<Record<string, string>>, message: unknown): Metric {
  const tags = { ...topicTags };
  const fields: Record<string, string | number | boolean> = {};
  for (const tag of tables(parser.tag)) tags[nameOf(tag)] = String(found(tag, message));
  for (const field of tables(parser.field)) {
    const value = found(field, message);
    if (value !== undefined && value !== null) fields[nameOf(field)] = typed(value, field.type);
  }
  for (const object of tables(parser.object)) {
    for (const [name, value] of Object.entries((found(object, message) ?? {}) as object)) {
      if (value !== null) fields[name] = typed(value, undefined);
    }
  }
  const stamp = at(message, String(parser.timestamp_path));
  return { measurement: String(parser.measurement_name), tags, fields, at: timeOf(stamp, parser.timestamp_format) };
}

function nameOf({ path, rename }: TomlTable): string {
  return String(rename ?? String(path).split('.').at(-1));
}

function found({ path, optional }: TomlTable, message: unknown): unknown {
  const value = at(message, String(path));
  if (value === undefined && optional !== true) throw new Error(`nothing at ${path}`);
  return value;
}

function at(message: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], message);
}

function typed(value: unknown, type: Toml | undefined): string | number | boolean {
  if (type === 'int' && !Number.isSafeInteger(value)) throw new Error(`no whole number: ${value}`);
  if (type === 'bool' && typeof value !== 'boolean') throw new Error(`neither true nor false: ${value}`);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw new Error('no value');
  return value;
}

function timeOf(stamp: unknown, format: Toml | undefined): number {
  if (format === 'unix_ms' && Number.isSafeInteger(stamp)) return Number(stamp);
  // Go's way to write a time with milliseconds and its zone
  const isGo = format === '2006-01-02T15:04:05.000Z07:00';
  if (isGo && typeof stamp === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(stamp))
    return Date.parse(stamp);
  throw new Error(`no time of the form ${format}: ${stamp}`);
}

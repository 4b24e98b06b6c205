import { type ReadMetric, type ReadPayload, readPayload } from './decode.ts';

/** A message of a node, as it went over the wire. */
export interface WireMessage {
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** The same, as a host reads it. */
export interface Recorded {
  readonly topic: string;
  readonly type: string;
  readonly device: string | undefined;
  readonly payload: ReadPayload;
  readonly qos: number;
  readonly retain: boolean;
}

export function recorded(messages: readonly WireMessage[]): readonly Recorded[] {
  return messages.map(({ topic, bytes, qos, retain }) => {
    const [, , type = '', , device] = topic.split('/');
    return { topic, type, device, payload: readPayload(bytes), qos, retain };
  });
}

/** Rules that bind the order and the form of a node's messages; `assertions.ts` says whose ids each of them stands for. */
export const RULES = [
  ...['topic-structure', 'device-level', 'retain', 'qos', 'death-qos', 'timestamp', 'death-seq', 'death-payload'],
  ...['death-number', 'birth-seq', 'birth-number', 'rebirth-metric', 'node-first', 'seq', 'birth-type', 'birth-name'],
  ...['metric-time', 'null', 'metric-names', 'alias-unique', 'data-type', 'data-name', 'data-known', 'data-change'],
  ...['data-order', 'properties'],
] as const;

/** @returns the rules that the messages of one connection break, each with its place */
export function broken(messages: readonly Recorded[], node: { readonly group: string; readonly id: string }): string[] {
  const grader = new Grader(node);
  for (const [at, message] of messages.entries()) grader.take(at, message);
  return grader.faults;
}

const NUMBERS = 256;

class Grader {
  readonly faults: string[] = [];
  readonly #node: { readonly group: string; readonly id: string };
  /** The next number; undefined where a birth must come first. */
  #expected: number | undefined;
  #bdSeq: unknown;
  /** By device, '' for the node: its metrics by name and by alias. */
  #born = new Map<string, ReadonlySet<string | number | undefined>>();
  #aliases = new Set<number>();
  #fail = (_: string) => {};

  constructor(node: { readonly group: string; readonly id: string }) {
    this.#node = node;
  }

  take(at: number, message: Recorded): void {
    const { type, device, payload, retain, topic } = message;
    this.#fail = (rule) => this.faults.push(`${at} ${type}: ${rule}`);
    const { group, id } = this.#node;
    this.#require(
      'topic-structure',
      topic === ['spBv1.0', group, type, id, ...(device === undefined ? [] : [device])].join('/'),
    );
    this.#require('device-level', (device !== undefined) === type.startsWith('D'));
    this.#require('timestamp', isTime(payload.timestamp));
    this.#require('retain', !retain);
    if (type === 'NDEATH') this.#death(message);
    else this.#numbered(message);
  }

  #require(rule: (typeof RULES)[number], holds: boolean): void {
    if (!holds) this.#fail(rule);
  }

  #death({ payload: { seq, metrics }, qos }: Recorded): void {
    const [number, ...more] = metrics;
    this.#require('death-qos', qos === 1);
    this.#require('death-seq', seq === undefined);
    this.#require('death-payload', number?.name === 'bdSeq' && more.length === 0);
    this.#require('death-number', this.#bdSeq === undefined || number?.value === this.#bdSeq);
    this.#expected = undefined;
  }

  #numbered({ type, device = '', payload: { seq, metrics }, qos }: Recorded): void {
    this.#require('qos', qos === 0);
    if (type === 'NBIRTH') this.#nodeBirth(seq, metrics);
    else {
      this.#require('node-first', this.#expected !== undefined);
      this.#require('seq', seq !== undefined && (this.#expected === undefined || seq === this.#expected));
    }
    this.#expected = ((seq ?? 0) + 1) % NUMBERS;
    for (const metric of metrics) this.#metric(metric);
    if (type.endsWith('BIRTH')) this.#birth(device, metrics);
    else if (type.endsWith('DATA')) this.#data(device, metrics);
    else this.#require('node-first', this.#born.delete(device));
  }

  #nodeBirth(seq: number | undefined, metrics: readonly ReadMetric[]): void {
    this.#require('birth-seq', seq === 0);
    this.#born = new Map();
    this.#aliases = new Set();
    const number = metrics.find(({ name }) => name === 'bdSeq');
    this.#bdSeq = number?.value;
    this.#require(
      'birth-number',
      number?.type === 'Int64' && Number(number.value) >= 0 && Number(number.value) < NUMBERS,
    );
    const rebirth = metrics.find(({ name }) => name === 'Node Control/Rebirth');
    this.#require(
      'rebirth-metric',
      rebirth?.type === 'Boolean' && rebirth.value === false && rebirth.alias === undefined,
    );
  }

  #metric({ timestamp, isNull, value, properties }: ReadMetric): void {
    this.#require('metric-time', isTime(timestamp));
    this.#require('null', isNull === (value === undefined));
    const { Quality } = properties;
    const isQuality =
      Quality === undefined || (Quality.type === 'Int32' && [0, 192, 500].includes(Number(Quality.value)));
    this.#require('properties', isQuality && Object.values(properties).every(({ type }) => type !== undefined));
  }

  #birth(owner: string, metrics: readonly ReadMetric[]): void {
    const names = metrics.map(({ name }) => name?.toLowerCase());
    const aliases = metrics.flatMap(({ alias }) => alias ?? []);
    this.#require(
      'birth-type',
      metrics.every(({ type }) => type !== undefined),
    );
    this.#require(
      'birth-name',
      metrics.every(({ name }) => name !== undefined),
    );
    this.#require('metric-names', new Set(names).size === names.length);
    this.#require(
      'alias-unique',
      aliases.every((alias) => !this.#aliases.has(alias)),
    );
    for (const alias of aliases) this.#aliases.add(alias);
    this.#born.set(owner, new Set(metrics.map(({ name, alias }) => alias ?? name)));
  }

  #data(owner: string, metrics: readonly ReadMetric[]): void {
    const born = this.#born.get(owner);
    this.#require('node-first', born !== undefined);
    this.#require('data-change', metrics.length > 0);
    this.#require(
      'data-type',
      metrics.every(({ type }) => type === undefined),
    );
    this.#require(
      'data-name',
      metrics.every(({ name, alias }) => (name === undefined) !== (alias === undefined)),
    );
    this.#require(
      'data-known',
      metrics.every(({ name, alias }) => born?.has(alias ?? name) ?? true),
    );
    const live = metrics.filter(({ historical }) => !historical).map(({ timestamp = 0 }) => timestamp);
    this.#require(
      'data-order',
      live.every((time, index) => time >= (live[index - 1] ?? 0)),
    );
  }
}

/** Milliseconds since 1970, between 2000 and 2100: not seconds, and not the time since the start. */
function isTime(value: number | undefined): boolean {
  return value !== undefined && value > Date.UTC(2000) && value < Date.UTC(2100);
}

import type { Point, Value } from '../../../drivers/contract/reading.ts';
import type { OutgoingMessage } from '../../link/link.ts';
import type { PlantDevice } from '../convention.ts';
import { encodePayload, type Metric, type MetricProperties, type SentType } from './payload.ts';

/** Codes of the property `Quality` (Sparkplug 3.0, 6.4.14). */
const QUALITY = { bad: 0, good: 192, stale: 500 } as const;

/** How far a value of a point can be trusted. */
export type MetricQuality = keyof typeof QUALITY;

/** A point's value as the node tells it. */
export interface PointValue {
  readonly point: string;
  readonly value: Value;
  readonly quality: MetricQuality;
  /** Of the sample, milliseconds since 1970. */
  readonly at: number;
}

/** The same, and whether the host was told of another quality before. */
export interface DataValue extends PointValue {
  readonly isQualityNews?: boolean | undefined;
}

/** The node's account of itself: the gateway's own figures. */
export interface NodeFigures {
  /** Whole seconds. */
  readonly uptime: number;
  /** Readings that wait in the outbox. */
  readonly held: number;
}

export interface EdgeNodeOptions {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly version: string;
  readonly devices: readonly PlantDevice[];
  /** Whether data names metrics by number. */
  readonly aliases: boolean;
}

/** Names of the node's own metrics. */
export const NODE_METRIC = {
  bdSeq: 'bdSeq',
  rebirth: 'Node Control/Rebirth',
  version: 'Properties/Version',
  uptime: 'Node Info/Uptime',
  held: 'Node Info/Outbox Held',
} as const;

const NAMESPACE = 'spBv1.0';
/** Sequence numbers and numbers of births and deaths go from 0 to 255 (6.4.19, 6.4.21). */
export const SEQUENCE_NUMBERS = 256;

type DeviceMessage = 'DBIRTH' | 'DDATA' | 'DDEATH' | 'DCMD';

interface KnownMetric {
  readonly point: Point;
  readonly type: SentType;
  readonly alias: number | undefined;
  readonly properties: MetricProperties;
}

/**
 * The messages of one Sparkplug B edge node (3.0.0), and the number that each of them carries. It sends none, and knows
 * neither the broker nor a clock.
 */
export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #devices = new Map<string, ReadonlyMap<string, KnownMetric>>();
  readonly #byAlias = new Map<number, { readonly device: string; readonly point: string }>();
  readonly #aliasOfNode: ReadonlyMap<string, number>;
  #seq = 0;

  constructor(options: EdgeNodeOptions) {
    this.#options = options;
    let last = 0;
    const next = (): number | undefined => {
      if (!options.aliases) return undefined;
      last += 1;
      return last;
    };
    const own = [NODE_METRIC.uptime, NODE_METRIC.held].map((name) => [name, next()] as const);
    this.#aliasOfNode = new Map(own.filter((each): each is [(typeof each)[0], number] => each[1] !== undefined));
    for (const { id, points } of options.devices) {
      const metrics = new Map<string, KnownMetric>();
      for (const point of points) {
        const alias = next();
        if (alias !== undefined) this.#byAlias.set(alias, { device: id, point: point.name });
        metrics.set(point.name, { point, type: typeOf(point), alias, properties: propertiesOf(point) });
      }
      this.#devices.set(id, metrics);
    }
  }

  /** The topics that are subscribed to before the births: commands to the node and to the devices that take any. */
  commandTopics(writable: Iterable<string>): readonly string[] {
    return [this.#nodeTopic('NCMD'), ...Array.from(writable, (device) => this.#deviceTopic('DCMD', device))];
  }

  /** The device that a topic of a command names; `null`: the node; undefined: it is no command to us. */
  addressee(topic: string): string | null | undefined {
    if (topic === this.#nodeTopic('NCMD')) return null;
    const prefix = this.#deviceTopic('DCMD', '');
    const device = topic.startsWith(prefix) ? topic.slice(prefix.length) : '';
    return this.#devices.has(device) ? device : undefined;
  }

  /** How many points a birth of this device tells. */
  pointCount(device: string): number {
    return this.#metricsOf(device).size;
  }

  /** The point of a device that an alias stands for; undefined: none. */
  pointOf(device: string, alias: number): string | undefined {
    const known = this.#byAlias.get(alias);
    return known?.device === device ? known.point : undefined;
  }

  /** NDEATH: the will of a CONNECT, and the last message before the node leaves on purpose. It has no sequence number. */
  death(bdSeq: number, now: number): OutgoingMessage {
    const payload = encodePayload({ timestamp: now, metrics: [bdSeqMetric(bdSeq)] });
    return { topic: this.#nodeTopic('NDEATH'), payload, qos: 1, retain: false };
  }

  /** NBIRTH: the first message of a session and of a rebirth; its sequence number is 0. */
  birth(bdSeq: number, figures: NodeFigures, now: number): OutgoingMessage {
    this.#seq = 0;
    const own = (name: string, type: SentType, value: Value): Metric => {
      return { name, alias: this.#aliasOfNode.get(name), timestamp: now, type, tellsType: true, value };
    };
    const metrics = [
      { ...bdSeqMetric(bdSeq), timestamp: now },
      own(NODE_METRIC.rebirth, 'Boolean', false),
      own(NODE_METRIC.version, 'String', this.#options.version),
      own(NODE_METRIC.uptime, 'Int64', figures.uptime),
      own(NODE_METRIC.held, 'Int64', figures.held),
    ];
    return this.#message(this.#nodeTopic('NBIRTH'), metrics, now);
  }

  /** NDATA: the gateway's own figures that changed. */
  nodeData(changed: Partial<NodeFigures>, now: number): OutgoingMessage {
    const metrics: Metric[] = [];
    for (const key of ['uptime', 'held'] as const) {
      const value = changed[key];
      if (value === undefined) continue;
      const alias = this.#aliasOfNode.get(NODE_METRIC[key]);
      const name = alias === undefined ? NODE_METRIC[key] : undefined;
      metrics.push({ name, alias, timestamp: now, type: 'Int64', tellsType: false, value });
    }
    return this.#message(this.#nodeTopic('NDATA'), metrics, now);
  }

  /** DBIRTH: every point of the device with its newest value, null where there is none. */
  deviceBirth(device: string, newest: Iterable<PointValue>, now: number): OutgoingMessage {
    const values = new Map(Array.from(newest, (each) => [each.point, each]));
    const metrics = Array.from(this.#metricsOf(device), ([name, { type, alias, properties }]): Metric => {
      const { value, quality, at } = values.get(name) ?? { value: null, quality: 'stale', at: now };
      const told = [...properties, qualityOf(quality)];
      return { name, alias, timestamp: at, type, tellsType: true, value: fitting(type, value), properties: told };
    });
    return this.#message(this.#deviceTopic('DBIRTH', device), metrics, now);
  }

  /**
   * DDATA: values of one reading, each with its quality where that is not good or `news`. Points that the device does
   * not have are left out.
   * @param historical whether it is older than the values that the host has been told
   */
  deviceData(device: string, values: Iterable<DataValue>, historical: boolean, now: number): OutgoingMessage {
    const known = this.#metricsOf(device);
    const metrics: Metric[] = [];
    for (const { point, value, quality, at, isQualityNews } of values) {
      const metric = known.get(point);
      if (metric === undefined) continue;
      const { type, alias } = metric;
      metrics.push({
        ...{ name: alias === undefined ? point : undefined, alias, timestamp: at, type, tellsType: false, historical },
        value: fitting(type, value),
        properties: quality === 'good' && isQualityNews !== true ? undefined : [qualityOf(quality)],
      });
    }
    return this.#message(this.#deviceTopic('DDATA', device), metrics, now);
  }

  /** DDEATH: the device can't be reached. */
  deviceDeath(device: string, now: number): OutgoingMessage {
    return this.#message(this.#deviceTopic('DDEATH', device), [], now);
  }

  /** The message that was made last has not been sent: the next one has its number. */
  takeBack(): void {
    this.#seq = (this.#seq + SEQUENCE_NUMBERS - 1) % SEQUENCE_NUMBERS;
  }

  #metricsOf(device: string): ReadonlyMap<string, KnownMetric> {
    return this.#devices.get(device) ?? new Map();
  }

  #message(topic: string, metrics: readonly Metric[], now: number): OutgoingMessage {
    const payload = encodePayload({ timestamp: now, seq: this.#seq, metrics });
    this.#seq = (this.#seq + 1) % SEQUENCE_NUMBERS;
    return { topic, payload, qos: 0, retain: false };
  }

  #nodeTopic(type: 'NBIRTH' | 'NDATA' | 'NDEATH' | 'NCMD'): string {
    return `${NAMESPACE}/${this.#options.groupId}/${type}/${this.#options.edgeNodeId}`;
  }

  #deviceTopic(type: DeviceMessage, device: string): string {
    return `${NAMESPACE}/${this.#options.groupId}/${type}/${this.#options.edgeNodeId}/${device}`;
  }
}

/** Where the primary host says whether it is there. */
export function stateTopic(host: string): string {
  return `${NAMESPACE}/STATE/${host}`;
}

function bdSeqMetric(value: number): Metric {
  return { name: NODE_METRIC.bdSeq, type: 'Int64', tellsType: true, value };
}

function typeOf({ type }: Point): SentType {
  if (type === 'boolean') return 'Boolean';
  return type === 'text' ? 'String' : 'Double';
}

/** A value of another kind than the point's is none: a driver that gives one must not end the session. */
function fitting(type: SentType, value: Value): Value {
  if (type === 'Boolean') return typeof value === 'boolean' ? value : null;
  if (type === 'String') return typeof value === 'string' ? value : null;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function qualityOf(quality: MetricQuality): MetricProperties[number] {
  return ['Quality', 'Int32', QUALITY[quality]];
}

/**
 * The properties that do not change while the node runs: told in births. The names of units and ranges are those that
 * hosts know.
 */
function propertiesOf({ unit, min, max, quantity, counts, label, writable }: Point): MetricProperties {
  const all: readonly (readonly [string, SentType, string | number | boolean | undefined])[] = [
    ['engUnit', 'String', unit],
    ['engLow', 'Double', min],
    ['engHigh', 'Double', max],
    ['quantity', 'String', quantity],
    ['counts', 'String', counts],
    ['label', 'String', label],
    ['readOnly', 'Boolean', !writable],
  ];
  return all.filter((each): each is [string, SentType, string | number | boolean] => each[2] !== undefined);
}

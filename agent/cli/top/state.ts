import { cleanText } from '../../../drivers/framing/text.ts';
import { trendWith } from './sparkline.ts';

/** Everything here came over the network: read with care, kept within bounds. */
const LONGEST_PAYLOAD = 1_048_576;
const MOST_DEVICES = 1000;
const MOST_VALUES = 1000;
const LONGEST_WORD = 64;

export type Shown = number | boolean | string | null;

export interface BusView {
  readonly id: string;
  readonly open: boolean;
  readonly fault: string | undefined;
  /** 0 to 1. */
  readonly utilisation: number | undefined;
  /** The utilisation of the last statuses, the oldest first. */
  readonly trend: readonly number[];
  readonly exchanges: number | undefined;
  readonly timeouts: number | undefined;
  readonly checksumErrors: number | undefined;
  readonly lateFrames: number | undefined;
  readonly reopens: number | undefined;
  /** The adapter's, milliseconds. */
  readonly latencyTimerMs: number | undefined;
}

export interface DeviceView {
  readonly id: string;
  readonly bus: string | undefined;
  /** From the status where there is one, else from the device's availability. */
  readonly health: string | undefined;
  readonly fault: string | undefined;
  readonly latencyMs: number | undefined;
  /** The latency of the last statuses, the oldest first, milliseconds. */
  readonly trend: readonly number[];
  /** Wall clock, milliseconds since 1970, of the values. */
  readonly at: number | undefined;
  readonly values: ReadonlyMap<string, Shown>;
  /** Points that can't be read, with the code of the fault; the status lists so many of them. */
  readonly unreadable: readonly (readonly [string, string])[];
  readonly unreadableMore: number;
}

/** What is known of one gateway from its messages. Immutable: each message makes a new one. */
export interface ViewState {
  /** `fieldward/plant7-gw01` */
  readonly prefix: string;
  readonly online: boolean | undefined;
  readonly uptimeS: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly held: number | undefined;
  readonly dropped: number | undefined;
  readonly durable: boolean | undefined;
  readonly reconnects: number | undefined;
  readonly buses: readonly BusView[];
  readonly devices: ReadonlyMap<string, DeviceView>;
}

export function emptyView(prefix: string): ViewState {
  return {
    prefix,
    online: undefined,
    uptimeS: undefined,
    memoryBytes: undefined,
    held: undefined,
    dropped: undefined,
    durable: undefined,
    reconnects: undefined,
    buses: [],
    devices: new Map(),
  };
}

/** The state after one more message. What is none of the gateway's topics, or makes no sense, changes nothing. */
export function observe(state: ViewState, topic: string, payload: string): ViewState {
  if (!topic.startsWith(`${state.prefix}/`) || payload.length > LONGEST_PAYLOAD) return state;
  const [first = '', second, ...more] = topic.slice(state.prefix.length + 1).split('/');
  if (more.length > 0) return state;
  if (second === undefined) {
    if (first === 'availability') return { ...state, online: payload === 'online' };
    return first === 'status' ? withStatus(state, record(parse(payload))) : state;
  }
  if (second === 'availability')
    return withDevice(state, first, { health: payload === 'online' ? 'online' : 'offline' });
  if (second !== 'state') return state;
  const message = record(parse(payload));
  const values = record(message.get('values'));
  if (values.size === 0) return state;
  return withDevice(state, first, { at: time(message.get('at')), values: shown(values) });
}

function withDevice(state: ViewState, name: string, news: Partial<DeviceView>): ViewState {
  const id = word(name);
  if (id === undefined || (!state.devices.has(id) && state.devices.size >= MOST_DEVICES)) return state;
  const before = state.devices.get(id) ?? unknownDevice(id);
  return { ...state, devices: new Map(state.devices).set(id, { ...before, ...news }) };
}

function unknownDevice(id: string): DeviceView {
  const nothing = { bus: undefined, health: undefined, fault: undefined, latencyMs: undefined, at: undefined };
  return { id, ...nothing, trend: [], values: new Map(), unreadable: [], unreadableMore: 0 };
}

function withStatus(state: ViewState, status: ReadonlyMap<string, unknown>): ViewState {
  if (status.size === 0) return state;
  const outbox = record(status.get('outbox'));
  let next: ViewState = {
    ...state,
    uptimeS: number(status.get('uptimeS')),
    memoryBytes: number(record(status.get('process')).get('rssBytes')),
    held: number(outbox.get('held')),
    dropped: number(outbox.get('dropped')),
    durable: boolean(outbox.get('durable')),
    reconnects: number(record(status.get('mqtt')).get('reconnects')),
    buses: entries(status.get('buses')).map(([id, bus]) =>
      busOf(id, bus, state.buses.find((each) => each.id === id)?.trend),
    ),
  };
  for (const [id, each] of entries(status.get('devices'))) {
    const device = record(each);
    const latencyMs = number(device.get('latencyMs'));
    const { trend = [] } = state.devices.get(id) ?? {};
    next = withDevice(next, id, {
      bus: word(device.get('bus')),
      health: word(device.get('health')),
      fault: word(record(device.get('fault')).get('code')),
      latencyMs,
      trend: latencyMs === undefined ? trend : trendWith(trend, latencyMs),
      unreadable: unreadableOf(device.get('unreadable')),
      unreadableMore: number(device.get('unreadableMore')) ?? 0,
    });
  }
  return next;
}

function unreadableOf(list: unknown): DeviceView['unreadable'] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_VALUES).flatMap((each) => {
    const point = word(record(each).get('point'));
    const code = word(record(record(each).get('fault')).get('code'));
    return point === undefined || code === undefined ? [] : [[point, code] as const];
  });
}

function busOf(id: string, each: unknown, trend: readonly number[] = []): BusView {
  const bus = record(each);
  const utilisation = number(bus.get('utilisation'));
  return {
    id,
    open: bus.get('open') === true,
    fault: word(record(bus.get('fault')).get('code')),
    utilisation,
    trend: utilisation === undefined ? trend : trendWith(trend, utilisation),
    exchanges: number(bus.get('exchanges')),
    timeouts: number(bus.get('timeouts')),
    checksumErrors: number(bus.get('checksumErrors')),
    lateFrames: number(bus.get('lateFrames')),
    reopens: number(bus.get('reopens')),
    latencyTimerMs: number(bus.get('latencyTimerMs')),
  };
}

function shown(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, Shown> {
  const result = new Map<string, Shown>();
  for (const [key, value] of values) {
    const name = word(key);
    if (name === undefined || result.size >= MOST_VALUES) continue;
    if (typeof value === 'string') result.set(name, cleanText(value));
    else if (value === null || typeof value === 'boolean' || typeof value === 'number') result.set(name, value);
  }
  return result;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/** A map, so that no key of a message is ever a property of an object of ours. */
function record(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
}

/** At most so many, with names that can be shown. */
function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return [...record(value)].slice(0, MOST_DEVICES).flatMap(([key, each]) => {
    const name = word(key);
    return name === undefined ? [] : [[name, each] as const];
  });
}

function word(value: unknown): string | undefined {
  const text = typeof value === 'string' ? cleanText(value, LONGEST_WORD) : '';
  return text === '' ? undefined : text;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function boolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function time(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

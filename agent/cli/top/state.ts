import type { Shown } from '../../console/wire.ts';
import { entriesIn, flagIn, LONGEST_HEARD, numberIn, parsedJson, recordIn, shownIn, timeIn, wordIn } from './heard.ts';
import { type DeviceMeta, readMeta } from './meta.ts';
import { trendWith } from './sparkline.ts';

const MOST_DEVICES = 1000;
const MOST_UNREADABLE = 1000;

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
  /** Wall clock, milliseconds since 1970, of the last good reading. */
  readonly lastGoodAt: number | undefined;
  /** Maker, model …; undefined while it was not told. */
  readonly identity: ReadonlyMap<string, string> | undefined;
  /** Undefined while it was not told. */
  readonly meta: DeviceMeta | undefined;
}

/** The state of one gateway as its messages tell it. Immutable: each message makes a new one. */
export interface ViewState {
  /** `fieldward/plant7-gw01` */
  readonly prefix: string;
  readonly online: boolean | undefined;
  readonly version: string | undefined;
  /** Wall clock of the gateway when it wrote its status, milliseconds since 1970. */
  readonly statusAt: number | undefined;
  readonly uptimeS: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly held: number | undefined;
  readonly heldBytes: number | undefined;
  readonly dropped: number | undefined;
  readonly durable: boolean | undefined;
  readonly reconnects: number | undefined;
  readonly certificateDaysLeft: number | undefined;
  /** Hash of the newest line of the journal of commands. */
  readonly auditHead: string | undefined;
  readonly buses: readonly BusView[];
  readonly devices: ReadonlyMap<string, DeviceView>;
}

export function emptyView(prefix: string): ViewState {
  return {
    prefix,
    online: undefined,
    version: undefined,
    statusAt: undefined,
    uptimeS: undefined,
    memoryBytes: undefined,
    held: undefined,
    heldBytes: undefined,
    dropped: undefined,
    durable: undefined,
    reconnects: undefined,
    certificateDaysLeft: undefined,
    auditHead: undefined,
    buses: [],
    devices: new Map(),
  };
}

/** The state after one more message. A message on none of the gateway's topics, or without sense, changes nothing. */
export function observe(state: ViewState, topic: string, payload: string): ViewState {
  if (!topic.startsWith(`${state.prefix}/`) || payload.length > LONGEST_HEARD) return state;
  const [first = '', second, ...more] = topic.slice(state.prefix.length + 1).split('/');
  if (more.length > 0) return state;
  if (second === undefined) {
    if (first === 'availability') return { ...state, online: payload === 'online' };
    return first === 'status' ? withStatus(state, recordIn(parsedJson(payload))) : state;
  }
  const news = Object.hasOwn(NEWS, second) ? NEWS[second]?.(payload) : undefined;
  return news === undefined ? state : withDevice(state, first, news);
}

/** The news in the topics of a device, by their last level; undefined: nothing that makes sense. */
const NEWS: Readonly<Record<string, (payload: string) => Partial<DeviceView> | undefined>> = {
  availability: (payload) => ({ health: payload === 'online' ? 'online' : 'offline' }),
  state(payload) {
    const message = recordIn(parsedJson(payload));
    const values = recordIn(message.get('values'));
    return values.size === 0 ? undefined : { at: timeIn(message.get('at')), values: shownIn(values) };
  },
  identity: (payload) => ({ identity: textsIn(parsedJson(payload)) }),
  meta(payload) {
    const meta = readMeta(parsedJson(payload));
    return meta === undefined ? undefined : { meta };
  },
};

function withDevice(state: ViewState, name: string, news: Partial<DeviceView>): ViewState {
  const id = wordIn(name);
  if (id === undefined || (!state.devices.has(id) && state.devices.size >= MOST_DEVICES)) return state;
  const before = state.devices.get(id) ?? unknownDevice(id);
  return { ...state, devices: new Map(state.devices).set(id, { ...before, ...news }) };
}

function unknownDevice(id: string): DeviceView {
  const nothing = { bus: undefined, health: undefined, fault: undefined, latencyMs: undefined, at: undefined };
  const untold = { lastGoodAt: undefined, identity: undefined, meta: undefined };
  return { id, ...nothing, ...untold, trend: [], values: new Map(), unreadable: [], unreadableMore: 0 };
}

function withStatus(state: ViewState, status: ReadonlyMap<string, unknown>): ViewState {
  if (status.size === 0) return state;
  const outbox = recordIn(status.get('outbox'));
  const mqtt = recordIn(status.get('mqtt'));
  let next: ViewState = {
    ...state,
    version: wordIn(status.get('version')),
    statusAt: timeIn(status.get('at')),
    uptimeS: numberIn(status.get('uptimeS')),
    memoryBytes: numberIn(recordIn(status.get('process')).get('rssBytes')),
    held: numberIn(outbox.get('held')),
    heldBytes: numberIn(outbox.get('bytes')),
    dropped: numberIn(outbox.get('dropped')),
    durable: flagIn(outbox.get('durable')),
    reconnects: numberIn(mqtt.get('reconnects')),
    certificateDaysLeft: numberIn(mqtt.get('certificateDaysLeft')),
    auditHead: wordIn(recordIn(recordIn(status.get('commands')).get('audit')).get('head')),
    buses: entriesIn(status.get('buses'), MOST_DEVICES).map(([id, bus]) =>
      busOf(id, bus, state.buses.find((each) => each.id === id)?.trend),
    ),
  };
  for (const [id, each] of entriesIn(status.get('devices'), MOST_DEVICES)) {
    const device = recordIn(each);
    const latencyMs = numberIn(device.get('latencyMs'));
    const { trend = [] } = state.devices.get(id) ?? {};
    next = withDevice(next, id, {
      bus: wordIn(device.get('bus')),
      health: wordIn(device.get('health')),
      fault: wordIn(recordIn(device.get('fault')).get('code')),
      latencyMs,
      trend: latencyMs === undefined ? trend : trendWith(trend, latencyMs),
      lastGoodAt: timeIn(device.get('lastGoodAt')),
      unreadable: unreadableOf(device.get('unreadable')),
      unreadableMore: numberIn(device.get('unreadableMore')) ?? 0,
    });
  }
  return next;
}

function unreadableOf(list: unknown): DeviceView['unreadable'] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_UNREADABLE).flatMap((each) => {
    const point = wordIn(recordIn(each).get('point'));
    const code = wordIn(recordIn(recordIn(each).get('fault')).get('code'));
    return point === undefined || code === undefined ? [] : [[point, code] as const];
  });
}

function busOf(id: string, each: unknown, trend: readonly number[] = []): BusView {
  const bus = recordIn(each);
  const utilisation = numberIn(bus.get('utilisation'));
  return {
    id,
    open: bus.get('open') === true,
    fault: wordIn(recordIn(bus.get('fault')).get('code')),
    utilisation,
    trend: utilisation === undefined ? trend : trendWith(trend, utilisation),
    exchanges: numberIn(bus.get('exchanges')),
    timeouts: numberIn(bus.get('timeouts')),
    checksumErrors: numberIn(bus.get('checksumErrors')),
    lateFrames: numberIn(bus.get('lateFrames')),
    reopens: numberIn(bus.get('reopens')),
    latencyTimerMs: numberIn(bus.get('latencyTimerMs')),
  };
}

/** Those members that are text: a device's account of itself is a handful of them. */
function textsIn(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    entriesIn(value, 16).flatMap(([key, each]) => {
      const text = wordIn(each);
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
}

import type { Config, MqttConfig, SparkplugConfig } from '../../config/config.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import type { Clock, ClockState } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { PlantDevice } from '../convention/convention.ts';
import { BirthNumber } from '../convention/sparkplug/birth-number.ts';
import { EdgeNode, type PointValue } from '../convention/sparkplug/edge-node.ts';
import { readingValues } from '../convention/sparkplug/record.ts';
import { SparkplugSession } from '../convention/sparkplug/session.ts';
import type { DeviceEvents } from '../device/events.ts';
import { MqttLink } from '../link/mqtt-link.ts';
import type { Log } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Snapshots } from '../status/status.ts';
import type { NewestSample } from '../telemetry/device-report.ts';
import { openWrites } from './open-writes.ts';

export interface SparkplugParts {
  readonly config: Config;
  readonly version: string;
  readonly machine: string;
  readonly devices: readonly PlantDevice[];
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly clockState: () => ClockState;
  readonly log: Log;
  readonly supervisor: Supervisor;
  /** Milliseconds since the start. */
  readonly uptime: () => number;
  readonly newest: (device: string) => Iterable<NewestSample>;
  readonly write: (
    device: string,
    args: Readonly<Record<string, unknown>>,
    user: string,
    hear: (reply: string) => void,
  ) => void;
}

/** The caller's name in the journal, where no host is named. */
const SOME_HOST = 'sparkplug-host';

/** The gateway as a Sparkplug edge node, on a connection of its own; one that is not asked for does nothing. */
export class Sparkplug {
  readonly #node: { readonly link: MqttLink; readonly session: SparkplugSession } | undefined;
  readonly #numbers: BirthNumber | undefined;
  readonly #online = new Set<string>();

  /** Asks the outbox for a reader, so it is made before that opens. */
  constructor(parts: SparkplugParts) {
    const { config, clock, clockState, log, supervisor, machine } = parts;
    const { sparkplug } = config;
    if (sparkplug === undefined) return;
    const numbers = new BirthNumber({ directory: config.outbox.directory, machine, clock, log });
    this.#numbers = numbers;
    const node = nodeOf(parts, sparkplug);
    const link = new MqttLink({
      ...{ config: brokerOf(config.mqtt, sparkplug), clientId: `${config.gateway}-sparkplug` },
      presence: {
        prepare: (signal) => numbers.next(signal),
        will: () => node.death(numbers.last, Math.trunc(clock.wall())),
        keepsWill: true,
      },
      ...{ clock, clockState, log, random: Math.random, supervisor },
    });
    this.#node = { link, session: this.#sessionOf(parts, sparkplug, node, link, numbers) };
  }

  #sessionOf(
    parts: SparkplugParts,
    { primaryHost, fallbackUrls, url }: SparkplugConfig,
    node: EdgeNode,
    link: MqttLink,
    numbers: BirthNumber,
  ): SparkplugSession {
    const { config, devices, outbox, clock, log, supervisor, uptime, newest, write } = parts;
    const readings = outbox.reader('sparkplug', true);
    const others = url === undefined ? config.mqtt.fallbackUrls : fallbackUrls;
    const session = new SparkplugSession({
      ...{ node, link, readings, clock, log, supervisor, primaryHost },
      bdSeq: () => numbers.last,
      devices: devices.map(({ id }) => {
        const isOnline = () => this.#online.has(id);
        return {
          id,
          get online() {
            return isOnline();
          },
          newest: () => pointValues(newest(id), clock.wall()),
        };
      }),
      writable: writableDevices(config, devices),
      figures: () => ({ uptime: Math.trunc(uptime() / 1000), held: outbox.status().held }),
      lastSeq: () => outbox.lastSeq,
      hasFallback: (others ?? []).length > 0,
      write: (device, values) => {
        const hear = (reply: string) => session.written(device, readBack(reply));
        write(device, argsOf(values), primaryHost ?? SOME_HOST, hear);
      },
    });
    readings.onReadable(() => session.wake());
    return session;
  }

  status(): Snapshots['sparkplug'] {
    if (this.#node === undefined) {
      return { on: false, born: false, fault: null, certificate: { daysLeft: null, fault: null } };
    }
    const { session, link } = this.#node;
    const { fault, certificate } = link.status();
    return { on: true, born: session.isBorn, fault: fault ?? session.fault, certificate };
  }

  /** For what becomes of devices; after telemetry has heard it. */
  get events(): DeviceEvents {
    return {
      // a reading comes by the outbox, which wakes the session
      samples: () => undefined,
      failed: () => undefined,
      availability: (device, online) => {
        if (online) this.#online.add(device);
        else this.#online.delete(device);
        this.#node?.session.wake();
      },
    };
  }

  /** After the outbox. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#numbers?.open(signal);
    this.#node?.link.start();
  }

  /** Says what is left, as long as the signal allows, and the death. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#node?.session.stop();
    await this.#node?.link.stop(signal);
  }
}

function nodeOf({ config, version, devices }: SparkplugParts, sparkplug: SparkplugConfig): EdgeNode {
  const { groupId, edgeNodeId = config.gateway, aliases } = sparkplug;
  const writable = writableDevices(config, devices);
  const told = devices.map((device) => {
    if (writable.has(device.id)) return device;
    return { ...device, points: device.points.map((point) => ({ ...point, writable: false })) };
  });
  return new EdgeNode({ groupId, edgeNodeId, version, devices: told, aliases });
}

/** Its broker, or that of Fieldward's own topics, with the same patience. */
function brokerOf(mqtt: MqttConfig, sparkplug: SparkplugConfig): MqttConfig {
  const { url, fallbackUrls = [], username, passwordFile, caFile, certFile, keyFile } = sparkplug;
  if (url === undefined) return mqtt;
  // the protocols that a handshake offers are meant for one broker
  return { ...mqtt, url, fallbackUrls, username, passwordFile, caFile, certFile, keyFile, alpn: undefined };
}

/** Sparkplug has no signatures: where writes must bear one it can't ask for any. */
function writableDevices(config: Config, devices: readonly PlantDevice[]): ReadonlySet<string> {
  const open = openWrites(config);
  const isWritable = ({ id, points }: PlantDevice) => open.has(id) && points.some((point) => point.writable);
  return new Set(devices.filter(isWritable).map(({ id }) => id));
}

function* pointValues(samples: Iterable<NewestSample>, wall: number): Iterable<PointValue> {
  for (const { age, ...sample } of samples) yield { ...sample, at: Math.trunc(wall - age) };
}

function argsOf(values: ReadonlyMap<string, Value | bigint>): Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null), Object.fromEntries(values));
}

/** The values of a reply; none where nothing was read. */
function readBack(reply: string): readonly PointValue[] {
  return readingValues({ seq: 0, device: '', payload: reply }).map((value) => ({ ...value, quality: 'good' }));
}

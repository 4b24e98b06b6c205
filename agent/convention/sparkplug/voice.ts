import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Link, OutgoingMessage } from '../../link/link.ts';
import type { Log } from '../../log/log.ts';
import type { OutboxRecord } from '../../outbox/outbox.ts';
import type { DataValue, EdgeNode, NodeFigures, PointValue } from './edge-node.ts';
import { readingValues } from './record.ts';

/** A device as the session asks it. */
export interface SessionDevice {
  readonly id: string;
  readonly online: boolean;
  /** The newest value of each point; nothing of points that never had one. */
  newest(): Iterable<PointValue>;
}

export interface VoiceSetup {
  readonly node: EdgeNode;
  readonly link: Pick<Link, 'publish'>;
  /** Of the last CONNECT. */
  readonly bdSeq: () => number;
  readonly devices: readonly SessionDevice[];
  readonly figures: () => NodeFigures;
  /** The newest reading that there is. */
  readonly lastSeq: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

type Told = Pick<PointValue, 'value' | 'quality'>;

/**
 * Points that are told in births without a pause: some milliseconds of work. Between two such portions the polls and the
 * watchdog have their turn; of the node nothing else is said meanwhile.
 */
const PORTION = 500;

const TURN = milliseconds(0);

interface BornDevice {
  /** The values that the host was last told of each point. */
  readonly told: Map<string, Told>;
  /** Readings up to this one are older than its birth. */
  readonly through: number;
  /** Born for readings that waited alone: it can't be reached. */
  readonly absent: boolean;
  /** False: its birth was too large for the broker, so nothing is said of it. */
  readonly known: boolean;
}

/**
 * Says what a host is to hear of the node and its devices, and remembers what it was told. One message after the other:
 * each call waits for the one before.
 */
export class Voice {
  readonly #setup: VoiceSetup;
  readonly #devices: ReadonlyMap<string, SessionDevice>;
  readonly #born = new Map<string, BornDevice>();
  #figures: NodeFigures | undefined;
  /** The newest reading when the node was born. */
  #through = 0;
  #fault: Fault | null = null;

  constructor(setup: VoiceSetup) {
    this.#setup = setup;
    this.#devices = new Map(setup.devices.map((device) => [device.id, device]));
  }

  /** Why something could not be said since the last births. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Another connection: its host knows nothing. */
  forget(): void {
    this.#born.clear();
  }

  /**
   * NBIRTH and the DBIRTH of each device that can be reached.
   * @throws Fault as `Link.publish`, like all that follow; `link/too-large` here alone
   */
  async bear(signal: AbortSignal): Promise<void> {
    const { node, bdSeq, figures, devices, lastSeq, clock } = this.#setup;
    this.#born.clear();
    this.#through = lastSeq();
    this.#fault = null;
    this.#figures = figures();
    const born = await this.#send(node.birth(bdSeq(), this.#figures, this.#wall()), signal);
    if (!born) throw new Fault('link/too-large');
    let told = 0;
    for (const device of devices) {
      if (told >= PORTION) {
        await clock.sleep(TURN, signal);
        told = 0;
      }
      if (!device.online) continue;
      // a reading that comes in a pause and after this birth is no history
      await this.#bearDevice(device, lastSeq(), signal);
      told += node.pointCount(device.id);
    }
  }

  async #bearDevice(device: SessionDevice, through: number, signal: AbortSignal): Promise<BornDevice> {
    const newest = [...device.newest()];
    const told = new Map(newest.map(({ point, value, quality }) => [point, { value, quality }]));
    const absent = !device.online;
    const known = await this.#send(this.#setup.node.deviceBirth(device.id, newest, this.#wall()), signal);
    const born = { told, through, absent, known };
    this.#born.set(device.id, born);
    return born;
  }

  /** Devices that came or went. @returns whether there was one */
  async tellDevices(signal: AbortSignal): Promise<boolean> {
    for (const device of this.#setup.devices) {
      const born = this.#born.get(device.id);
      if (device.online && (born === undefined || born.absent)) {
        await this.#bearDevice(device, this.#through, signal);
      } else if (!device.online && born?.absent === false) await this.#bury(device.id, born, signal);
      else continue;
      return true;
    }
    return false;
  }

  /**
   * The values of a reading: the news in one that is live, all of one that waited. A device that can't be reached is
   * born for readings that waited.
   */
  async tellReading(record: OutboxRecord, signal: AbortSignal): Promise<void> {
    const device = this.#devices.get(record.device);
    const values = readingValues(record);
    if (device === undefined || values.length === 0) return;
    const born = this.#born.get(record.device) ?? (await this.#bearDevice(device, this.#through, signal));
    const { told, through, known } = born;
    if (!known) return;
    const historical = record.seq <= through;
    const news = historical ? values : newsOf(told, values);
    if (!historical) remember(told, news);
    if (news.length === 0) return;
    await this.#send(this.#setup.node.deviceData(record.device, news, historical, this.#wall()), signal);
  }

  /** Values that a command has brought about, as the device was read afterwards. */
  async tellReadBack(device: string, values: readonly PointValue[], signal: AbortSignal): Promise<void> {
    const born = this.#born.get(device);
    if (born?.known !== true) return;
    const told = values.map((each) => withNews(born.told, each));
    remember(born.told, values);
    await this.#send(this.#setup.node.deviceData(device, told, false, this.#wall()), signal);
  }

  /** Values that grew old since they were told. */
  async tellStale(signal: AbortSignal): Promise<void> {
    for (const [id, { told, known }] of this.#born) {
      if (!known) continue;
      const newest = [...(this.#devices.get(id)?.newest() ?? [])];
      const old = newest.filter((each) => each.quality === 'stale' && isNews(told, each));
      if (old.length === 0) continue;
      remember(told, old);
      const now = this.#wall();
      const since = old.map((each) => ({ ...each, at: now }));
      await this.#send(this.#setup.node.deviceData(id, since, false, now), signal);
    }
  }

  /** The gateway's own figures, where they changed. */
  async tellFigures(signal: AbortSignal): Promise<void> {
    const { node, figures } = this.#setup;
    const [before, present] = [this.#figures, figures()];
    const { uptime, held } = present;
    this.#figures = present;
    const changed = { ...(uptime !== before?.uptime && { uptime }), ...(held !== before?.held && { held }) };
    if (Object.keys(changed).length > 0) await this.#send(node.nodeData(changed, this.#wall()), signal);
  }

  /** Devices that were born for what waited alone. */
  async buryAbsent(signal: AbortSignal): Promise<void> {
    for (const [device, born] of this.#born) if (born.absent) await this.#bury(device, born, signal);
  }

  async #bury(device: string, { known }: BornDevice, signal: AbortSignal): Promise<void> {
    this.#born.delete(device);
    if (known) await this.#send(this.#setup.node.deviceDeath(device, this.#wall()), signal);
  }

  /**
   * @returns false for a message that the broker takes none of its size: its number is free again
   * @throws Fault for all else: the connection is of no use any more
   */
  async #send(message: OutgoingMessage, signal: AbortSignal): Promise<boolean> {
    const { link, node, log } = this.#setup;
    try {
      await link.publish(message, signal);
      return true;
    } catch (thrown) {
      const fault = toFault(thrown);
      if (fault.code !== 'link/too-large') throw fault;
      node.takeBack();
      if (this.#fault?.code !== fault.code) log.warn('sparkplug message too large', {}, fault);
      this.#fault = fault;
      return false;
    }
  }

  #wall(): number {
    return Math.trunc(this.#setup.clock.wall());
  }
}

function isNews(told: ReadonlyMap<string, Told>, { point, value, quality }: PointValue): boolean {
  const before = told.get(point);
  return before === undefined || before.value !== value || before.quality !== quality;
}

function newsOf(told: ReadonlyMap<string, Told>, values: readonly PointValue[]): readonly DataValue[] {
  return values.filter((each) => isNews(told, each)).map((each) => withNews(told, each));
}

function withNews(told: ReadonlyMap<string, Told>, value: PointValue): DataValue {
  return { ...value, isQualityNews: told.get(value.point)?.quality !== value.quality };
}

function remember(told: Map<string, Told>, values: readonly PointValue[]): void {
  for (const { point, value, quality } of values) told.set(point, { value, quality });
}

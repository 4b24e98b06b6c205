import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { Link } from '../link/link.ts';
import { DELIVERY, Topics } from '../link/topics.ts';
import type { Log } from '../log/log.ts';
import { type AnnouncedFile, boundedRoots, type Devices, type Roots } from './announced-file.ts';

/** A disk that hangs must not hold the start up: nothing but the tidying depends on it. */
const DISK_LIMIT = milliseconds(2000);
/** Messages under way at once: the window is the readings'. */
const AT_ONCE = 8;

export interface AnnouncedSetup {
  /** Undefined: nothing is remembered, and the topics that a killed agent left are not known. */
  readonly file: AnnouncedFile | undefined;
  readonly topics: Topics;
  readonly devices: readonly string[];
  /** By device: its points that have a topic of their own; absent: none has. */
  readonly points?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * Remembers under which topics this gateway announced itself and its devices, and takes back what is no longer its own:
 * a device that left the config while the agent was dead would stay `online` for ever, and so would a former name.
 * Written before the first announcement; forgotten once the broker has taken the empty messages, or denied one.
 */
export class Announced {
  readonly #setup: AnnouncedSetup;
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();
  /** The topics that are to be taken back. */
  #stale: Stale = new Map();
  #clearing = false;
  #connections = 0;

  /** Listens to the link, so it is made before the link starts. */
  constructor(setup: AnnouncedSetup) {
    this.#setup = setup;
    this.#supervisor = setup.supervisor ?? new Supervisor(setup);
    setup.link.listen({
      connected: () => {
        this.#connections += 1;
        this.#begin();
      },
      disconnected: () => {},
    });
  }

  /** Before the link's start. Never throws: topics that the disk does not tell or take are left as they are. */
  async open(signal: AbortSignal): Promise<void> {
    const { file, log, topics } = this.#setup;
    if (file === undefined) return;
    const stored = await this.#onDisk(signal, () => file.read());
    if (stored === undefined) return;
    if (stored.state === 'damaged' || stored.state === 'foreign') {
      log.warn('announced topics not known', { foreign: stored.state === 'foreign' });
    }
    const before: Roots = stored.state === 'good' ? stored.roots : new Map();
    this.#stale = staleOf(before, topics.root, this.#own());
    const now = this.#all();
    if (!isSame(before, now)) await this.#onDisk(signal, () => file.write(now));
  }

  /** Takes nothing back any more. */
  stop(): void {
    this.#stopping.abort();
  }

  #own(): Devices {
    const { devices, points } = this.#setup;
    return new Map(devices.map((device) => [device, new Set(points?.get(device))]));
  }

  /** The topics that the broker may keep of us: those that are to be taken back, and those that are announced. */
  #all(): Roots {
    const { root } = this.#setup.topics;
    const ours = new Map(this.#own());
    for (const [device, { points }] of this.#stale.get(root) ?? []) {
      ours.set(device, new Set([...(ours.get(device) ?? []), ...points]));
    }
    const others = Array.from(this.#stale, ([each, devices]): [string, Devices] => [
      each,
      new Map(Array.from(devices, ([device, { points }]) => [device, points])),
    ]).filter(([each]) => each !== root);
    return boundedRoots(new Map([...others, [root, ours]]));
  }

  #begin(): void {
    void this.#supervisor.errand('announced topics', () => this.#clear());
  }

  async #clear(): Promise<void> {
    const { link, log, file } = this.#setup;
    // without the retain flag an empty message would be news to all listeners
    if (this.#clearing || this.#stale.size === 0 || link.status().terms?.retained === false) return;
    this.#clearing = true;
    const connection = this.#connections;
    try {
      const left = new Map<string, StaleDevices>();
      let denied: Fault | undefined;
      let cleared = 0;
      for (const [root, devices] of this.#stale) {
        const end = await this.#clearRoot(root, devices);
        cleared += end.cleared;
        denied ??= end.denied;
        if (end.left.size > 0 || end.lacks) left.set(root, end.left);
      }
      this.#stale = left;
      if (cleared > 0) log.info('retained topics cleared', { topics: cleared });
      if (denied !== undefined) log.warn('retained topics not cleared', {}, denied);
      if (file !== undefined) await this.#onDisk(this.#stopping.signal, () => file.write(this.#all()));
    } finally {
      this.#clearing = false;
    }
    if (connection !== this.#connections && link.connected) this.#begin();
  }

  /** `left`: devices that are to be tried again; `lacks`: the gateway's own topics are. */
  async #clearRoot(root: string, devices: StaleDevices): Promise<RootEnd> {
    const topics = Topics.under(root);
    const own = root === this.#setup.topics.root ? [] : topics.retained;
    const entries = [
      ...Array.from(devices, ([device, { isWhole, points }]) => ({
        device,
        topics: isWhole ? topics.retainedOf(device, points) : topics.valuesOf(device, points),
      })),
      { device: undefined, topics: own },
    ];
    const left = new Map<string, StaleDevice>();
    const end: { cleared: number; denied: Fault | undefined; lacks: boolean } = {
      ...{ cleared: 0, denied: undefined, lacks: false },
    };
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const work = entries.slice(at, at + AT_ONCE).map(async (entry) => {
        for (const topic of entry.topics) {
          const fault = await this.#empty(topic);
          if (fault === undefined) end.cleared += 1;
          // it will not be allowed tomorrow either: asked once, and named
          else if (fault.code === 'link/denied') end.denied ??= fault;
          else if (entry.device === undefined) end.lacks = true;
          else left.set(entry.device, devices.get(entry.device) ?? NOTHING);
        }
      });
      await Promise.all(work);
    }
    return { ...end, left };
  }

  /** An empty retained message removes what the broker keeps (MQTT 5, 3.3.1.3). @returns why it was not taken */
  async #empty(topic: string): Promise<Fault | undefined> {
    try {
      await this.#setup.link.publish({ topic, payload: '', ...DELIVERY.availability }, this.#stopping.signal);
      return undefined;
    } catch (thrown) {
      return toFault(thrown);
    }
  }

  async #onDisk<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#setup;
    try {
      return await withDeadline(clock, DISK_LIMIT, signal, work);
    } catch (thrown) {
      if (!signal.aborted) log.warn('announced topics not remembered', {}, new Fault('outbox/disk', undefined, thrown));
      return undefined;
    }
  }
}

interface RootEnd {
  readonly cleared: number;
  readonly denied: Fault | undefined;
  readonly left: StaleDevices;
  readonly lacks: boolean;
}

/** The topics of a device that are to be taken back: all of them, or those of some points alone. */
interface StaleDevice {
  readonly isWhole: boolean;
  readonly points: ReadonlySet<string>;
}

type StaleDevices = ReadonlyMap<string, StaleDevice>;
type Stale = ReadonlyMap<string, StaleDevices>;

const NOTHING: StaleDevice = { isWhole: false, points: new Set() };

/** Pure. Other names as a whole; of the own one the devices and the points that are no longer there. */
function staleOf(before: Roots, root: string, own: Devices): Stale {
  const stale = new Map<string, StaleDevices>();
  for (const [each, announced] of before) {
    const now: Devices = each === root ? own : new Map();
    const gone = new Map<string, StaleDevice>();
    for (const [device, points] of announced) {
      const kept = now.get(device);
      if (kept === undefined) gone.set(device, { isWhole: true, points });
      else if (![...points].every((point) => kept.has(point))) {
        gone.set(device, { isWhole: false, points: new Set([...points].filter((point) => !kept.has(point))) });
      }
    }
    if (each !== root || gone.size > 0) stale.set(each, gone);
  }
  return stale;
}

function isSame(one: Roots, other: Roots): boolean {
  const ofDevices = (devices: Devices) =>
    Array.from(devices, ([device, points]) => [device, ...[...points].sort()].join(' ')).sort();
  const text = (roots: Roots) => JSON.stringify(Array.from(roots, ([root, devices]) => [root, ofDevices(devices)]));
  return text(one) === text(other);
}

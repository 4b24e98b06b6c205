import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { MachineFile } from '../../files/machine-file.ts';
import type { Log } from '../../log/log.ts';
import type { DiscoveryDocument } from './documents.ts';
import type { Removals } from './home-assistant.ts';

const NAME = 'announced-home-assistant';
const LONGEST_FILE = 16_777_216;
/** Topics that are remembered; the first ones go when there are more. */
const MOST_DOCUMENTS = 16_384;
/** A disk that hangs must not hold the start up: nothing but the tidying depends on it. */
const DISK_LIMIT = milliseconds(2000);

const TOPIC = /^[A-Za-z0-9_.$/-]{1,512}$/;
const WORD = /^[a-z0-9_-]{1,80}$/;

/** By topic of a document: its components, each with its platform. */
type Announced = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface AnnouncedDocumentsSetup {
  /** Undefined: nothing is remembered over a restart. */
  readonly directory: string | undefined;
  readonly machine: string;
  readonly documents: ReadonlyMap<string, DiscoveryDocument>;
  /** Topics of devices whose driver can not run now: the documents that were told of them stay, for they are configured. */
  readonly untold: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Remembers the documents that Home Assistant was told, so that those that are no longer configured can be taken out,
 * also after a crash. Written before the first announcement, and forgotten once the broker has taken every message that
 * takes them back.
 */
export class AnnouncedDocuments {
  readonly #setup: AnnouncedDocumentsSetup;
  readonly #file: MachineFile | undefined;
  #now: Announced;
  #documents: readonly string[] = [];
  #components: Removals['components'] = new Map();
  /** The file holds more than is announced now. */
  #isLarger = false;
  #before: Announced = new Map();

  constructor(setup: AnnouncedDocumentsSetup) {
    const { directory, machine, documents } = setup;
    this.#setup = setup;
    this.#file = directory === undefined ? undefined : new MachineFile(directory, NAME, machine, LONGEST_FILE);
    this.#now = new Map(
      Array.from(documents, ([topic, { components }]) => [
        topic,
        new Map(Object.entries(components).map(([key, { platform }]) => [key, platform])),
      ]),
    );
  }

  /** Before the link's start. Never throws: documents that the disk does not tell or take are left as they are. */
  async open(signal: AbortSignal): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const stored = await this.#onDisk(signal, () => file.read());
    if (stored === undefined) return;
    const before = stored.state === 'good' ? announcedOf(stored.data.documents) : new Map();
    if (stored.state === 'damaged' || stored.state === 'foreign' || before === undefined) {
      this.#setup.log.warn('announced documents not known', { foreign: stored.state === 'foreign' });
    }
    this.#before = before ?? new Map();
    const untold = [...this.#before].filter(([topic]) => this.#setup.untold.has(topic));
    this.#now = new Map([...this.#now, ...untold]);
    this.#documents = [...this.#before.keys()].filter((topic) => !this.#now.has(topic));
    this.#components = componentsGone(this.#before, this.#now);
    this.#isLarger = this.#documents.length > 0 || this.#components.size > 0;
    const all = union(this.#before, this.#now);
    if (textOf(all) !== textOf(this.#before)) await this.#write(signal, all);
  }

  removals(): Removals {
    return { documents: this.#documents, components: this.#components };
  }

  /**
   * The broker has taken it all. Components are taken out once more when Home Assistant starts while this run lasts: it
   * may have been away. A topic is not: it may be another gateway's by then.
   */
  async taken(signal: AbortSignal): Promise<void> {
    this.#documents = [];
    if (!this.#isLarger) return;
    this.#isLarger = false;
    await this.#write(signal, this.#now);
  }

  async #write(signal: AbortSignal, announced: Announced): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const documents = Array.from(announced, ([topic, components]) => ({
      topic,
      components: Object.fromEntries(components),
    })).slice(-MOST_DOCUMENTS);
    await this.#onDisk(signal, () => file.write({ documents }));
  }

  async #onDisk<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#setup;
    try {
      return await withDeadline(clock, DISK_LIMIT, signal, work);
    } catch (thrown) {
      if (!signal.aborted)
        log.warn('announced documents not remembered', {}, new Fault('outbox/disk', undefined, thrown));
      return undefined;
    }
  }
}

/** @returns undefined for what no agent wrote */
function announcedOf(list: unknown): Announced | undefined {
  if (!Array.isArray(list)) return undefined;
  const announced = new Map<string, ReadonlyMap<string, string>>();
  for (const each of list.slice(-MOST_DOCUMENTS)) {
    const { topic, components } = (each ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof topic !== 'string' || !TOPIC.test(topic)) return undefined;
    const entries = Object.entries(components ?? {});
    if (!entries.every(isComponent)) return undefined;
    announced.set(topic, new Map(entries));
  }
  return announced;
}

function isComponent(entry: [string, unknown]): entry is [string, string] {
  const [key, platform] = entry;
  return WORD.test(key) && typeof platform === 'string' && WORD.test(platform);
}

/** Of documents that stay: the components that are no longer in them. Of a platform that changed, the old one goes first. */
function componentsGone(before: Announced, now: Announced): Removals['components'] {
  const gone = new Map<string, ReadonlyMap<string, string>>();
  for (const [topic, components] of before) {
    const kept = now.get(topic);
    if (kept === undefined) continue;
    const left = [...components].filter(([key, platform]) => kept.get(key) !== platform);
    if (left.length > 0) gone.set(topic, new Map(left));
  }
  return gone;
}

/** A component of two platforms is remembered with the old one until that is gone. */
function union(before: Announced, now: Announced): Announced {
  const all = new Map(before);
  for (const [topic, components] of now) all.set(topic, new Map([...components, ...(before.get(topic) ?? [])]));
  return all;
}

function textOf(announced: Announced): string {
  return JSON.stringify(Array.from(announced, ([topic, components]) => [topic, [...components].sort()]).sort());
}

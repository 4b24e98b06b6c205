import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { IncomingMessage, Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Convention, PlantChange, PlantView } from './convention.ts';

/** A convention, and how fast its births are said. */
export interface Speaker {
  readonly convention: Convention;
  /** The births begin after a wait from nothing to this: many gateways hear one broker return. Absent: at once. */
  readonly jitter?: Duration | undefined;
  /** Silence between two births. Absent: none, but each waits for the broker's word for the one before. */
  readonly pace?: Duration | undefined;
  /** All births of one round have been taken. */
  readonly born?: (() => Promise<void> | void) | undefined;
}

export interface PublisherSetup {
  readonly link: Link;
  readonly speakers: readonly Speaker[];
  readonly plant: PlantView;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly supervisor: Supervisor;
}

/** One round of births at a time for each speaker. */
interface Voice {
  readonly speaker: Speaker;
  running: boolean;
  /** Asked for again while a round ran. */
  again: boolean;
  /** Why the last round broke off though the broker was there; null after one that went through. */
  fault: Fault | null;
}

/** The one that speaks all conventions of a link. It keeps nothing: the teller of a message that fails tells it again. */
export class Publisher {
  readonly #setup: PublisherSetup;
  readonly #voices: readonly Voice[];
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();
  #connection: AbortController | undefined;
  #connections = 0;

  /** Listens to the link and subscribes, so it is made before the link starts. */
  constructor(setup: PublisherSetup) {
    const { link, speakers } = setup;
    this.#setup = setup;
    this.#supervisor = setup.supervisor;
    this.#voices = speakers.map((speaker) => ({ speaker, running: false, again: false, fault: null }));
    for (const voice of this.#voices) {
      for (const filter of voice.speaker.convention.subscriptions) {
        link.subscribe(filter, (message) => this.#heard(voice, message));
      }
    }
    link.listen({
      connected: () => {
        this.#connection = new AbortController();
        this.#connections += 1;
        for (const voice of this.#voices) this.#bear(voice);
      },
      disconnected: () => {
        this.#connection?.abort();
        this.#connection = undefined;
      },
    });
  }

  /**
   * Tells a change in every convention. Settles when the link has done what `Link.publish` promises for each message.
   * @param signal cancels what waits for the broker
   * @throws Fault as `Link.publish`: the first of the messages that were not taken; the others were tried
   */
  async tell(change: PlantChange, signal: AbortSignal): Promise<void> {
    const { link, plant } = this.#setup;
    let failed: Fault | undefined;
    const fail = (thrown: unknown) => {
      failed ??= toFault(thrown);
    };
    const sent: Promise<void>[] = [];
    for (const { speaker } of this.#voices) {
      for (const message of speaker.convention.changed(change, plant)) {
        sent.push(link.publish(message, signal).catch(fail));
      }
    }
    await Promise.all(sent);
    if (failed !== undefined) throw failed;
  }

  /** Why the births of a convention were not all taken; null where they were, or none are due. */
  faultOf(name: Convention['name']): Fault | null {
    return this.#voices.find(({ speaker }) => speaker.convention.name === name)?.fault ?? null;
  }

  /** Says nothing of its own any more. Safe twice. */
  stop(): void {
    this.#stopping.abort();
    this.#connection?.abort();
  }

  #heard(voice: Voice, message: IncomingMessage): void {
    if (voice.speaker.convention.heard?.(message) === 'births') this.#bear(voice);
  }

  #bear(voice: Voice): void {
    voice.again = true;
    if (voice.running || this.#stopping.signal.aborted) return;
    voice.running = true;
    void this.#supervisor.errand('births of a convention', () => this.#rounds(voice));
  }

  async #rounds(voice: Voice): Promise<void> {
    const { log } = this.#setup;
    const { convention, born } = voice.speaker;
    try {
      while (voice.again && this.#connection !== undefined && !this.#stopping.signal.aborted) {
        voice.again = false;
        const { signal } = this.#connection;
        try {
          await this.#round(voice, signal);
          await born?.();
          voice.fault = null;
        } catch (thrown) {
          const fault = toFault(thrown);
          // all of it is said again on the next connection
          if (signal.aborted || !this.#setup.link.connected) continue;
          if (voice.fault?.code !== fault.code) log.warn('convention not announced', { name: convention.name }, fault);
          voice.fault = fault;
        }
      }
    } finally {
      voice.running = false;
    }
  }

  /** @throws Fault of the first message that was not taken for another reason than its own size or the access list */
  async #round({ speaker }: Voice, signal: AbortSignal): Promise<void> {
    const { link, plant, clock, random } = this.#setup;
    const { convention, jitter, pace } = speaker;
    if (jitter !== undefined) await clock.sleep(milliseconds(Math.floor(random() * jitter)), signal);
    let refused: Fault | undefined;
    for (const message of convention.births(plant, this.#connections)) {
      const rest = message.after ?? pace;
      if (rest !== undefined) await clock.sleep(rest, signal);
      try {
        await link.publish(message, signal);
      } catch (thrown) {
        const fault = toFault(thrown);
        if (fault.code !== 'link/too-large' && fault.code !== 'link/denied') throw fault;
        refused ??= fault;
      }
    }
    if (refused !== undefined) throw refused;
  }
}

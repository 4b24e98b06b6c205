import type { Talk } from '../ports/overheard.ts';
import type { DecoderEvents, HeardItem, HeardSummary, LineDecoder } from './decoder.ts';
import { type DecoderSetup, decoderOf, isListenDriver, type ListenDriver } from './decoders.ts';
import { Guess } from './guess.ts';

/** The most that is kept between two looks, while nobody prints it. */
const MOST_ITEMS = 20_000;

/** The traffic of a line: until its protocol is known it is kept, and then understood from its beginning. */
export class Hearing {
  readonly #setup: DecoderSetup;
  readonly #events: DecoderEvents;
  readonly #guess = new Guess();
  #driver: ListenDriver | undefined;
  #decoder: LineDecoder | undefined;
  #items: HeardItem[] = [];
  #unshown = 0;
  #bytes = 0;
  #lastAt: number | undefined;
  #isIdle = true;
  /** The protocol of the bytes that were kept; undefined: not known yet. */
  #talk: Talk | undefined;

  constructor(driver: ListenDriver | undefined, setup: DecoderSetup, passed: DecoderEvents['passed']) {
    this.#driver = driver;
    this.#setup = setup;
    this.#events = { heard: (item) => this.#keep(item), passed };
  }

  get driver(): ListenDriver | undefined {
    return this.#driver;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The protocol that it looks like, where that is not one of ours. */
  get talk(): Talk | undefined {
    return this.#talk;
  }

  /** The items since the last call, and the number of those that found no room. */
  take(): { readonly items: readonly HeardItem[]; readonly unshown: number } {
    const taken = { items: this.#items, unshown: this.#unshown };
    this.#items = [];
    this.#unshown = 0;
    return taken;
  }

  push(chunk: Uint8Array, at: number): void {
    this.#bytes += chunk.length;
    this.#lastAt = at;
    this.#isIdle = false;
    if (this.#decoder === undefined) this.#guess.add(chunk, at);
    else this.#decoder.push(chunk, at);
  }

  /**
   * To be called some times a second.
   * @param silence so long nothing comes before what is unfinished is given up, milliseconds
   * @throws Fault of a driver that can not be loaded
   */
  async look(now: number, silence: number): Promise<void> {
    if (this.#decoder === undefined) await this.#begin();
    if (this.#isIdle || this.#lastAt === undefined || now - this.#lastAt < silence) return;
    this.#isIdle = true;
    this.#decoder?.idle();
  }

  /** Gives up what is unfinished. */
  end(): HeardSummary | undefined {
    this.#decoder?.idle();
    return this.#decoder?.summary();
  }

  async #begin(): Promise<void> {
    if (this.#driver === undefined) {
      const talk = this.#guess.talk();
      if (talk === undefined) return;
      this.#talk = talk;
      if (!isListenDriver(talk.driver)) return;
      this.#driver = talk.driver;
    }
    const decoder = await decoderOf(this.#driver, this.#setup, this.#events);
    for (const { bytes, at } of this.#guess.portions) decoder.push(bytes, at);
    this.#decoder = decoder;
  }

  #keep(item: HeardItem): void {
    if (this.#items.length < MOST_ITEMS) this.#items.push(item);
    else this.#unshown += 1;
  }
}

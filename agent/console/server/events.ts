import type { ServerResponse } from 'node:http';
import type { Clock, Instant } from '../../clock/clock.ts';
import { HEARTBEAT, MOST_PAGES, MOST_WAITING_BYTES } from '../limits.ts';
import type { PlantEvent } from '../wire.ts';

type Sink = Pick<ServerResponse, 'write' | 'end' | 'writableLength'>;

interface OpenPage {
  /** It took events too slowly: it is told everything once it has taken what waits. */
  behind: boolean;
  /** Bytes that may wait for it: the whole plant may be more than the changes of a while. */
  most: number;
  toldAt: Instant;
}

export interface EventsOptions {
  readonly clock: Clock;
  /** Everything that there is to tell. */
  readonly whole: () => PlantEvent;
}

/** The pages that are open. Each hears of the whole plant first and then of changes. */
export class Events {
  readonly #options: EventsOptions;
  readonly #pages = new Map<Sink, OpenPage>();

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  get pages(): number {
    return this.#pages.size;
  }

  get hasRoom(): boolean {
    return this.#pages.size < MOST_PAGES;
  }

  /** The head of its answer was written. */
  open(page: Sink): void {
    const text = eventText('plant', this.#options.whole());
    const most = text.length + MOST_WAITING_BYTES;
    this.#pages.set(page, { behind: false, most, toldAt: this.#options.clock.now() });
    page.write(text);
  }

  close(page: Sink): void {
    this.#pages.delete(page);
  }

  /** @param change undefined: nothing is different */
  tell(change: PlantEvent | undefined): void {
    const now = this.#options.clock.now();
    // made once for all pages, and only where somebody hears it
    const texts = new Map<'plant' | 'change', string>();
    const textOf = (kind: 'plant' | 'change', event: PlantEvent) => {
      const text = texts.get(kind) ?? eventText(kind, event);
      texts.set(kind, text);
      return text;
    };
    for (const [page, state] of this.#pages) {
      if (page.writableLength > state.most) state.behind = true;
      if (page.writableLength === 0) state.most = MOST_WAITING_BYTES;
      if (state.behind) {
        if (page.writableLength > 0) continue;
        state.behind = false;
        const text = textOf('plant', this.#options.whole());
        state.most = text.length + MOST_WAITING_BYTES;
        page.write(text);
      } else if (change !== undefined) {
        page.write(textOf('change', change));
      } else if (now - state.toldAt >= HEARTBEAT) {
        page.write(':\n\n');
      } else {
        continue;
      }
      state.toldAt = now;
    }
  }

  /** The pages see that the console has ended. */
  end(): void {
    for (const page of this.#pages.keys()) page.end();
    this.#pages.clear();
  }
}

function eventText(kind: 'plant' | 'change', event: PlantEvent): string {
  return `event: ${kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

import type { AskedCommand, CommandReply } from '../../wire.ts';
import { beforeNextFrame, eachSecond, wallClock } from '../clock.ts';
import { formatRoute, type PageRoute, type Place, parseRoute } from '../route.ts';
import { PlantNow } from './plant.ts';
import { askCommand, hearPlant, type Reception } from './server.ts';
import { Wakes } from './wakes.ts';

/** A command of this page, with what came of it. */
export interface Entry {
  readonly number: number;
  readonly at: number;
  readonly asked: AskedCommand;
  /** undefined: it is on its way. */
  readonly reply: CommandReply | undefined;
}

/** The purpose for which a dialog is open. */
export type OpenRequest =
  | { readonly kind: 'write'; readonly device: string; readonly point: string }
  | { readonly kind: 'command'; readonly asked: AskedCommand; readonly title: string; readonly explained: string };

const MOST_ENTRIES = 100;

export const NOW = 'now';
export const ROUTE = 'route';
export const LOG = 'log';
export const REQUEST = 'request';

/** All that the page knows and shows. There is one page, so there is one of it. */
class Desk {
  readonly wakes = new Wakes(beforeNextFrame);
  readonly plant = new PlantNow(this.wakes);
  route: PageRoute = parseRoute('');
  hearing: Reception = 'opening';
  request: OpenRequest | undefined;
  entries: readonly Entry[] = [];
  #count = 0;

  open(): void {
    this.route = parseRoute(location.hash);
    addEventListener('hashchange', () => {
      this.route = parseRoute(location.hash);
      this.wakes.touch(ROUTE);
    });
    eachSecond(() => this.wakes.touch(NOW));
    hearPlant({
      told: (event, whole) => this.plant.take(event, whole, wallClock()),
      hearing: (state) => {
        this.hearing = state;
        this.wakes.touch('line');
      },
    });
  }

  /** By the clock of the server. */
  get now(): number {
    return wallClock() + this.plant.aheadMs;
  }

  /** Where a link to a place leads: the plots stay. */
  hrefOf(place: Place): string {
    return formatRoute({ place, typed: '', faultyOnly: false, plots: this.route.plots });
  }

  /** Alters what is shown without a step back to it. */
  adjust(change: Partial<PageRoute>): void {
    this.route = { ...this.route, ...change };
    history.replaceState(null, '', formatRoute(this.route));
    this.wakes.touch(ROUTE);
  }

  ask(request: OpenRequest | undefined): void {
    this.request = request;
    this.wakes.touch(REQUEST);
  }

  async send(asked: AskedCommand): Promise<CommandReply> {
    this.#count += 1;
    const number = this.#count;
    this.#enter({ number, at: this.now, asked, reply: undefined });
    const reply = await askCommand(asked);
    this.#enter({ number, at: this.now, asked, reply });
    return reply;
  }

  #enter(entry: Entry): void {
    this.entries = [entry, ...this.entries.filter(({ number }) => number !== entry.number)].slice(0, MOST_ENTRIES);
    this.wakes.touch(LOG);
  }
}

export const desk = new Desk();

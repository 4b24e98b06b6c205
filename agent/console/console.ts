import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import { Inquiries } from '../cli/ctl/inquiries.ts';
import type { Signer } from '../cli/ctl/request.ts';
import { LONGEST_HEARD } from '../cli/top/heard.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import type { IncomingMessage, Link } from '../link/link.ts';
import { ConsoleCommands } from './commands.ts';
import { Histories } from './history/histories.ts';
import { EVENT_PERIOD } from './limits.ts';
import { HeardPlant, type PlantNews } from './plant/plant.ts';
import type { Assets } from './server/assets.ts';
import { Events } from './server/events.ts';
import { ConsoleServer } from './server/server.ts';
import type { PlantEvent } from './wire.ts';

export interface ConsoleOptions {
  /** Not started yet. */
  readonly link: Link;
  readonly clientId: string;
  /** `fieldward` */
  readonly prefix: string;
  /** Those that are looked at; empty: all. */
  readonly gateways: readonly string[];
  readonly assets: Assets;
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  readonly user: string | undefined;
  readonly signer: Signer | undefined;
  /** Milliseconds: how long a command is good for. */
  readonly expiresIn: number;
  /** Milliseconds: for one reply. */
  readonly timeout: number;
}

/** The topics of a gateway that are looked at, below its own topic. */
const LOOKED_AT = ['availability', 'status', '+/availability', '+/state', '+/identity', '+/meta'];
/** Where replies come, besides the place of this client alone. */
const REPLIES = ['command/+/reply', '+/command/+/reply'];

/** The faults of a broker that answers and says no. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['link/credentials', 'link/refused', 'link/denied', 'link/tls', 'link/taken-over', 'link/kicked'],
  ...['link/certificate-expired', 'link/certificate-early', 'link/certificate-untrusted', 'link/certificate-name'],
]);

/** The plant as its broker tells it, on a page of the loopback. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #plant: HeardPlant;
  readonly #events: Events;
  readonly #server: ConsoleServer;
  readonly #ticker: Ticker;
  readonly #stopping = new AbortController();
  #broker: PlantEvent['broker'] = 'connecting';
  #brokerTold: PlantEvent['broker'] | undefined;

  constructor(options: ConsoleOptions) {
    const { link, clock, clientId, prefix, supervisor } = options;
    this.#options = options;
    const histories = new Histories();
    this.#plant = new HeardPlant(prefix, {
      value: (device, point, { values, at }) =>
        histories.add(device, point, values.get(point) ?? null, at, clock.wall()),
      forgotten: (device) => histories.forget(device),
    });
    const inquiries = new Inquiries({ link, clock, clientId });
    const commands = new ConsoleCommands({
      ...{ prefix, plant: this.#plant, inquiries, clock, user: options.user, signer: options.signer },
      ...{ expiresIn: options.expiresIn, timeout: milliseconds(options.timeout), stopping: this.#stopping.signal },
    });
    this.#events = new Events({ clock, whole: () => this.#event(this.#plant.all()) });
    const wall = () => clock.wall();
    this.#server = new ConsoleServer({
      ...{ assets: options.assets, events: this.#events, commands, clock, supervisor },
      ...{ plant: this.#plant, histories, wall },
    });
    this.#ticker = new Ticker({
      clock,
      period: milliseconds(EVENT_PERIOD),
      job: async () => this.#tell(),
      onFault: (fault) => supervisor.failed('console events', fault),
    });
    this.#listen(inquiries);
  }

  /**
   * @param port 0: one that is free
   * @throws Fault `console/port`
   */
  async start(port: number): Promise<{ readonly url: string; readonly port: number }> {
    const place = await this.#server.open(port);
    this.#options.link.start();
    this.#ticker.start();
    return place;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ticker.stop();
    await this.#server.close();
  }

  #listen(inquiries: Inquiries): void {
    const { link, prefix, gateways, clientId } = this.#options;
    const trouble = ({ code }: Fault) => {
      this.#broker = REFUSALS.has(code) ? 'refused' : 'connecting';
    };
    link.listen({
      connected: () => {
        this.#broker = 'connected';
      },
      disconnected: trouble,
      failed: trouble,
    });
    const decoder = new TextDecoder();
    const hear = ({ topic, payload, tooLarge }: IncomingMessage) => {
      if (!tooLarge && payload.length <= LONGEST_HEARD) this.#plant.hear(topic, decoder.decode(payload));
    };
    for (const gateway of gateways.length === 0 ? ['+'] : gateways) {
      for (const each of LOOKED_AT) link.subscribe(`${prefix}/${gateway}/${each}`, hear);
      for (const each of [...REPLIES, `reply/${clientId}`]) {
        link.subscribe(`${prefix}/${gateway}/${each}`, (message) => inquiries.receive(message));
      }
    }
  }

  #tell(): void {
    const isOther = this.#broker !== this.#brokerTold;
    const news = this.#plant.take();
    const change = news ?? (isOther ? noNews(this.#plant.leftOut) : undefined);
    this.#brokerTold = this.#broker;
    this.#events.tell(change === undefined ? undefined : this.#event(change));
  }

  #event(news: PlantNews): PlantEvent {
    return { at: this.#options.clock.wall(), broker: this.#broker, ...news };
  }
}

function noNews(leftOut: number): PlantNews {
  return { gateways: [], devices: [], values: [], gone: [], leftOut };
}

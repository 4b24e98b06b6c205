import type { Config } from '../../config/config.ts';
import { withMeaning } from '../../config/meaning.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { PlantDevice, PlantView } from '../convention/convention.ts';
import type { Fieldward } from '../convention/fieldward.ts';
import { AnnouncedDocuments } from '../convention/home-assistant/announced-documents.ts';
import { discoveryDocuments, documentTopic } from '../convention/home-assistant/documents.ts';
import { HomeAssistant } from '../convention/home-assistant/home-assistant.ts';
import { metaText } from '../convention/meta.ts';
import { Publisher } from '../convention/publisher.ts';
import type { Link } from '../link/link.ts';
import type { Topics } from '../link/topics.ts';
import type { Log } from '../log/log.ts';
import { Identities } from '../telemetry/identities.ts';
import { IdentityNews } from '../telemetry/identity-news.ts';
import type { AnyDevice } from './buses.ts';
import { isOpen, openWrites, takenCommands } from './open-writes.ts';

/** Of the wait before Home Assistant is told, a part: a hundred gateways hear it start at one instant. */
const JITTER = milliseconds(2000);
/** Between two documents: each of them makes some dozen entities there, and readings go in between here. */
export const PACE = milliseconds(25);

export interface ConventionParts {
  readonly config: Config;
  readonly version: string;
  readonly devices: readonly AnyDevice[];
  readonly topics: Topics;
  readonly fieldward: Fieldward;
  readonly machine: string;
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
  /** Tells availability, states and status once more. */
  readonly again: () => void;
}

/** The audiences of the gateway's link, and the one that speaks to them. */
export class Conventions {
  readonly publisher: Publisher;
  /** By device: its points that have a topic of their own; undefined: none has. */
  readonly plainPoints: ReadonlyMap<string, readonly string[]> | undefined;
  /** Devices whose driver runs, with what they mean. */
  readonly loaded: readonly PlantDevice[];
  /** Hears what devices tell of themselves. */
  readonly identities: IdentityNews;
  readonly #documents: AnnouncedDocuments;
  readonly #isOn: boolean;
  readonly #stopping = new AbortController();

  /** Listens to the link, so it is made before the link starts. */
  constructor(parts: ConventionParts) {
    const { config, devices, fieldward, link, clock, log, supervisor, again } = parts;
    const known = new Identities(config.buses.flatMap((bus) => bus.devices));
    const plant = plantOf(config, devices, known);
    const running = new Set(idsOf(devices, false));
    this.loaded = plant.devices.filter(({ id }) => running.has(id));
    const names = plant.devices.map(({ id, points }) => [id, points.map(({ name }) => name)] as const);
    this.plainPoints = config.mqtt.values === true ? new Map(names) : undefined;
    const { homeAssistant } = config;
    this.#isOn = homeAssistant !== undefined;
    const documents = documentsOf(parts, plant);
    this.#documents = new AnnouncedDocuments({
      ...{ directory: config.outbox.directory, machine: parts.machine, documents, clock, log },
      untold: new Set(
        idsOf(devices, true).map((id) => documentTopic(homeAssistant?.discoveryPrefix ?? '', config.gateway, id)),
      ),
    });
    const convention = new HomeAssistant({
      documents,
      topicOf: (device) => documentTopic(homeAssistant?.discoveryPrefix ?? '', config.gateway, device),
      statusTopic: homeAssistant?.statusTopic,
      removals: () => this.#documents.removals(),
      presence: () => fieldward.hello(),
    });
    const born = async () => {
      await this.#documents.taken(this.#stopping.signal);
      if (documents.size > 0) again();
    };
    this.publisher = new Publisher({
      ...{ link, plant, clock, log, supervisor },
      random: Math.random,
      speakers: [{ convention: fieldward }, { convention, born, jitter: JITTER, pace: PACE }],
    });
    this.identities = new IdentityNews({ identities: known, publisher: this.publisher, link, clock, log, supervisor });
  }

  /** Whether Home Assistant is told of the plant, and why not all of it. */
  homeAssistant(): { readonly on: boolean; readonly fault: Fault | null } {
    return { on: this.#isOn, fault: this.publisher.faultOf('home-assistant') };
  }

  /** Before the link's start. Never throws. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#documents.open(signal);
  }

  stop(): void {
    this.#stopping.abort();
    this.identities.stop();
    this.publisher.stop();
  }
}

function documentsOf({ config, version, devices, topics }: ConventionParts, plant: PlantView) {
  const { homeAssistant, commands, buses } = config;
  if (homeAssistant === undefined) return new Map<string, never>();
  const loaded = new Set(idsOf(devices, false));
  return discoveryDocuments(
    { ...plant, devices: plant.devices.filter(({ id }) => loaded.has(id)) },
    {
      ...{ topics, version, discoveryPrefix: homeAssistant.discoveryPrefix, maxAgeMs: commands.maxAgeMs },
      writable: openWrites(config),
      buttons: {
        reopen: isOpen(config, 'reopen') ? buses.map(({ id }) => id) : [],
        restart: isOpen(config, 'restart'),
      },
    },
  );
}

function idsOf(devices: readonly AnyDevice[], unloaded: boolean): readonly string[] {
  return devices.filter(({ kind }) => (kind === 'unloaded') === unloaded).map(({ id }) => id);
}

/** The devices as their drivers made them, with what the config says of them. */
function plantOf(config: Config, devices: readonly AnyDevice[], identities: Identities): PlantView {
  const made = new Map(devices.map((device) => [device.id, device]));
  return {
    gateway: config.gateway,
    devices: config.buses.flatMap((bus) =>
      bus.devices.map((device) => {
        const { id, label } = device;
        const points = withMeaning(made.get(id)?.points ?? [], device.points);
        return {
          ...{ id, label, points },
          get identity() {
            return identities.of(id);
          },
          // made when it is told: nothing keeps it in memory
          get meta() {
            if (!config.mqtt.meta) return undefined;
            return metaText({ label, driver: device.driver, points, commands: takenCommands(config, device) });
          },
        };
      }),
    ),
  };
}

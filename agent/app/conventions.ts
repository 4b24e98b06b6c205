import type { Config } from '../../config/config.ts';
import { withMeaning } from '../../config/meaning.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { PlantView } from '../convention/convention.ts';
import type { Fieldward } from '../convention/fieldward.ts';
import { Publisher } from '../convention/publisher.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { AnyDevice } from './buses.ts';

export interface ConventionParts {
  readonly config: Config;
  readonly devices: readonly AnyDevice[];
  readonly fieldward: Fieldward;
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/** The audiences of the gateway's link, and the one that speaks to them. */
export class Conventions {
  readonly publisher: Publisher;
  /** By device: its points that have a topic of their own; undefined: none has. */
  readonly plainPoints: ReadonlyMap<string, readonly string[]> | undefined;

  /** Listens to the link, so it is made before the link starts. */
  constructor({ config, devices, fieldward, link, clock, log, supervisor }: ConventionParts) {
    const plant = plantOf(config, devices);
    this.publisher = new Publisher({
      ...{ link, plant, clock, log, supervisor },
      random: Math.random,
      speakers: [{ convention: fieldward }],
    });
    const names = plant.devices.map(({ id, points }) => [id, points.map(({ name }) => name)] as const);
    this.plainPoints = config.mqtt.values === true ? new Map(names) : undefined;
  }

  stop(): void {
    this.publisher.stop();
  }
}

/** The devices as their drivers made them, with what the config says of them. */
function plantOf({ gateway, buses }: Config, devices: readonly AnyDevice[]): PlantView {
  const made = new Map(devices.map((device) => [device.id, device]));
  return {
    gateway,
    devices: buses.flatMap((bus) =>
      bus.devices.map(({ id, label, identity = {}, points }) => {
        return { id, label, identity, points: withMeaning(made.get(id)?.points ?? [], points) };
      }),
    ),
  };
}

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../agent/clock/clock.ts';
import { Supervisor } from '../../agent/clock/supervisor.ts';
import { Fieldward } from '../../agent/convention/fieldward.ts';
import { Publisher } from '../../agent/convention/publisher.ts';
import { MqttLink } from '../../agent/link/mqtt-link.ts';
import { Topics } from '../../agent/link/topics.ts';
import { silentLog } from '../../agent/log/log.ts';
import { DiskOutbox } from '../../agent/outbox/disk/disk-outbox.ts';
import type { Outbox, OutboxStatus } from '../../agent/outbox/outbox.ts';
import { Sequence } from '../../agent/sequence/sequence.ts';
import { ClockWatch } from '../../agent/telemetry/clock-state.ts';
import { Telemetry } from '../../agent/telemetry/telemetry.ts';
import type { MqttConfig } from '../../config/config.ts';
import { LIMITS } from '../../config/limits.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import { DEVICE, PREFIX } from './words.ts';

export interface LightAgentSetup {
  readonly gateway: string;
  /** The broker, and those to fall back to. */
  readonly urls: readonly [string, ...string[]];
  readonly returnAfterMs: number | undefined;
  /** Where the outboxes of all lie. */
  readonly folder: string;
  readonly reconnectMaxMs: number;
  readonly clock: Clock;
  readonly connected: () => void;
}

const POINTS: readonly Point[] = ['voltage-l1', 'voltage-l2', 'voltage-l3', 'current-l1', 'power', 'energy'].map(
  (name) => ({ name, type: 'number', writable: false }),
);

/**
 * A gateway without serial ports, of the agent's own parts: telemetry, outbox and link are those of the product with
 * the defaults of its config; the device is simulated. It has no status message and does not act on commands, but it
 * subscribes to them.
 */
export class LightAgent {
  readonly #link: MqttLink;
  readonly #outbox: Outbox;
  readonly #telemetry: Telemetry;

  constructor({ gateway, urls, returnAfterMs, folder, reconnectMaxMs, clock, connected }: LightAgentSetup) {
    const [url, ...fallbackUrls] = urls;
    const topics = new Topics(PREFIX, gateway);
    const convention = new Fieldward(topics);
    const log = silentLog;
    const random = Math.random;
    const config: MqttConfig = {
      ...{ url, fallbackUrls, returnAfterMs, reconnectMaxMs },
      ...{ protocolVersion: 'auto', topicPrefix: PREFIX, allowPlaintext: false },
      keepaliveMs: LIMITS.mqtt.keepaliveMs.default,
      connectTimeoutMs: LIMITS.mqtt.connectTimeoutMs.default,
      reconnectMinMs: Math.min(LIMITS.mqtt.reconnectMinMs.default, reconnectMaxMs),
    };
    this.#outbox = new DiskOutbox({
      ...{ directory: join(folder, gateway), clock, log, random },
      maxBytes: LIMITS.outbox.maxBytes.default,
      whenFull: 'drop-oldest',
      syncInterval: milliseconds(LIMITS.outbox.syncIntervalMs.default),
    });
    this.#link = new MqttLink({ config, clientId: gateway, presence: convention, clock, log, random });
    this.#link.subscribe(`${topics.root}/command/+`, () => undefined);
    this.#link.subscribe(`${topics.root}/+/command/+`, () => undefined);
    this.#link.listen({ connected, disconnected() {} });
    const publisher = new Publisher({
      ...{ clock, log, random, link: this.#link, supervisor: new Supervisor({ clock, log }) },
      plant: { gateway, devices: [] },
      speakers: [{ convention }],
    });
    this.#telemetry = new Telemetry({
      ...{ convention, publisher, clock, log, random, outbox: this.#outbox, link: this.#link },
      devices: [
        { id: DEVICE, points: POINTS, heartbeatMs: 0, staleAfterMs: LIMITS.device.staleAfterMs.max, pollMs: 0 },
      ],
      boot: randomUUID(),
      clockWatch: new ClockWatch(clock),
      sequence: new Sequence({ clock, log }),
      backfillPerS: LIMITS.outbox.backfillPerS.default,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#outbox.open(signal);
    this.#link.start();
    this.#telemetry.availability(DEVICE, true);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  get outbox(): OutboxStatus {
    return this.#outbox.status();
  }

  /** The values of one poll of an energy meter. */
  poll(): void {
    const samples = POINTS.map(({ name }) => ({ point: name, value: Math.round(Math.random() * 100_000) / 100 }));
    this.#telemetry.samples(DEVICE, samples);
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#telemetry.stop(signal);
    await this.#link.stop(signal);
    await this.#outbox.close(signal);
  }
}

import type { Config } from '../../config/config.ts';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import type { LinkLossStanding } from '../command/fail-safe/output-write.ts';
import { isSet } from '../command/fail-safe/outputs.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { LinkProgress } from '../service/link-progress.ts';
import type { Notify } from '../service/notify.ts';
import { PumpProgress } from '../service/pump-progress.ts';
import { statusLine } from '../service/status-line.ts';
import { Watchdog } from '../service/watchdog.ts';
import type { AnyDevice } from './buses.ts';

/** The line is looked at this often and sent where it has changed: `systemctl status` needs it no sooner. */
const TELL_EVERY = milliseconds(2000);

export interface ServiceParts {
  readonly loaded: { readonly config: Config };
  readonly clock: Clock;
  readonly log: Log;
  readonly notify: Notify;
  readonly watchdog: Duration | undefined;
  readonly link: Link;
  readonly outbox: Outbox;
  readonly buses: readonly Bus[];
  readonly devices: readonly AnyDevice[];
  /** The fault is why the broker does not take the oldest reading. */
  readonly forwarding: () => { readonly fault: object | null };
  /** By device: the fate of the outputs that were due because the broker was away. */
  readonly outputs: () => ReadonlyMap<string, LinkLossStanding>;
  /** Of all parts that are started again after a mistake. */
  readonly supervisor: Supervisor;
}

/** The agent as its service manager sees it: ready, well, how it stands, and stopping. */
export class Service {
  readonly #parts: ServiceParts;
  readonly #link: LinkProgress;
  readonly #watchdog: Watchdog;
  readonly #ticker: Ticker;

  /** Listens to the link, so it is made before the link starts. */
  constructor(parts: ServiceParts) {
    const { clock, log, notify, link, outbox, buses, forwarding, supervisor } = parts;
    const { mqtt } = parts.loaded.config;
    this.#parts = parts;
    this.#link = new LinkProgress({
      now: () => clock.now(),
      attempt: milliseconds(mqtt.connectTimeoutMs),
      pause: milliseconds(Math.max(mqtt.reconnectMinMs, mqtt.reconnectMaxMs)),
      brokers: 1 + (mqtt.fallbackUrls?.length ?? 0),
    });
    link.listen(this.#link);
    const pump = new PumpProgress(() => {
      const { taken, held, dropped } = outbox.status();
      return { connected: link.connected, refused: forwarding().fault !== null, taken, held, dropped };
    });
    const watched = [...buses, this.#link, pump, supervisor];
    const ping = () => notify.ping();
    this.#watchdog = new Watchdog({ clock, log, within: parts.watchdog, parts: watched, ping });
    const job = async () => notify.status(this.#line());
    this.#ticker = new Ticker({
      clock,
      period: TELL_EVERY,
      job,
      onFault: (fault) => supervisor.failed('service line', fault),
    });
  }

  linkStarted(): void {
    this.#link.start();
  }

  /** All loops run. Neither a broker nor a device is waited for. */
  start(): void {
    const { notify } = this.#parts;
    notify.status(this.#line());
    notify.ready();
    this.#watchdog.start();
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    this.#parts.notify.stopping();
    await Promise.all([this.#watchdog.stop(), this.#ticker.stop()]);
  }

  #line(): string {
    const { buses, devices, link, outbox, outputs } = this.#parts;
    const unset = link.connected ? [] : [...outputs().values()].filter(({ outcome }) => !isSet(outcome));
    return statusLine({
      buses: buses.length,
      busesOpen: buses.filter((bus) => bus.snapshot().open).length,
      devices: devices.length,
      devicesOnline: devices.filter((device) => device.snapshot().health === 'online').length,
      connected: link.connected,
      denied: link.status().denied,
      waiting: outbox.status().held,
      outputsNotSet: unset.length,
      stuck: this.#watchdog.stuck,
    });
  }
}

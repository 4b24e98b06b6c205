import type { BusConfig, Config } from '../../config/config.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Bus } from '../bus/bus.ts';
import { FlightRecorder } from '../capture/flight-recorder.ts';
import { Recordings } from '../capture/recordings.ts';
import { USUAL_DIRECTORY } from '../capture/trace-request.ts';
import { Traces } from '../capture/traces.ts';
import { WireTap } from '../capture/wire-tap.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import type { DeviceEvents } from '../device/events.ts';
import type { DiskGates } from '../files/disk-gate.ts';
import type { Log } from '../log/log.ts';

export interface CapturesParts {
  readonly config: Config;
  readonly gates: DiskGates;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/** How often a storm of damaged frames is looked for. */
const PERIOD = milliseconds(5000);

/** The taps on the bytes of the lines: the recorders, and the traces that somebody at the machine asks for. */
export class Captures {
  /** By bus. */
  readonly taps: ReadonlyMap<string, WireTap>;
  /** By bus, where the config has a recorder: whether there is a place for its files. */
  readonly recording: ReadonlyMap<string, 'on' | 'off'>;
  readonly #recorders = new Map<string, FlightRecorder>();
  readonly #busOf = new Map<string, string>();
  readonly #traces: Traces;
  readonly #clock: Clock;
  readonly #supervisor: Supervisor;
  #ticker: Ticker | undefined;

  constructor({ config, gates, clock, log, supervisor }: CapturesParts) {
    this.#clock = clock;
    this.#supervisor = supervisor;
    this.taps = new Map(config.buses.map(({ id }) => [id, new WireTap()]));
    const lines = new Map(config.buses.map(({ id, port }) => [id, 'path' in port ? port : undefined]));
    const buses = new Map(Array.from(this.taps, ([id, tap]) => [id, { tap, line: lines.get(id) }]));
    const directory = config.outbox.runtimeDirectory ?? USUAL_DIRECTORY;
    this.#traces = new Traces({ directory, buses, clock, log, supervisor });
    for (const bus of config.buses) {
      for (const { id } of bus.devices) this.#busOf.set(id, bus.id);
      const recorder = this.#recorderOf(bus, { gates, log });
      if (recorder !== undefined) this.#recorders.set(bus.id, recorder);
    }
    const wanted = config.buses.filter(({ recorder }) => recorder !== undefined);
    this.recording = new Map(wanted.map(({ id }) => [id, this.#recorders.has(id) ? 'on' : 'off']));
  }

  get events(): DeviceEvents {
    return {
      samples: () => undefined,
      failed: () => undefined,
      availability: (device, online) => {
        if (!online) this.#recorders.get(this.#busOf.get(device) ?? '')?.offline();
      },
    };
  }

  async start(buses: readonly Bus[]): Promise<void> {
    await this.#traces.start();
    if (this.#recorders.size === 0) return;
    const job = async () => {
      for (const bus of buses) {
        const { checksumErrors, truncatedFrames } = bus.snapshot();
        this.#recorders.get(bus.id)?.look(checksumErrors + truncatedFrames);
      }
    };
    const onFault = (fault: unknown) => this.#supervisor.failed('recorders', fault);
    this.#ticker = new Ticker({ clock: this.#clock, period: PERIOD, job, onFault });
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    await this.#ticker?.stop();
    await this.#traces.stop();
    for (const recorder of this.#recorders.values()) await recorder.stop();
  }

  #recorderOf(
    { id, port, recorder }: BusConfig,
    { gates, log }: Pick<CapturesParts, 'gates' | 'log'>,
  ): FlightRecorder | undefined {
    const tap = this.taps.get(id);
    if (recorder === undefined || tap === undefined) return undefined;
    const { directory, bytes } = recorder;
    if (directory === undefined) {
      log.warn('recorder off, no state directory', { bus: id });
      return undefined;
    }
    const recordings = new Recordings(directory, gates.at(directory));
    const line = 'path' in port ? port : undefined;
    const more = { clock: this.#clock, log, supervisor: this.#supervisor };
    return new FlightRecorder({ bus: id, bytes, tap, line, recordings, ...more });
  }
}

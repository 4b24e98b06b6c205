import type { MetricsConfig } from '../../config/config.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import type { Log } from '../log/log.ts';
import type { Status } from '../status/schema.ts';
import { familiesOf } from './family.ts';
import { otlpBody } from './otlp.ts';
import { OtlpPush } from './otlp-push.ts';
import { prometheusText } from './prometheus.ts';
import { metricsOf, type ToldFamily } from './samples.ts';
import { removeTextfile, writeTextfile } from './textfile.ts';

export interface MetricsSetup {
  /** Absent: nothing is told. */
  readonly config: MetricsConfig | undefined;
  readonly gateway: string;
  readonly version: string;
  readonly status: () => Status;
  /** The status's schema, as JSON Schema; asked only where metrics are told. */
  readonly schema: () => object;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
  readonly random: () => number;
}

/** How the metrics of a gateway leave it. */
export interface MetricsStatus {
  readonly textfile: { readonly on: boolean; readonly fault: Fault | null };
  readonly otlp: { readonly on: boolean; readonly fault: Fault | null; readonly rejected: number };
}

/** The health of a gateway for monitoring, to a file and to a collector. Values of devices are no metrics and are not in it. */
export class Metrics {
  readonly #setup: MetricsSetup;
  readonly #told: () => readonly ToldFamily[];
  readonly #file: Ticker | undefined;
  readonly #push: OtlpPush | undefined;
  #fileFault: Fault | null = null;
  #pushFault: Fault | null = null;
  #rejected = 0;

  constructor(setup: MetricsSetup) {
    const { config, gateway, version, status, clock, supervisor, random } = setup;
    this.#setup = setup;
    const families = config === undefined ? [] : familiesOf(setup.schema());
    this.#told = () => metricsOf(families, status(), gateway);
    const since = clock.wall();
    const { textfile, otlp } = config ?? {};
    if (textfile !== undefined) {
      this.#file = new Ticker({
        ...{ clock, period: milliseconds(textfile.everyMs), job: () => this.#write(textfile.path) },
        onFault: (fault) => supervisor.failed('metrics file', fault),
      });
    }
    if (otlp !== undefined) {
      const body = () => otlpBody(this.#told(), { gateway, version, since, wall: clock.wall() });
      this.#push = new OtlpPush({
        ...{ ...otlp, body, clock, supervisor, random },
        ended: (fault, rejected) => {
          this.#rejected += rejected;
          this.#pushFault = this.#tell('otlp', this.#pushFault, fault ?? null);
        },
      });
    }
  }

  status(): MetricsStatus {
    return {
      textfile: { on: this.#file !== undefined, fault: this.#fileFault },
      otlp: { on: this.#push !== undefined, fault: this.#pushFault, rejected: this.#rejected },
    };
  }

  start(): void {
    this.#file?.start();
    this.#push?.start();
  }

  /** Takes the file away, which says how things stand. */
  async stop(): Promise<void> {
    await Promise.all([this.#file?.stop(), this.#push?.stop()]);
    const path = this.#setup.config?.textfile?.path;
    if (path !== undefined) await removeTextfile(path);
  }

  async #write(path: string): Promise<void> {
    let fault: Fault | null = null;
    try {
      await writeTextfile(path, prometheusText(this.#told()));
    } catch (thrown) {
      fault = toFault(thrown);
    }
    this.#fileFault = this.#tell('textfile', this.#fileFault, fault);
  }

  /** To the log, where it is another one than before. */
  #tell(way: string, before: Fault | null, fault: Fault | null): Fault | null {
    const { log } = this.#setup;
    if (fault !== null && fault.code !== before?.code) log.warn('metrics not told', { way }, fault);
    if (fault === null && before !== null) log.info('metrics told again', { way });
    return fault;
  }
}

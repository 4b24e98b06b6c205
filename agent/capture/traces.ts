import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { LineSettings } from '../../drivers/port/line.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import { codeOf } from '../files/errno.ts';
import type { Log } from '../log/log.ts';
import { LiveTrace } from './live-trace.ts';
import { ownUser, type TraceRequest, takeRequest, tracePath } from './trace-request.ts';
import type { WireTap } from './wire-tap.ts';

export interface TracesOptions {
  /** The runtime directory; one that is not there asks for nothing. */
  readonly directory: string;
  readonly buses: ReadonlyMap<string, { readonly tap: WireTap; readonly line: LineSettings | undefined }>;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/** An idle agent wakes up so often for it. */
const PERIOD = milliseconds(500);
/** Traces at the same time: each takes memory in the runtime directory. */
const MOST = 4;
const LEFT_OVER = /^trace-[0-9a-f]{16}\.capture$/;

/** Looks for requests for traces, and runs them. */
export class Traces {
  readonly #options: TracesOptions;
  readonly #ticker: Ticker;
  readonly #running = new Map<string, LiveTrace>();

  constructor(options: TracesOptions) {
    this.#options = options;
    const { clock, supervisor } = options;
    this.#ticker = new Ticker({
      ...{ clock, period: PERIOD, job: () => this.#tick() },
      onFault: (fault) => supervisor.failed('traces', fault),
    });
  }

  /** Takes away what an agent before left. Never throws. */
  async start(): Promise<void> {
    const { directory } = this.#options;
    for (const name of await readdir(directory).catch(() => [])) {
      if (LEFT_OVER.test(name)) await rm(join(directory, name), { force: true }).catch(() => undefined);
    }
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    await this.#ticker.stop();
    for (const [id, trace] of this.#running) await this.#end(id, trace);
  }

  async #tick(): Promise<void> {
    const { directory, log } = this.#options;
    const found = await takeRequest(directory, ownUser());
    if (found.state === 'refused') log.warn('trace refused');
    if (found.state === 'asked') await this.#begin(found.request, directory);
    for (const [id, trace] of this.#running) {
      const goesOn = await trace.flush().catch(() => false);
      if (!goesOn) await this.#end(id, trace);
    }
  }

  async #begin(request: TraceRequest, directory: string): Promise<void> {
    const { buses, clock, log } = this.#options;
    const bus = buses.get(request.bus);
    if (bus === undefined || this.#running.size >= MOST) {
      log.warn('trace refused');
      return;
    }
    const trace = new LiveTrace(request, tracePath(directory, request.id), bus.tap, clock, bus.line);
    try {
      await trace.begin();
    } catch (thrown) {
      log.warn('trace failed', { code: codeOf(thrown) });
      return;
    }
    this.#running.set(request.id, trace);
    log.info('trace begun', { bus: request.bus, ms: request.ms });
  }

  async #end(id: string, trace: LiveTrace): Promise<void> {
    this.#running.delete(id);
    await trace.close().catch((thrown) => this.#options.log.warn('trace failed', { code: codeOf(thrown) }));
    this.#options.log.info('trace ended');
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import { backoff } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { judgeAnswer, type PushVerdict } from './answer.ts';
import { parseHeaders } from './headers.ts';
import { post } from './post.ts';

export interface OtlpPushSetup {
  readonly url: string;
  /** Absolute; read anew for each push, so that a renewed token counts at once. */
  readonly headersFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly everyMs: number;
  /** The body that is sent, made for each push. */
  readonly body: () => string;
  /** Hears after each push how it ended. */
  readonly ended: (fault: Fault | undefined, rejected: number) => void;
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

const NEVER_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;
const PUSH_WITHIN = milliseconds(10_000);
const LONGEST_HEADERS = 16_384;
const LONGEST_PEM = 1_048_576;
/** Gateways that start together do not push together. */
const FIRST_WITHIN = 5_000;
const LEAST_RETRY = 5_000;
const LONGEST_RETRY = 300_000;

/**
 * Pushes to a collector once a period, one push at a time. A push that failed is not kept: the next one says all of it, for
 * the counters go on. Where the collector is away or busy the next try waits longer and longer, and never less than it asks.
 */
export class OtlpPush {
  readonly #setup: OtlpPushSetup;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(setup: OtlpPushSetup) {
    this.#setup = setup;
  }

  /** Safe twice. */
  start(): void {
    const run = (signal: AbortSignal) => this.#run(signal);
    this.#running ??= this.#setup.supervisor.supervise('metrics push', run, this.#stopping.signal);
  }

  /** Drops what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, random, ended } = this.#setup;
    await clock.sleep(milliseconds(random() * Math.min(everyMs, FIRST_WITHIN)), signal);
    for (let failed = 0; !signal.aborted; ) {
      const { fault, rejected, again, wait } = await this.#push(signal);
      if (signal.aborted) return;
      ended(fault, rejected);
      failed = again ? failed + 1 : 0;
      await clock.sleep(milliseconds(Math.max(wait, again ? this.#retry(failed - 1) : everyMs)), signal);
    }
  }

  #retry(attempt: number): number {
    const { everyMs, random } = this.#setup;
    const least = milliseconds(Math.min(everyMs, LEAST_RETRY));
    return backoff(attempt, least, milliseconds(Math.max(everyMs, LONGEST_RETRY)), random());
  }

  async #push(signal: AbortSignal): Promise<PushVerdict> {
    const { url, clock, body } = this.#setup;
    try {
      const answer = await withDeadline(clock, PUSH_WITHIN, signal, async (limited) => {
        const [headers, ca] = await this.#files();
        return post({ url, headers, ca, body: body() }, limited);
      });
      return judgeAnswer(answer, clock.wall());
    } catch (thrown) {
      const told = toFault(thrown);
      const fault = told.code === 'internal/deadline' ? new Fault('metrics/unreachable') : told;
      return { fault, rejected: 0, again: fault.code === 'metrics/unreachable', wait: 0 };
    }
  }

  async #files(): Promise<readonly [Readonly<Record<string, string>>, Buffer | undefined]> {
    const { headersFile, caFile } = this.#setup;
    const headers = await read(headersFile, LONGEST_HEADERS, 'metrics/headers');
    return [
      headers === undefined ? {} : parseHeaders(headers.toString()),
      await read(caFile, LONGEST_PEM, 'metrics/tls'),
    ];
  }
}

async function read(
  path: string | undefined,
  longest: number,
  code: 'metrics/headers' | 'metrics/tls',
): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    // a pipe must not be waited for
    const file = await open(path, NEVER_WAITING);
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size === 0 || found.size > longest) throw new Fault(code);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(found.size), 0, found.size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : new Fault(code, undefined, thrown);
  }
}

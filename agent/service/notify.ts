import { fstatSync, writeSync } from 'node:fs';
import { type Duration, LONGEST, milliseconds } from '../../drivers/contract/duration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The SD_LISTEN_FDS_START of sd_listen_fds(3). */
const FIRST = 3;
const NAME = 'notify';
/** More descriptors than this are no list of ours. */
const MOST_DESCRIPTORS = 64;
const LONGEST_STATUS = 200;

/**
 * The descriptor of the service manager's socket, as OpenFile=…:notify hands it over (systemd 253 and later) or the
 * launcher of older ones: by name in LISTEN_FDNAMES. Undefined where there is none, or where it is meant for another
 * process (LISTEN_PID, sd_listen_fds(3)). Pure.
 */
export function notifyDescriptor(environment: Environment, pid: number): number | undefined {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined || !/^[1-9][0-9]?$/.test(LISTEN_FDS)) return undefined;
  const count = Number(LISTEN_FDS);
  const index = (LISTEN_FDNAMES ?? '').split(':').indexOf(NAME);
  return count <= MOST_DESCRIPTORS && index >= 0 && index < count ? FIRST + index : undefined;
}

/** The time that the service manager allows between two pings (sd_watchdog_enabled(3)); undefined: it waits for none. Pure. */
export function watchdogTime(environment: Environment, pid: number): Duration | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  if (WATCHDOG_USEC === undefined || !/^[1-9][0-9]{0,15}$/.test(WATCHDOG_USEC)) return undefined;
  return milliseconds(Math.min(LONGEST, Number(WATCHDOG_USEC) / 1000));
}

/**
 * Writes to the descriptor, if it is a socket; anything else is left alone. A message that does not go out is lost
 * and nothing more: a service manager that has no room (EAGAIN) or is gone is no reason to fail.
 */
export function descriptorSender(descriptor: number | undefined): (message: string) => void {
  if (descriptor === undefined || !isSocket(descriptor)) return () => undefined;
  return (message) => {
    try {
      writeSync(descriptor, message);
    } catch {
      // the next one may arrive
    }
  };
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}

/** The agent's messages to its service manager (sd_notify(3)). Nothing here throws. */
export class Notify {
  readonly #send: (message: string) => void;
  readonly #monotonic: () => bigint;
  #line = '';
  #notice = '';
  #told = '';

  /** @param monotonic microseconds of CLOCK_MONOTONIC, by which the service manager orders reloads */
  constructor(send: (message: string) => void, monotonic: () => bigint) {
    this.#send = send;
    this.#monotonic = monotonic;
  }

  /** The config is valid, drivers are loaded, loops run. Also the end of a reload that changed nothing. */
  ready(): void {
    this.#send(`READY=1\n${this.#statusText()}`);
  }

  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${this.#monotonic()}\n`);
  }

  stopping(): void {
    this.#send('STOPPING=1\nSTATUS=stopping\n');
  }

  ping(): void {
    this.#send('WATCHDOG=1\n');
  }

  /** One line for people; sent only where it is another than before. */
  status(line: string): void {
    this.#line = line;
    this.#tell();
  }

  /** The end of the line until it is taken back with an empty text. */
  notice(text: string): void {
    this.#notice = text;
    this.#tell();
  }

  #tell(): void {
    if (this.#text() !== this.#told) this.#send(this.#statusText());
  }

  #statusText(): string {
    this.#told = this.#text();
    return `STATUS=${this.#told}\n`;
  }

  /** A line end in it would begin another message. */
  #text(): string {
    const text = [this.#line, this.#notice].filter((part) => part !== '').join('; ');
    return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ').slice(0, LONGEST_STATUS);
  }
}

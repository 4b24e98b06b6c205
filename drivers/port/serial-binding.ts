import { fstatSync } from 'node:fs';
import { Fault } from '../contract/fault.ts';
import type { Bound } from './bound.ts';
import { type DeviceNode, examine, sysfsFolder } from './device-node.ts';
import { lowerLatency, readLatencyTimer } from './latency.ts';
import type { SerialSettings } from './settings.ts';
import { bindingFault } from './system-fault.ts';

/** An open serial device: a descriptor that never blocks, and the event loop's watch over it. */
export interface Tty {
  readonly descriptor: number;
  /** The device that the path led to when it was opened. */
  readonly node: DeviceNode;
  /** The adapter's latency timer as the opening left it, milliseconds; nothing where it has none or did not answer. */
  readonly latencyTimerMs: number | undefined;
  /** The config wants levels of DTR or RTS, and the line has none, as a pseudo terminal. */
  readonly lacksModemLines: boolean;
  /** Names who is called; nothing is called before the first `watch`. */
  listen(ready: (what: 'readable' | 'writable', hungUp: boolean) => void): void;
  /** Asks for one call: when there are bytes to read, and if asked for also when there is room to write. */
  watch(writable: boolean): void;
  /**
   * Once all that was written is out; unread bytes are thrown away.
   * @throws Fault `port/unsupported`, `port/failed`
   */
  setBaudRate(baudRate: number): Promise<void>;
  /** Once all that was written is out. @throws Fault `port/unsupported`, `port/failed` */
  setBreak(held: boolean): Promise<void>;
  /** No call comes after this. Resolves when the descriptor is free; that can take the kernel a while. */
  close(): Promise<void>;
}

/** The members of the binding's port on Linux that are used beside its public interface. */
interface Watched {
  readonly fd: number;
  readonly poller: {
    on(event: 'readable' | 'writable', listener: (error: Error | null) => void): unknown;
    removeAllListeners(): unknown;
    poll(events: number): void;
  };
  close(): Promise<void>;
  flush(): Promise<void>;
  drain(): Promise<void>;
  update(options: { baudRate: number }): Promise<void>;
  set(options: typeof MODEM_LINES & { lowLatency: boolean; brk: boolean }): Promise<void>;
  getBaudRate(): Promise<{ baudRate: number }>;
}

/** libuv's UV_READABLE and UV_WRITABLE. */
const READABLE = 1;
const WRITABLE = 2;
const NOTHING = 0;

/** An adapter that divides a clock may be off by so much; a UART still reads with 3 % between both ends. */
const BAUD_TOLERANCE = 0.03;

/**
 * The binding sets the modem lines and the break with the flag, and can not read RTS and DTR first: so they are told
 * again as the kernel's opening of a tty has just set them (tty_port_raise_dtr_rts). CTS and DSR are inputs.
 */
const MODEM_LINES = { dtr: true, rts: true, cts: false, dsr: false };

/** The calls into the kernel that have not come back, by path: each holds one of the few threads that Node has. */
const unfinished = new Map<string, Promise<unknown>>();

/**
 * Opens with serialport's binding: its stream spins at a full core on a tty that was hung up in traffic, keeps writes
 * that are made while it is closed, and misses an unplug while nobody reads (all measured with serialport 13.0.0). The
 * settings' numbers must have been checked. The binding takes the advisory lock (flock), which keeps out another
 * gateway, minicom and picocom, but not `cat` nor any other program that does not ask for it.
 * @param bound for the adapter's settings that the port can do without
 * @throws Fault `port/open-timeout` (the signal came before anything was opened), `port/library`, and those of
 *   `examine` and of a refused open
 */
export async function openTty(settings: SerialSettings, signal: AbortSignal, bound: Bound): Promise<Tty> {
  const { path } = settings;
  while (unfinished.has(path)) await unfinished.get(path);
  const node = await examine(path);
  if (signal.aborted) throw new Fault('port/open-timeout');
  const port = await lasting(path, openBinding(settings));
  const tty = new BoundTty(settings, node, port);
  try {
    if (fstatSync(port.fd, { bigint: true }).rdev !== node.number) throw new Fault('port/missing');
    await lasting(path, checkSpeed(port, settings.baudRate));
    // Before anything is sent: the flag's call also ends a break, and that writes the line's settings anew.
    await bound(tty.settleLatency(settings.lowLatency !== false));
    if (settings.dtr !== undefined || settings.rts !== undefined) await bound(tty.holdModemLines());
    // Nobody asked for the bytes that came before; the binding forgets this for speeds that are in no table.
    await lasting(path, port.flush());
    return tty;
  } catch (thrown) {
    await tty.close();
    throw thrown instanceof Fault ? thrown : bindingFault(thrown);
  }
}

/** tcsetattr succeeds if any one of the settings was taken (termios(3)), so the speed is read back. */
async function checkSpeed(port: Watched, wanted: number): Promise<void> {
  const { baudRate } = await port.getBaudRate();
  if (Math.abs(baudRate - wanted) > wanted * BAUD_TOLERANCE) throw new Fault('port/unsupported');
}

async function openBinding(settings: SerialSettings): Promise<Watched> {
  const { path, baudRate, dataBits, parity, stopBits, onlyListens = false } = settings;
  // Only when a serial port is wanted: a gateway with serial servers alone spares the memory, and a library that does
  // not fit the machine is a fault of this port and not the end of the agent.
  const library = await import('serialport').catch((thrown: unknown) => {
    throw new Fault('port/library', undefined, thrown);
  });
  // vmin 1, vtime 0: read() gives 0 only at a hang-up (termios(3)).
  const options = {
    path,
    baudRate,
    dataBits,
    parity,
    stopBits,
    lock: true,
    hupcl: !onlyListens,
    vmin: 1,
    vtime: 0,
  } as const;
  const port = await library.SerialPort.binding.open(options).catch((thrown: unknown) => {
    throw bindingFault(thrown);
  });
  if (isWatched(port)) return port;
  await port.close();
  throw new Fault('port/unsupported');
}

function isWatched(port: object): port is Watched {
  return 'fd' in port && typeof port.fd === 'number' && 'poller' in port && port.poller instanceof Object;
}

class BoundTty implements Tty {
  readonly descriptor: number;
  readonly node: DeviceNode;
  readonly #path: string;
  readonly #port: Watched;
  readonly #onlyListens: boolean;
  #latencyTimer: number | undefined;
  #settling: Promise<void> | undefined;
  #change: Promise<void> = Promise.resolve();
  #isLowered = false;
  /** As the config wants them; a line that it does not name is as the kernel's opening has set it. */
  readonly #lines: typeof MODEM_LINES;
  #lacksModemLines = false;
  #closing: Promise<void> | undefined;

  constructor({ path, dtr = true, rts = true, onlyListens = false }: SerialSettings, node: DeviceNode, port: Watched) {
    this.#path = path;
    this.#onlyListens = onlyListens;
    this.#lines = { ...MODEM_LINES, dtr, rts };
    this.node = node;
    this.#port = port;
    this.descriptor = port.fd;
  }

  get latencyTimerMs(): number | undefined {
    return this.#latencyTimer;
  }

  /** Reads the adapter's latency timer, after lowering it if that is wished. Never rejects. */
  settleLatency(lower: boolean): Promise<void> {
    const folder = sysfsFolder(this.node.number);
    // the flag's call would set DTR and RTS too
    const set = async () =>
      this.#onlyListens ? undefined : this.#port.set({ ...this.#lines, lowLatency: true, brk: false });
    const reading = lower ? lowerLatency(folder, set) : readLatencyTimer(folder);
    const settling = reading.then((timer) => {
      this.#isLowered = lower && timer !== undefined;
      this.#latencyTimer = timer;
    });
    this.#settling = settling;
    return lasting(this.#path, settling);
  }

  get lacksModemLines(): boolean {
    return this.#lacksModemLines;
  }

  /** Sets DTR and RTS. A line without them works all the same, and is told. */
  async holdModemLines(): Promise<void> {
    const setting = this.#changing(() => this.#port.set({ ...this.#lines, lowLatency: this.#isLowered, brk: false }));
    await setting.catch(() => {
      this.#lacksModemLines = true;
    });
  }

  listen(ready: (what: 'readable' | 'writable', hungUp: boolean) => void): void {
    this.#port.poller.on('readable', (error) => ready('readable', error !== null));
    this.#port.poller.on('writable', (error) => ready('writable', error !== null));
  }

  watch(writable: boolean): void {
    // Straight to `poll` and not by `once`: each call replaces what libuv watches, so that two `once` would watch only
    // for the second event.
    this.#port.poller.poll(writable ? READABLE | WRITABLE : READABLE);
  }

  setBaudRate(baudRate: number): Promise<void> {
    return this.#changing(async () => {
      await this.#port.drain();
      await this.#port.update({ baudRate });
      await checkSpeed(this.#port, baudRate);
    });
  }

  setBreak(held: boolean): Promise<void> {
    return this.#changing(async () => {
      await this.#port.drain();
      await this.#port.set({ ...this.#lines, lowLatency: this.#isLowered, brk: held });
    });
  }

  #changing(work: () => Promise<void>): Promise<void> {
    const change = work().catch((thrown: unknown) => {
      if (thrown instanceof Fault) throw thrown;
      const fault = bindingFault(thrown);
      // a pseudo terminal has a speed and no break
      throw fault.code === 'port/not-a-device' ? new Fault('port/unsupported', undefined, thrown) : fault;
    });
    this.#change = change.catch(() => undefined);
    return lasting(this.#path, change);
  }

  close(): Promise<void> {
    this.#closing ??= lasting(this.#path, this.#release());
    return this.#closing;
  }

  async #release(): Promise<void> {
    // A call that still runs knows the descriptor by its number, which the next file that is opened gets.
    await this.#settling;
    await this.#change;
    // A hung descriptor may answer each of these with an error; the next one is due all the same.
    try {
      this.#port.poller.removeAllListeners();
      this.#port.poller.poll(NOTHING);
      // Bytes that the line does not take would hold close() for up to 30 s (closing_wait of the kernel's serial core).
      await this.#port.flush();
    } catch {}
    try {
      await this.#port.close();
    } catch {}
  }
}

/** Notes that the kernel has not answered yet. */
async function lasting<T>(path: string, work: Promise<T>): Promise<T> {
  unfinished.set(
    path,
    work.catch(() => {}),
  );
  const mine = unfinished.get(path);
  try {
    return await work;
  } finally {
    if (unfinished.get(path) === mine) unfinished.delete(path);
  }
}

import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sysfsFolder } from './device-node.ts';

/** An adapter's least timer: USB 1.1 has a frame each millisecond, and the timer counts in milliseconds. */
export const LEAST_LATENCY_MS = 1;

/** The kernel keeps the timer in a byte (ftdi_sio.c), and ends it with a line feed. */
const WORDS = /^[0-9]{1,3}\n?$/;
const MOST = 255;
const LONGEST_FILE = 8;

/** Never waits for a writer, should somebody have put a pipe there. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE = constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The latency timer of an adapter, milliseconds, 0 to 255: for so long FTDI's chips hold received bytes back, hoping
 * for more of them (FTDI AN232B-04). Nothing where the port has no such timer: all other makers' adapters, UARTs, and
 * pseudo terminals. Never throws.
 * @param folder the port's device in sysfs
 */
export async function readLatencyTimer(folder: string): Promise<number | undefined> {
  const text = await withTimer(folder, READ, async (file) => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LONGEST_FILE), 0, LONGEST_FILE, 0);
    return buffer.toString('latin1', 0, bytesRead);
  });
  if (text === undefined || !WORDS.test(text)) return undefined;
  const timer = Number(text);
  return timer <= MOST ? timer : undefined;
}

/** The same for the device that a path leads to now; nothing is opened but the file in sysfs. Never throws. */
export async function latencyTimerAt(path: string): Promise<number | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isCharacterDevice() === true ? await readLatencyTimer(sysfsFolder(found.rdev)) : undefined;
}

/**
 * Lowers the latency timer to 1 ms, for the owner of an open port only. First by the file, which only root may write
 * and which touches nothing else; then by the kernel's low-latency flag, which every user of the port may set and under
 * which ftdi_sio sets the timer to 1 ms (ftdi_sio.c, write_latency_timer). Both last until the adapter is unplugged.
 * That it can't be done is no failure, only slow: the timer that is read afterwards counts.
 * @param folder the port's device in sysfs
 * @param setFlag sets the kernel's flag on the open port
 * @returns the timer as it is now; nothing where there is none, and then nothing was done. Never throws
 */
export async function lowerLatency(folder: string, setFlag: () => Promise<unknown>): Promise<number | undefined> {
  const ways = [() => withTimer(folder, WRITE, (file) => file.write(`${LEAST_LATENCY_MS}\n`, 0)), setFlag];
  let timer = await readLatencyTimer(folder);
  for (const way of ways) {
    if (timer === undefined || timer <= LEAST_LATENCY_MS) break;
    await way().catch(() => undefined);
    timer = await readLatencyTimer(folder);
  }
  return timer;
}

async function withTimer<T>(folder: string, flags: number, use: (file: FileHandle) => Promise<T>) {
  let file: FileHandle | undefined;
  try {
    file = await open(join(folder, 'latency_timer'), flags);
    return await use(file);
  } catch {
    return undefined;
  } finally {
    await file?.close().catch(() => undefined);
  }
}

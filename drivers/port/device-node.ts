import { readFile, readlink, stat } from 'node:fs/promises';
import { Fault } from '../contract/fault.ts';
import { openingFault } from './system-fault.ts';

/** The mark of one plugged-in device: a new node has a new inode, another device another number. */
export interface DeviceNode {
  readonly device: bigint;
  readonly inode: bigint;
  /** Major and minor number of the device behind the node. */
  readonly number: bigint;
}

/**
 * The device that a path leads to, after all checks that can be made without opening it. Opening would already raise
 * DTR, start a hardware watchdog, or change the line of another program that uses it.
 * @throws Fault `port/missing`, `port/not-a-device`, `port/permission`, `port/busy`, `port/failed`
 */
export async function examine(path: string): Promise<DeviceNode> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isCharacterDevice()) throw new Fault('port/not-a-device');
    const node = { device: found.dev, inode: found.ino, number: found.rdev };
    if (!(await isTerminal(node))) throw new Fault('port/not-a-device');
    if (await isLocked(node)) throw new Fault('port/busy');
    return node;
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : openingFault(thrown);
  }
}

/** False once the path leads nowhere or to another device; true where that can not be told. */
export async function stillLeadsTo(path: string, node: DeviceNode): Promise<boolean> {
  try {
    const found = await stat(path, { bigint: true });
    return found.dev === node.device && found.ino === node.inode && found.rdev === node.number;
  } catch (thrown) {
    return openingFault(thrown).code !== 'port/missing';
  }
}

/** Linux keeps pseudo terminals out of /sys; their major numbers are fixed (Documentation/admin-guide/devices.txt). */
const FIRST_PSEUDO = 136;
const LAST_PSEUDO = 143;

/** Serial ports are in the kernel's class `tty`; disks, watchdogs and memory are not. Without /sys anything may be one. */
async function isTerminal(node: DeviceNode): Promise<boolean> {
  const { major, minor } = numbers(node.number);
  if (major >= FIRST_PSEUDO && major <= LAST_PSEUDO) return true;
  try {
    return (await readlink(`/sys/dev/char/${major}:${minor}`)).includes('/tty/');
  } catch {
    return true;
  }
}

/**
 * Whether somebody holds the advisory lock (flock) of the node. The binding sets its line settings before it asks for
 * the lock, so without this look each attempt to open would spoil the line of the program that holds it.
 */
async function isLocked(node: DeviceNode): Promise<boolean> {
  const { major, minor } = numbers(node.device);
  const file = `${hex(major)}:${hex(minor)}:${node.inode}`;
  try {
    const locks = await readFile('/proc/locks', 'latin1');
    return locks.split('\n').some((line) => {
      const words = line.trim().split(/\s+/);
      return words[1] === 'FLOCK' && words[5] === file;
    });
  } catch {
    return false;
  }
}

/** Where the kernel describes the device of a number; the folder is there for all that have a driver. */
export function sysfsFolder(number: bigint): string {
  const { major, minor } = numbers(number);
  return `/sys/dev/char/${major}:${minor}/device`;
}

/** The layout of Linux's `dev_t` as user space sees it (glibc, sys/sysmacros.h). */
function numbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

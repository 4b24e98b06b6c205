import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readLatencyTimer } from './latency.ts';

/** A serial port that this machine has. All texts are cleaned and bounded; the adapter's maker wrote some of them. */
export interface FoundPort {
  /** `/dev/ttyUSB0`: changes with the order of plugging. */
  readonly path: string;
  /** `/dev/serial/by-id/…`: stays with the adapter, unless `sharedName` says otherwise. */
  readonly byId?: string;
  /** `/dev/serial/by-path/…`: stays with the socket that the adapter is plugged into. */
  readonly byPath?: string;
  /**
   * Why its by-id name is not its own: `model`: it has no serial number, so that another adapter of its model takes the
   * name; `several`: another that is plugged in now has the same name, and the link leads to one of them.
   */
  readonly sharedName?: 'model' | 'several';
  readonly manufacturer?: string;
  readonly product?: string;
  readonly serialNumber?: string;
  /** The kernel's driver, `ftdi_sio` and the like. */
  readonly driver?: string;
  /** FTDI's adapters hold received bytes back for so long; 16 ms unless somebody lowered it. Others have no timer. */
  readonly latencyTimerMs?: number;
}

const MOST_PORTS = 256;
const LONGEST_TEXT = 128;

/** From the port over its USB interface to its USB device; hubs and buses further up are somebody else. */
const LEVELS = 4;

/** Linux from 6.5 on puts these two between a UART and its real driver. */
const BETWEEN = new Set(['port', 'ctrl']);

/**
 * The ports to choose from, by name. Read from the kernel: serialport's own list needs udevadm, which small systems
 * lack. Without /sys the list is empty.
 * @param root where `sys` and `dev` are
 */
export async function listPorts(root = '/'): Promise<readonly FoundPort[]> {
  const links = { byId: await stableNames(root, 'by-id'), byPath: await stableNames(root, 'by-path') };
  const names = await entries(join(root, 'sys/class/tty'));
  const found: Described[] = [];
  for (const name of names.sort(byNumber)) {
    const port = await describe(root, name, { byId: links.byId.get(name), byPath: links.byPath.get(name) });
    if (port !== undefined && found.length < MOST_PORTS) found.push(port);
  }
  return found.map(({ port, identity }) => {
    if (identity === undefined) return port;
    const several = found.filter((other) => other.identity === identity).length > 1;
    if (several) return { ...port, sharedName: 'several' };
    return port.serialNumber === undefined ? { ...port, sharedName: 'model' } : port;
  });
}

interface Described {
  readonly port: FoundPort;
  /** The parts of its by-id name; nothing for a port that is on no USB. */
  readonly identity: string | undefined;
}

interface Links {
  readonly byId: string | undefined;
  readonly byPath: string | undefined;
}

async function describe(root: string, name: string, { byId, byPath }: Links): Promise<Described | undefined> {
  const entry = join(root, 'sys/class/tty', name);
  const device = await realpath(join(entry, 'device')).catch(() => undefined);
  if (device === undefined) return undefined;
  const driver = await driverOf(device);
  // PORT_UNKNOWN of linux/serial_core.h: the kernel keeps names for UARTs that are not there.
  if (driver === undefined || (await text(join(entry, 'type'))) === '0') return undefined;
  const usb = await usbDevice(device);
  const port = withoutGaps({
    path: `/dev/${clean(name)}`,
    byId,
    byPath,
    manufacturer: usb && (await text(join(usb, 'manufacturer'))),
    product: usb && (await text(join(usb, 'product'))),
    serialNumber: usb && (await text(join(usb, 'serial'))),
    driver,
    latencyTimerMs: await readLatencyTimer(device),
  });
  return { port, identity: usb && (await identityOf(usb, device)) };
}

/** Maker, model, serial number, interface and port: udev's name consists of these (60-serial.rules). */
async function identityOf(usb: string, device: string): Promise<string> {
  const files = ['idVendor', 'idProduct', 'serial'].map((file) => join(usb, file));
  const parts = [...files, join(device, 'port_number')].map((file) => text(file));
  // the folder of an interface is the USB device's name, a colon, and configuration and interface
  const [, place = ''] = /:([0-9]+\.[0-9]+)(\/|$)/.exec(device.slice(usb.length)) ?? [];
  return JSON.stringify([...(await Promise.all(parts)), place]);
}

async function driverOf(device: string): Promise<string | undefined> {
  for (const folder of upwards(device)) {
    const driver = await readlink(join(folder, 'driver')).catch(() => undefined);
    if (driver !== undefined && !BETWEEN.has(basename(driver))) return clean(basename(driver));
  }
  return undefined;
}

async function usbDevice(device: string): Promise<string | undefined> {
  for (const folder of upwards(device)) if ((await text(join(folder, 'idVendor'))) !== undefined) return folder;
  return undefined;
}

/** The stable name of each port: the first, where several lead to it. Names that would not fit into a config are left out. */
async function stableNames(root: string, kind: 'by-id' | 'by-path'): Promise<ReadonlyMap<string, string>> {
  const folder = join(root, 'dev/serial', kind);
  const names = new Map<string, string>();
  for (const name of (await entries(folder)).sort()) {
    const target = await readlink(join(folder, name)).catch(() => undefined);
    if (target === undefined || clean(name) !== name || names.has(basename(target))) continue;
    names.set(basename(target), `/dev/serial/${kind}/${name}`);
  }
  return names;
}

function upwards(device: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = device; folders.length < LEVELS && folder !== dirname(folder); folder = dirname(folder)) {
    folders.push(folder);
  }
  return folders;
}

async function entries(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function text(file: string): Promise<string | undefined> {
  const content = await readFile(file, 'utf8').catch(() => undefined);
  return content === undefined ? undefined : clean(content) || undefined;
}

/** Without control and formatting characters (Cc, Cf with the bidi controls, line separators), of bounded length. */
function clean(content: string): string {
  const characters = [...content.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()];
  return characters.slice(0, LONGEST_TEXT).join('');
}

function byNumber(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}

function withoutGaps(port: { [Key in keyof FoundPort]: FoundPort[Key] | undefined }): FoundPort {
  return Object.fromEntries(Object.entries(port).filter(([, value]) => value !== undefined)) as unknown as FoundPort;
}

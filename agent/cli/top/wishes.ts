import type { DeviceView } from './state.ts';

const ORDERS = ['config', 'name', 'health', 'latency', 'age'] as const;
export type Order = (typeof ORDERS)[number];

/** The wishes of the person in front of the screen. */
export interface Wishes {
  readonly order: Order;
  /** The id of the device that the keys have reached. */
  readonly chosen: string | undefined;
  /** The chosen device alone, with all of its values. */
  readonly isOpen: boolean;
  /** Of the values of the open device, from 0; it goes round. */
  readonly page: number;
}

export const NO_WISHES: Wishes = { order: 'config', chosen: undefined, isOpen: false, page: 0 };

/** The text about the keys, as much of it as a terminal so wide has room for. */
export function keysText({ isOpen }: Wishes, width: number): string {
  const texts = isOpen
    ? ['q ends · Esc goes back · ↑ ↓ other devices · space turns the page', 'q · Esc back · ↑ ↓ · space']
    : ['q ends · s or n h l a sorts · ↑ ↓ chooses · ⏎ looks into', 'q ends · s sorts · ↑ ↓ ⏎ looks into'];
  return texts.find((text) => text.length <= width) ?? '';
}

/** The keys in what a terminal sent at once: over a slow line several come together. */
export function keysIn(sent: string): readonly string[] {
  return sent.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])?|[^\x1b]/g) ?? [];
}

const SORTS: Readonly<Record<string, Order>> = { c: 'config', n: 'name', h: 'health', l: 'latency', a: 'age' };

/**
 * The wishes after a key, as a terminal sends it.
 * @param devices in the order in which they are shown
 * @returns undefined: it is to end
 */
export function pressed(wishes: Wishes, key: string, devices: readonly DeviceView[]): Wishes | undefined {
  const order = Object.hasOwn(SORTS, key) ? SORTS[key] : undefined;
  if (order !== undefined) return { ...wishes, order };
  switch (key) {
    case 'q':
      return undefined;
    case 's':
      return { ...wishes, order: ORDERS[(ORDERS.indexOf(wishes.order) + 1) % ORDERS.length] ?? 'config' };
    case '\x1b[A':
    case '\x1bOA':
    case 'k':
      return moved(wishes, devices, -1);
    case '\x1b[B':
    case '\x1bOB':
    case 'j':
      return moved(wishes, devices, 1);
    case '\r':
    case '\n':
      return { ...wishes, chosen: wishes.chosen ?? devices[0]?.id, isOpen: devices.length > 0 };
    case ' ':
    case '\x1b[6~':
      return { ...wishes, page: wishes.page + 1 };
    case '\x1b[5~':
      return { ...wishes, page: Math.max(0, wishes.page - 1) };
    case '\x1b':
    case '\x7f':
      return { ...wishes, isOpen: false, page: 0 };
    default:
      return wishes;
  }
}

function moved(wishes: Wishes, devices: readonly DeviceView[], by: 1 | -1): Wishes {
  const at = devices.findIndex(({ id }) => id === wishes.chosen);
  const next = at < 0 ? 0 : Math.min(devices.length - 1, Math.max(0, at + by));
  return { ...wishes, chosen: devices[next]?.id, page: 0 };
}

/** The healths that trouble an operator come first. */
const HEALTHS = ['unloaded', 'offline', 'starting', 'paused', 'online'];

/** The devices as they are wanted; devices without the value come last. */
export function sorted(devices: readonly DeviceView[], order: Order): readonly DeviceView[] {
  const health = (device: DeviceView) => HEALTHS.indexOf(device.health ?? 'starting');
  switch (order) {
    case 'config':
      return devices;
    case 'name':
      return devices.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    case 'health':
      return devices.toSorted((one, other) => health(one) - health(other));
    case 'latency':
      return devices.toSorted((one, other) => (other.latencyMs ?? -1) - (one.latencyMs ?? -1));
    case 'age':
      return devices.toSorted(
        (one, other) => (one.at ?? Number.POSITIVE_INFINITY) - (other.at ?? Number.POSITIVE_INFINITY),
      );
  }
}

import type { Fault } from '../../drivers/contract/fault.ts';
import type { ToldIdentity } from '../../drivers/contract/identity.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { DriverCall } from '../device/driver-calls.ts';
import type { DeviceEvents } from '../device/events.ts';
import type { PointNews } from '../device/polling/unreadable.ts';

/**
 * Hands the devices' events to each listener. One that throws harms neither the device, its bus nor the listeners after
 * it. Devices are made before their listeners, because these want to know their points.
 */
export class EventRelay implements DeviceEvents {
  #to: readonly { readonly task: string; readonly listener: Partial<DeviceEvents> }[] = [];
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /** By name, for the log. */
  set to(listeners: Readonly<Record<string, Partial<DeviceEvents>>>) {
    this.#to = Object.entries(listeners).map(([name, listener]) => ({ task: `listener ${name}`, listener }));
  }

  samples(device: string, samples: readonly Sample[]): void {
    this.#each((listener) => listener.samples?.(device, samples));
  }

  failed(device: string, fault: Fault): void {
    this.#each((listener) => listener.failed?.(device, fault));
  }

  availability(device: string, online: boolean): void {
    this.#each((listener) => listener.availability?.(device, online));
  }

  points(device: string, news: PointNews): void {
    this.#each((listener) => listener.points?.(device, news));
  }

  identity(device: string, identity: ToldIdentity): void {
    this.#each((listener) => listener.identity?.(device, identity));
  }

  threw(device: string, call: DriverCall, fault: Fault): void {
    this.#each((listener) => listener.threw?.(device, call, fault));
  }

  #each(tell: (listener: Partial<DeviceEvents>) => void): void {
    for (const { task, listener } of this.#to) this.#supervisor.guard(task, () => tell(listener));
  }
}

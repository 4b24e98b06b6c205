import type { Fault } from '../../drivers/contract/fault.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { DeviceEvents } from '../device/events.ts';
import type { PointNews } from '../device/unreadable.ts';

/** Hands on what devices tell. Devices are made first, because the parts that report on them want to know their points. */
export class EventRelay implements DeviceEvents {
  to: readonly DeviceEvents[] = [];

  samples(device: string, samples: readonly Sample[]): void {
    for (const each of this.to) each.samples(device, samples);
  }

  failed(device: string, fault: Fault): void {
    for (const each of this.to) each.failed(device, fault);
  }

  availability(device: string, online: boolean): void {
    for (const each of this.to) each.availability(device, online);
  }

  points(device: string, news: PointNews): void {
    for (const each of this.to) each.points?.(device, news);
  }
}

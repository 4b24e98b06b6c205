import type { Fault } from '../../drivers/contract/fault.ts';
import type { ToldIdentity } from '../../drivers/contract/identity.ts';
import type { Point, Sample } from '../../drivers/contract/reading.ts';
import type { DriverCall } from './driver-calls.ts';
import type { PointNews } from './polling/unreadable.ts';

/** A device as its reporters see it. */
export interface DeviceDescription {
  readonly id: string;
  readonly points: readonly Point[];
  readonly heartbeatMs: number;
  /** A value that is older says nothing of now, unless three of its periods are longer. */
  readonly staleAfterMs: number;
  /** The period of points that have none of their own; 0 of a device that talks by itself. */
  readonly pollMs: number;
}

/** The devices' events while they run. Synchronous; must not throw. */
export interface DeviceEvents {
  /** The samples of one poll or one frame, unfiltered. */
  samples(device: string, samples: readonly Sample[]): void;
  /** A poll or a frame that gave nothing. Told every time; the publisher decides what is news. */
  failed(device: string, fault: Fault): void;
  /** Told on every change, and once at the start; a device that goes offline has told the fault before. */
  availability(device: string, online: boolean): void;
  /** Points that can no longer be read, or can again, of a device that answers. Each at most once an hour. */
  points?(device: string, news: PointNews): void;
  /** All that the device has told of itself so far, at each change of it; cleaned text. */
  identity?(device: string, identity: ToldIdentity): void;
  /** A call of the device's driver threw: told each time, with any consequence. */
  threw?(device: string, call: DriverCall, fault: Fault): void;
}

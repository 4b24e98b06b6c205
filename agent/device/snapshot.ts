import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { UnreadablePoint } from './polling/unreadable.ts';

/** `starting`: not yet known; `paused`: by command; `unloaded`: its driver can not run. */
export type Health = 'starting' | 'online' | 'offline' | 'paused' | 'unloaded';

export interface DeviceSnapshot {
  readonly id: string;
  readonly bus: string;
  readonly health: Health;
  /** Wall clock, milliseconds since 1970. */
  readonly lastGoodAt: number | null;
  readonly fault: FaultCode | null;
  /** From the end of the request to the answer's last byte, of the last exchange; null for devices that talk by themselves. */
  readonly latencyMs: number | null;
  /** How long the last question's answer was waited for at the most; null before the first, and for devices that talk by themselves. */
  readonly timeoutMs: number | null;
  readonly readings: number;
  readonly failures: number;
  /** Frames that came whole and held nothing for its points; 0 for devices that are asked. */
  readonly passedOver: number;
  /** Readings that went out as part of a later one, because there were too many; 0 for devices that are asked. */
  readonly thinned: number;
  /** Points that could not be read when they were asked last, of a device that answers. */
  readonly unreadable: readonly UnreadablePoint[];
}

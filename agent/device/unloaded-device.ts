import { Fault } from '../../drivers/contract/fault.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import type { DeviceControl, WriteResult } from './control.ts';
import type { DeviceEvents } from './events.ts';
import type { DeviceSnapshot } from './snapshot.ts';

/** A device whose driver can not run. It is shown with the reason; nothing else depends on it. */
export class UnloadedDevice implements DeviceControl {
  readonly kind = 'unloaded';
  readonly id: string;
  readonly points: readonly Point[] = [];
  readonly allow: readonly string[] = [];
  readonly loaded = false;
  readonly #bus: string;
  readonly #fault: Fault;
  readonly #events: DeviceEvents;

  constructor(id: string, bus: string, fault: Fault, events: DeviceEvents) {
    this.id = id;
    this.#bus = bus;
    this.#fault = fault;
    this.#events = events;
  }

  /** Tells once what there is to tell. */
  start(): void {
    this.#events.failed(this.id, this.#fault);
    this.#events.availability(this.id, false);
  }

  pause(): void {}

  resume(): void {}

  async read(): Promise<Readonly<Record<string, Value>>> {
    throw new Fault('command/unloaded');
  }

  async write(): Promise<WriteResult> {
    throw new Fault('command/unloaded');
  }

  snapshot(): DeviceSnapshot {
    return {
      id: this.id,
      bus: this.#bus,
      health: 'unloaded',
      lastGoodAt: null,
      fault: this.#fault.code,
      latencyMs: null,
      timeoutMs: null,
      readings: 0,
      failures: 0,
      passedOver: 0,
      thinned: 0,
      unreadable: [],
    };
  }
}

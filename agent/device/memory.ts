import type { Memory } from '../../drivers/contract/memory.ts';
import type { Asker } from '../bus/dialogue/inquiry.ts';

/** The memory that a device's driver wants back in its next run. It has been measured (`contained`). */
export class DeviceMemory implements Asker {
  readonly id: string;
  #memory: Memory | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get memory(): Memory | undefined {
    return this.#memory;
  }

  keep(memory: Memory): void {
    this.#memory = memory;
  }

  forget(): void {
    this.#memory = undefined;
  }
}

import type { Supervisor } from '../clock/supervisor.ts';
import type { LinkListener } from './link.ts';

/** The listeners of the link, in the order of their coming. One that throws keeps nothing from the others or from the link. */
export class LinkListeners {
  readonly #listeners: LinkListener[] = [];
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  add(listener: LinkListener): void {
    this.#listeners.push(listener);
  }

  tell(call: (listener: LinkListener) => void): void {
    for (const listener of this.#listeners) this.#supervisor.guard('listener of the broker link', () => call(listener));
  }
}

import type { Fault } from '../../../drivers/contract/fault.ts';

/** So many are told apart; with more the number is no longer of interest. */
const MOST_DENIED = 1000;

/** The topics that the broker's access list denies now. Only MQTT 5 says so, and only at QoS 1. */
export class DeniedTopics {
  readonly #topics = new Set<string>();

  get count(): number {
    return this.#topics.size;
  }

  /** @param fault undefined: the broker took it */
  heard(topic: string, fault: Fault | undefined): void {
    if (fault?.code !== 'link/denied') this.#topics.delete(topic);
    else if (this.#topics.size < MOST_DENIED) this.#topics.add(topic);
  }

  /** Another connection, perhaps under another name. */
  forget(): void {
    this.#topics.clear();
  }
}

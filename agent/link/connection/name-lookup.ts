import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Lookups that may be under way at once. The system's resolver blocks one of the four threads that also read and write
 * files, for up to half a minute where DNS is silent, and can not be called off.
 */
const AT_ONCE = 2;

type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
/** How the system looks a name up; replaced in tests. */
export type Resolve = (name: string, options: LookupAllOptions, found: Found) => void;

/**
 * The system's own lookup, bounded: an attempt that was given up leaves its lookup running, and the next one for that
 * name waits for the same one instead of hanging another thread. Beyond the bound a name counts as not resolved.
 */
export class NameLookup {
  readonly #resolve: Resolve;
  readonly #pending = new Map<string, Set<Found>>();

  constructor(resolve: Resolve = lookup) {
    this.#resolve = resolve;
  }

  /** For `net.connect` and `tls.connect`. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    const found: Found = (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error ?? notResolved(), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    this.#find(name, { family: options.family, hints: options.hints, all: true }, found);
  };

  #find(name: string, options: LookupAllOptions, found: Found): void {
    // the options are the same for all of our sockets
    const known = this.#pending.get(name);
    if (known !== undefined) {
      known.add(found);
    } else if (this.#pending.size >= AT_ONCE) {
      queueMicrotask(() => found(notResolved(), []));
    } else {
      const waiting = new Set([found]);
      this.#pending.set(name, waiting);
      this.#resolve(name, options, (error, addresses) => {
        this.#pending.delete(name);
        for (const one of waiting) one(error, addresses ?? []);
      });
    }
  }
}

function notResolved(): NodeJS.ErrnoException {
  return Object.assign(new Error(), { code: 'EAI_AGAIN' });
}

import type { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { DeviceEvents } from './events.ts';

/** `talks`: the part that the device says by itself; `asked`: the part that it answers. */
type Half = 'talks' | 'asked';

/** The events of the two halves of one device, as that one device tells them. */
export class Halves {
  readonly #id: string;
  readonly #events: DeviceEvents;
  readonly #online = new Map<Half, boolean>();
  /** The halves that have points: only those say how the device stands. */
  readonly #halves: readonly Half[];
  /** Why the asked half had nothing last; undefined: it had something. */
  #silence: FaultCode | undefined;

  /** @param talks whether any point comes by itself */
  constructor(id: string, events: DeviceEvents, talks: boolean) {
    this.#id = id;
    this.#events = events;
    this.#halves = talks ? ['talks', 'asked'] : ['asked'];
  }

  of(half: Half): DeviceEvents {
    const { threw, points } = this.#events;
    return {
      samples: (_id, samples) => {
        if (half === 'asked') this.#silence = undefined;
        this.#events.samples(this.#id, samples);
      },
      failed: (_id, fault) => this.#failed(half, fault),
      availability: (_id, online) => this.#stands(half, online),
      points: (_id, news) => points?.call(this.#events, this.#id, news),
      threw: (_id, call, fault) => threw?.call(this.#events, this.#id, call, fault),
    };
  }

  #failed(half: Half, fault: Fault): void {
    if (!this.#halves.includes(half)) return;
    if (half === 'asked' && this.#halves.length > 1) {
      // the half that talks tells the faults of the line
      if (fault.code.startsWith('port/')) return;
      // a frame between two polls must not make the same fault of the polls news each time
      if (fault.code === this.#silence) return;
      this.#silence = fault.code;
    }
    this.#events.failed(this.#id, fault);
  }

  #stands(half: Half, online: boolean): void {
    if (!this.#halves.includes(half)) return;
    const before = this.#together();
    this.#online.set(half, online);
    const now = this.#together();
    if (now !== undefined && now !== before) this.#events.availability(this.#id, now);
  }

  /** Online while one half is; undefined while none is and not both are known. */
  #together(): boolean | undefined {
    const known = this.#halves.map((half) => this.#online.get(half));
    if (known.includes(true)) return true;
    return known.includes(undefined) ? undefined : false;
  }
}

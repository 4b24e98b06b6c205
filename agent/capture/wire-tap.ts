import type { CaptureRecord } from './capture.ts';

/** `at`: an instant of the monotonic clock. The bytes are valid during the call. */
export type WireEvent = Extract<CaptureRecord, { readonly kind: 'sent' | 'received' | 'opened' | 'closed' }>;

/** Hears what goes over a line. Called between a device and its answer: it must be quick and must not throw. */
export type WireListener = (event: WireEvent) => void;

/** The one place of a bus at which its bytes can be seen, by any number of listeners; mostly none. */
export class WireTap {
  readonly #listeners = new Set<WireListener>();
  #settle: (() => void) | undefined;

  get isUsed(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: WireListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: WireListener): void {
    this.settle();
    this.#listeners.delete(listener);
  }

  tell(event: WireEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Tells what was handed over for a later instant and is out by now. */
  settle(): void {
    this.#settle?.();
  }

  /** The port that is open now tells what it holds back. */
  settleBy(settle: () => void): void {
    this.#settle = settle;
  }
}

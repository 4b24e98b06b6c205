import { LONGEST_ANSWER } from '../../drivers/contract/dialogue.ts';

const NOTHING = new Uint8Array(0);

/**
 * Bytes of a dialogue that came before the answer was awaited which they may begin: the bytes behind the last answer,
 * and the bytes that came since something was sent that nobody answers, or while the speed was changed. A device can be
 * quicker than this machine. Bounded.
 */
export class EarlyBytes {
  #behind: Uint8Array = NOTHING;
  /** Nothing while unasked bytes are not kept. */
  #kept: Uint8Array | undefined;
  #sent: Uint8Array = NOTHING;

  /** The bytes behind an answer. */
  follow(bytes: Uint8Array): void {
    this.#behind = bytes;
  }

  /** From now on what comes unasked is kept. @param sent what may come back as an echo before it */
  keep(sent: Uint8Array = this.#sent): void {
    this.#kept ??= NOTHING;
    this.#sent = sent;
  }

  /** @returns whether these bytes are kept */
  take(bytes: Uint8Array): boolean {
    if (this.#kept === undefined || this.#kept.length + bytes.length > LONGEST_ANSWER) return false;
    this.#kept = Buffer.concat([this.#kept, bytes]);
    return true;
  }

  /** All of it, as the beginning of an answer, without an echo. */
  begin(): Uint8Array {
    const begun = Buffer.concat([this.#behind, this.#withoutEcho()]);
    this.#clear();
    return begun;
  }

  /** It begins no answer. @param echoes the line is known to return what is sent */
  drop(echoes: boolean): { readonly behind: Uint8Array; readonly kept: Uint8Array } {
    const dropped = { behind: this.#behind, kept: echoes ? this.#withoutEcho() : (this.#kept ?? NOTHING) };
    this.#clear();
    return dropped;
  }

  #withoutEcho(): Uint8Array {
    const kept = this.#kept ?? NOTHING;
    const compared = this.#sent.subarray(0, kept.length);
    return compared.every((byte, at) => kept[at] === byte) ? kept.subarray(compared.length) : kept;
  }

  #clear(): void {
    this.#behind = NOTHING;
    this.#kept = undefined;
    this.#sent = NOTHING;
  }
}

import { isMapping } from '../../../config/source/data.ts';

/** Bytes of the longest STATE that is looked at: it holds a truth value and a time. */
const LONGEST_STATE = 1024;

/**
 * Whether the primary host is there, as its STATE says (Sparkplug 3.0, 5.14 and 6.4.27). One that is older than the last
 * one on this connection says nothing.
 */
export class HostState {
  #online = false;
  #newest = Number.NEGATIVE_INFINITY;

  get online(): boolean {
    return this.#online;
  }

  /** Another connection: the word of another broker counts no more. */
  forget(): void {
    this.#online = false;
    this.#newest = Number.NEGATIVE_INFINITY;
  }

  /** @returns what it says, or undefined where it says nothing: no JSON, no STATE, or older than the last one */
  heard(payload: Uint8Array): 'online' | 'offline' | undefined {
    const state = parse(payload);
    if (state === undefined || state.timestamp < this.#newest) return undefined;
    this.#newest = state.timestamp;
    this.#online = state.online;
    return state.online ? 'online' : 'offline';
  }
}

function parse(payload: Uint8Array): { readonly online: boolean; readonly timestamp: number } | undefined {
  if (payload.length > LONGEST_STATE) return undefined;
  try {
    const state: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (!isMapping(state)) return undefined;
    const { online, timestamp } = state;
    if (typeof online !== 'boolean' || typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp))
      return undefined;
    return { online, timestamp };
  } catch {
    return undefined;
  }
}

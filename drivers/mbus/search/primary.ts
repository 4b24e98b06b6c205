import { resetFrame } from '../link/frame.ts';
import type { Timing } from '../timing.ts';
import { type FoundDevice, headerOf, inquiry, knock, replyOf, type Search } from './search.ts';

interface State {
  readonly addresses: readonly number[];
  readonly timing: Timing;
  readonly place: number;
  /** The address has acknowledged, and is asked for its data. */
  readonly isReading: boolean;
  readonly found: readonly FoundDevice[];
  readonly asked: number;
}

/**
 * Looks through primary addresses: each is reset, and one that answers is asked for its data.
 * @param addresses each 0 to 250
 */
export function primarySearch(addresses: readonly number[], timing: Timing): Search {
  return searchAt({ addresses, timing, place: 0, isReading: false, found: [], asked: 0 });
}

function searchAt(at: State): Search {
  const { addresses, timing, place, isReading, found, asked } = at;
  const address = addresses[place];
  const foreseen = asked + addresses.length - place;
  if (address === undefined) {
    return { question: undefined, found, asked, foreseen, isCut: false, next: () => searchAt(at) };
  }
  return {
    ...{ found, asked, foreseen, isCut: false },
    question: isReading ? inquiry(address, timing) : knock(resetFrame(address), timing),
    next(end) {
      const ahead = { ...at, asked: asked + 1 };
      const reply = replyOf(end);
      if (!isReading) {
        const isThere = reply === 'one' || reply === 'several';
        return searchAt(isThere ? { ...ahead, isReading: true } : { ...ahead, place: place + 1 });
      }
      const device = { address, header: headerOf(end) ?? {}, isShared: reply === 'several' };
      return searchAt({ ...ahead, place: place + 1, isReading: false, found: [...found, device] });
    },
  };
}

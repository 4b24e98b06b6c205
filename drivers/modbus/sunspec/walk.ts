import type { Step } from '../../contract/dialogue.ts';
import { Fault } from '../../contract/fault.ts';
import type { Memory } from '../../contract/memory.ts';
import { word } from '../bytes.ts';
import {
  type Chain,
  chainMemory,
  HEADER_SIZE,
  hasNext,
  lengthened,
  MARKER_SIZE,
  nextAddress,
  type PlacedModel,
  rememberedChain,
  type Sought,
  sighted,
} from './chain.ts';
import { failing, isTooFar, type Journey, lacksRegisters, send } from './journey.ts';

/** `SunS` (SunSpec Device Information Model Specification): every list of models begins with it. */
const MARKER = [0x53, 0x75, 0x6e, 0x53];

/** The steps that follow once the place of a model is known, or that the device has none. */
export interface Ways {
  found(placed: PlacedModel, chain: Chain, journey: Journey): Step;
  absent(chain: Chain, journey: Journey): Step;
}

/** Nothing is known any more: the next run begins with the marker. */
export const FORGOTTEN: Memory = {};

/** Where the list may begin, in the order in which it is looked for. */
export type Bases = readonly number[];

/**
 * Finds a model, and reads the list of models only as far as that needs. A dialogue that comes to the end of its
 * requests ends with `sunspec/unfinished`, and the next one goes on from there.
 */
export function locate(journey: Journey, bases: Bases, memory: Memory | undefined, sought: Sought, ways: Ways): Step {
  const chain = rememberedChain(memory);
  if (chain !== undefined && bases.includes(chain.base)) return follow(journey, chain, sought, ways);
  const { first, tried } = searchIn(bases, memory);
  return findBase(journey, bases, first, tried, (found, further) => follow(further, found, sought, ways));
}

/** A search that was not ended goes on; and a device that did not answer at one place is asked at the next one then. */
function searchIn(bases: Bases, memory: Memory | undefined): { readonly first: number; readonly tried: number } {
  const { first, tried } = memory ?? {};
  if (typeof first !== 'number' || bases[first] === undefined) return { first: 0, tried: 0 };
  const isCount = typeof tried === 'number' && Number.isInteger(tried) && tried >= 0 && tried < bases.length;
  return { first, tried: isCount ? tried : 0 };
}

/** @param tried how many places were looked at */
function findBase(
  journey: Journey,
  bases: Bases,
  first: number,
  tried: number,
  next: (chain: Chain, journey: Journey) => Step,
): Step {
  const place = (first + tried) % bases.length;
  const base = bases[place] ?? 0;
  if (tried === bases.length) return failing(new Fault('sunspec/no-marker'), 'refused', FORGOTTEN);
  if (isTooFar(journey, 1)) return failing(new Fault('sunspec/unfinished'), 'refused', { first, tried });
  const further = (after: Journey) => findBase(after, bases, first, tried + 1, next);
  return send(
    journey,
    { function: 3, address: base, count: MARKER_SIZE },
    {
      answered: (data, after) =>
        MARKER.every((byte, at) => data[at] === byte) ? next({ base, models: [], end: 'open' }, after) : further(after),
      failed(end, after) {
        if (lacksRegisters(end)) return further(after);
        const memory = end.consequence === 'silent' ? { first: (place + 1) % bases.length } : undefined;
        return failing(end.fault, end.consequence, memory);
      },
    },
  );
}

function follow(journey: Journey, chain: Chain, sought: Sought, ways: Ways): Step {
  const found = sighted(chain, sought);
  if (typeof found === 'object') return ways.found(found, chain, journey);
  if (found === 'absent') return confirm(journey, chain, sought, ways);
  return readNext(journey, chain, (longer, after) => settled(longer, after, sought, ways));
}

/** A list that was just read is not read once more to confirm it. */
function settled(chain: Chain, journey: Journey, sought: Sought, ways: Ways): Step {
  return sighted(chain, sought) === 'absent' ? ways.absent(chain, journey) : follow(journey, chain, sought, ways);
}

/** Whether the list still ends where it did: the device may have got a model since then. */
function confirm(journey: Journey, chain: Chain, sought: Sought, ways: Ways): Step {
  const { base, models } = chain;
  const open: Chain = { ...chain, end: 'open' };
  if (!hasNext(chain)) {
    const again = (_: Chain, after: Journey) => ways.absent(chain, after);
    return findBase(journey, [base], 0, 0, again);
  }
  return readNext(journey, open, (longer, after) =>
    longer.end === chain.end && longer.models.length === models.length
      ? ways.absent(chain, after)
      : settled(longer, after, sought, ways),
  );
}

function readNext(journey: Journey, chain: Chain, next: (longer: Chain, journey: Journey) => Step): Step {
  const memory = chainMemory(chain);
  if (isTooFar(journey, 1)) return failing(new Fault('sunspec/unfinished'), 'refused', memory);
  return send(
    journey,
    { function: 3, address: nextAddress(chain), count: HEADER_SIZE },
    {
      answered: (data, after) => next(lengthened(chain, word(data, 0), word(data, 2)), after),
      // many devices have nothing behind their last model, not even the number that ends the list
      failed: (end, after) =>
        lacksRegisters(end) ? next({ ...chain, end: 'ended' }, after) : failing(end.fault, end.consequence, memory),
    },
  );
}

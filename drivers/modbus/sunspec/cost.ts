import type { DialogueCost, Leg } from '../../contract/dialogue.ts';
import { legOf } from '../../contract/single.ts';
import { WRITE_LIMITS } from '../limits.ts';
import type { Request } from '../request.ts';
import type { Courier } from '../wire.ts';
import { HEADER_SIZE } from './chain.ts';
import { MODELS } from './models/catalogue.ts';
import { factorReads, type GroupCounts, isCounted, placed, readsOf } from './place.ts';
import type { Target } from './target.ts';
import type { Bases } from './walk.ts';

/** The parts that all dialogues of a device need. */
export interface DeviceSetup {
  readonly courier: Courier;
  readonly bases: Bases;
  readonly maxRegisters: number;
}

/** One dialogue may hold the line for about so long, milliseconds, so that a silent device costs the others no more. */
const LONGEST_RUN_MS = 1_500;

/** No dialogue sends more; the transaction numbers of Modbus TCP leave room for as many. */
const MOST_REQUESTS = 64;

/** Where nobody has asked the device yet: curves have some ten pairs of values, and no device has more curves. */
const FORESEEN: GroupCounts = new Map([
  ['NPt', 20],
  ['NCrv', 512],
]);

/** Registers from the begin of the model's data, in the first of the models that the point may lie in. */
export function firstAddress(target: Target): number {
  const [id = 0] = target.points.keys();
  const model = MODELS.get(id);
  return (model && placed(target, model, Number.POSITIVE_INFINITY, FORESEEN)?.span.address) ?? 0;
}

/** The cost of reading these points: usually their requests alone, and at most the search for their model besides. */
export function foreseen(setup: DeviceSetup, targets: readonly Target[]): DialogueCost {
  const { courier, maxRegisters } = setup;
  const ids = new Set(targets.flatMap(({ preferred }) => preferred.flat()));
  let usual: readonly Leg[] = [legFor(courier, HEADER_SIZE)];
  let longest = usual[0];
  for (const id of ids) {
    const model = MODELS.get(id);
    if (model === undefined) continue;
    const there = targets.flatMap((target) => placed(target, model, Number.POSITIVE_INFINITY, FORESEEN) ?? []);
    const { first, again } = readsOf(there, maxRegisters, courier.cost);
    const isNested = isCounted(model, targets);
    const counting = isNested ? [{ count: HEADER_SIZE + model.fixed }] : [];
    const legs = [...counting, ...first, ...again].map(({ count }) => legFor(courier, count));
    if (waited(legs) > waited(usual)) usual = legs;
    for (const leg of [...legs, ...(isNested ? [legFor(courier, maxRegisters)] : [])]) {
      if (longest === undefined || leg.timeout > longest.timeout) longest = leg;
    }
  }
  return { usual, most: mostOf(longest, usual.length) };
}

/** Of a dialogue that also has to find its models, and sends so many requests once it has. */
function mostOf(longest: Leg | undefined, requests: number): readonly Leg[] {
  if (longest === undefined) return [];
  const fitting = Math.min(MOST_REQUESTS, Math.floor(LONGEST_RUN_MS / longest.timeout));
  // a device whose model is shorter may need one request more: registers that joined two blocks may not be there
  return new Array(Math.max(requests + 1, fitting)).fill(longest);
}

function waited(legs: readonly Leg[]): number {
  return legs.reduce((sum, { timeout }) => sum + timeout, 0);
}

function legFor(courier: Courier, count: number): Leg {
  return legOfRequest(courier, { function: 3, address: 0, count });
}

function legOfRequest(courier: Courier, request: Request): Leg {
  return legOf(courier.exchange(request, 0, 0));
}

/** The cost of writing these points, of each kind in a model of its own. */
export function foreseenWrite(setup: DeviceSetup, kinds: readonly (readonly Target[])[]): DialogueCost {
  const { courier, maxRegisters } = setup;
  const legs = kinds.flatMap((targets) => {
    const [id = 0] = targets.flatMap(({ points }) => [...points.keys()]);
    const model = MODELS.get(id);
    if (model === undefined) return [];
    const there = targets.flatMap((target) => placed(target, model, Number.POSITIVE_INFINITY, FORESEEN) ?? []);
    const counting = isCounted(model, targets) ? [legFor(courier, HEADER_SIZE + model.fixed)] : [];
    const factors = factorReads(there, maxRegisters, courier.cost).map(({ count }) => legFor(courier, count));
    const writes = there.map(({ span }) => writeLeg(courier, span.count));
    return [...counting, ...factors, ...writes];
  });
  const longest = [...legs, writeLeg(courier, WRITE_LIMITS.registers)].reduce((long, leg) =>
    leg.timeout + leg.request > long.timeout + long.request ? leg : long,
  );
  return { usual: legs, most: mostOf(longest, legs.length) };
}

function writeLeg(courier: Courier, count: number): Leg {
  return legOfRequest(courier, { function: 16, address: 0, registers: new Uint8Array(count * 2) });
}

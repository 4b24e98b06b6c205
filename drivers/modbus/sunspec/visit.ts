import type { FailStep, Step } from '../../contract/dialogue.ts';
import { Fault } from '../../contract/fault.ts';
import { word } from '../bytes.ts';
import type { Span } from '../plan.ts';
import { type Chain, chainMemory, HEADER_SIZE, type PlacedModel } from './chain.ts';
import { failing, isTooFar, type Journey, lacksRegisters, send } from './journey.ts';
import { MODELS } from './models/catalogue.ts';
import type { Model } from './models/definition.ts';
import { countsIn, type GroupCounts, MODEL_HEADER, Registers } from './place.ts';
import { FORGOTTEN } from './walk.ts';

/** A model of the device, where the list says that it lies. */
export interface Visit {
  readonly model: Model;
  readonly placed: PlacedModel;
  readonly chain: Chain;
}

/** Nothing is sought that is not in the table. */
const NO_MODEL: Model = { id: 0, points: new Map(), lengths: new Map(), fixed: 0, isNested: false };

export function visitOf(at: PlacedModel, chain: Chain): Visit {
  return { model: MODELS.get(at.id) ?? NO_MODEL, placed: at, chain };
}

/** The model's own number and length came with it, and are not those of the list: the device has changed. */
function isMoved({ placed: { id, length } }: Visit, registers: Registers): boolean {
  const header = registers.of(MODEL_HEADER);
  return header !== undefined && (word(header, 0) !== id || word(header, 2) !== length);
}

/** Reads these registers of the model, one request after the other. */
export function readSpans(
  journey: Journey,
  visit: Visit,
  spans: readonly Span[],
  next: (registers: Registers, journey: Journey) => Step,
  before: Registers = new Registers(),
): Step {
  const [span, ...rest] = spans;
  if (span === undefined) return next(before, journey);
  const memory = chainMemory(visit.chain);
  if (isTooFar(journey, spans.length)) return failing(new Fault('sunspec/unfinished'), 'refused', memory);
  const address = visit.placed.address + HEADER_SIZE + span.address;
  return send(
    journey,
    { function: 3, address, count: span.count },
    {
      answered(data, after) {
        const registers = before.with(span, data);
        if (isMoved(visit, registers)) return failing(new Fault('sunspec/changed'), 'refused', FORGOTTEN);
        return readSpans(after, visit, rest, next, registers);
      },
      failed({ fault, consequence }, after) {
        const end = failing(fault, consequence, memory);
        const isDoubtful = fault.code === 'modbus/illegal-address' && before.of(MODEL_HEADER) === undefined;
        return isDoubtful && !isTooFar(after, 1) ? lookAgain(after, visit, end) : end;
      },
    },
  );
}

/** Where the model was, there may be nothing any more, or another one. @param end if it still begins there */
function lookAgain(journey: Journey, visit: Visit, end: FailStep): Step {
  const moved = failing(new Fault('sunspec/changed'), 'refused', FORGOTTEN);
  return send(
    journey,
    { function: 3, address: visit.placed.address, count: MODEL_HEADER.count },
    {
      answered: (data) => (isMoved(visit, new Registers().with(MODEL_HEADER, data)) ? moved : end),
      failed: (failed) => (lacksRegisters(failed) ? moved : failing(failed.fault, failed.consequence)),
    },
  );
}

const NO_COUNTS: GroupCounts = new Map();

/** The model's counts of its groups, where they decide where the groups lie. */
export function readCounts(
  journey: Journey,
  visit: Visit,
  isNeeded: boolean,
  next: (counts: GroupCounts, journey: Journey) => Step,
): Step {
  const { model, placed } = visit;
  if (!isNeeded || placed.length < model.fixed) return next(NO_COUNTS, journey);
  const whole: Span = { address: MODEL_HEADER.address, count: MODEL_HEADER.count + model.fixed };
  return readSpans(journey, visit, [whole], (registers, after) => {
    const data = registers.of({ address: 0, count: model.fixed });
    return next(data === undefined ? NO_COUNTS : countsIn(model, data), after);
  });
}

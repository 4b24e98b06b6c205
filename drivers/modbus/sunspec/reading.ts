import type { Dialogue, Step } from '../../contract/dialogue.ts';
import { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import type { Memory } from '../../contract/memory.ts';
import type { Sample } from '../../contract/reading.ts';
import { NARROWER_MAY_HELP } from '../split.ts';
import { type Chain, chainMemory } from './chain.ts';
import { type DeviceSetup, firstAddress, foreseen } from './cost.ts';
import { failing, type Journey } from './journey.ts';
import { isCounted, type PlacedTarget, placed, type Registers, readsOf } from './place.ts';
import { byModel, soughtBy, type Target } from './target.ts';
import { type DecodedValue, powerOf } from './value.ts';
import { readCounts, readSpans, type Visit, visitOf } from './visit.ts';
import { locate } from './walk.ts';

/** So many requests read the points of one dialogue at most: of more points there are several. */
const MOST_READS = 3;

/** So often the same points are asked for again in one poll, because the list of models was not read to its end or has changed. */
const MOST_AGAIN = 32;

/** The same question goes on where this one ended. */
export const ASK_AGAIN: ReadonlySet<FaultCode> = new Set<FaultCode>(['sunspec/unfinished', 'sunspec/changed']);

const REMARKS = {
  model: 'the device has no model with this point',
  point: 'the model of this device ends before this point, or has fewer instances',
} as const;

const NO_BYTES = new Uint8Array(0);

/** The dialogues that read these points: those of one model together. */
export function readDialogues(setup: DeviceSetup, targets: readonly Target[]): readonly Dialogue[] {
  return byModel(targets)
    .flatMap((kind) => inParts(setup, kind))
    .map((part) => readDialogue(setup, part, 0));
}

function inParts(setup: DeviceSetup, targets: readonly Target[]): readonly (readonly Target[])[] {
  if (targets.length === 1 || foreseen(setup, targets).usual.length <= MOST_READS) return [targets];
  return halves(targets).flatMap((half) => inParts(setup, half));
}

/** In the order of their registers. */
function halves(targets: readonly Target[]): readonly (readonly Target[])[] {
  if (targets.length < 2) return [];
  const sorted = targets.toSorted((one, other) => firstAddress(one) - firstAddress(other));
  const middle = sorted.length >> 1;
  return [sorted.slice(0, middle), sorted.slice(middle)];
}

/** @param again how often it was begun already in the same poll */
function readDialogue(setup: DeviceSetup, targets: readonly Target[], again: number): Dialogue {
  const cost = foreseen(setup, targets);
  return {
    key: `${'+'.repeat(again)}${targets.map(({ place }) => place).join()}`,
    points: targets.map(({ name }) => name),
    cost,
    needs: setup.courier.needs,
    begin: (memory, run) => readSteps(setup, targets, cost.most.length, memory, run),
    split({ code }) {
      if (ASK_AGAIN.has(code)) return again < MOST_AGAIN ? [readDialogue(setup, targets, again + 1)] : [];
      return NARROWER_MAY_HELP.has(code) ? halves(targets).map((half) => readDialogue(setup, half, 0)) : [];
    },
  };
}

/** Reads these points of one model. @param most requests */
export function readSteps(
  setup: DeviceSetup,
  targets: readonly Target[],
  most: number,
  memory: Memory | undefined,
  run = 0,
): Step {
  return locate({ courier: setup.courier, run, asked: 0, most }, setup.bases, memory, soughtBy(targets), {
    found: (at, chain, journey) => read(setup, journey, visitOf(at, chain), targets),
    absent: (chain) => without(chain, targets),
  });
}

/** The whole list is known, and the model is not in it. */
function without(chain: Chain, targets: readonly Target[]): Step {
  const memory = chainMemory(chain);
  if (chain.end === 'broken') return failing(new Fault('sunspec/broken-list'), 'refused', memory);
  if (!targets.every(({ isUsual }) => isUsual)) return failing(new Fault('sunspec/no-model'), 'refused', memory);
  return { kind: 'end', samples: targets.map(({ name }) => nothing(name, REMARKS.model)), memory };
}

function read(setup: DeviceSetup, journey: Journey, visit: Visit, targets: readonly Target[]): Step {
  const { model, placed: at, chain } = visit;
  return readCounts(journey, visit, isCounted(model, targets), (counts, further) => {
    const there = targets.flatMap((target) => placed(target, model, at.length, counts) ?? []);
    const { first, again } = readsOf(there, setup.maxRegisters, setup.courier.cost);
    return readSpans(further, visit, first, (registers, behind) =>
      readSpans(behind, visit, again, (repeated) => {
        const samples: Sample[] = [];
        for (const each of there) {
          const sample = sampleOf(each, registers, repeated);
          if (sample === undefined) return failing(new Fault('sunspec/unsteady-factor'), 'damaged');
          samples.push(sample);
        }
        const read = new Set(samples.map(({ point }) => point));
        const absent = targets.filter(({ name }) => !read.has(name));
        samples.push(...absent.map(({ name }) => nothing(name, REMARKS.point)));
        return { kind: 'end', samples, memory: chainMemory(chain) };
      }),
    );
  });
}

/** @returns undefined where the factor was not the same behind the value as before it */
function sampleOf({ target, point, span, factor }: PlacedTarget, registers: Registers, repeated: Registers) {
  const { name, codec } = target;
  const value = registers.of(span) ?? NO_BYTES;
  if (factor === undefined) return sampled(name, codec.decode(point, value, 0));
  const [own, power] = registers.together([span, factor]) ?? [];
  if (own !== undefined && power !== undefined) return sampled(name, codec.decode(point, own, powerOf(power)));
  const before = registers.of(factor);
  const behind = repeated.of(factor);
  if (before === undefined || before.some((byte, at) => byte !== behind?.[at])) return undefined;
  return sampled(name, codec.decode(point, value, powerOf(before)));
}

function sampled(point: string, { value, exact }: DecodedValue): Sample {
  return { point, value, ...(exact !== undefined && { exact }) };
}

function nothing(point: string, remark: string): Sample {
  return { point, value: null, remark };
}

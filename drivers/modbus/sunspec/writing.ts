import type { Dialogue, DialogueCost, Step } from '../../contract/dialogue.ts';
import { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import type { Memory } from '../../contract/memory.ts';
import type { Value } from '../../contract/reading.ts';
import { WRITE_LIMITS } from '../limits.ts';
import { chainMemory, HEADER_SIZE } from './chain.ts';
import { type DeviceSetup, foreseenWrite } from './cost.ts';
import { failing, isTooFar, type Journey, send } from './journey.ts';
import { factorReads, isCounted, placed, type Registers } from './place.ts';
import { byModel, soughtBy, type Target } from './target.ts';
import { powerOf } from './value.ts';
import { readCounts, readSpans, type Visit, visitOf } from './visit.ts';
import { FORGOTTEN, locate } from './walk.ts';

/** Registers on their way, as they go on the wire. */
interface Ready {
  readonly address: number;
  readonly registers: Uint8Array;
  /** Of the value, or the first of them, in what is written. */
  readonly place: number;
}

type Values = ReadonlyMap<Target, Value>;

/**
 * The dialogue that writes these values. It reads the scale factors first, and writes nothing where one of the values is
 * not a whole number in the unit that its factor makes. Values that lie side by side go in one request (function 16).
 * @throws Fault `command/not-writable`, `command/value`
 */
export function writeDialogue(setup: DeviceSetup, values: Values): Dialogue {
  const targets = [...values.keys()];
  for (const [{ shown, points, codec }, value] of values) {
    if (!shown.writable) throw new Fault('command/not-writable');
    if (![...points.values()].every((point) => codec.takes(point, value))) throw new Fault('command/value');
  }
  const kinds = byModel(targets);
  const cost: DialogueCost = foreseenWrite(setup, kinds);
  return {
    key: `write ${targets.map(({ place }) => place).join()}`,
    points: targets.map(({ name }) => name),
    cost,
    needs: setup.courier.needs,
    begin(memory, run = 0) {
      const journey = { courier: setup.courier, run, asked: 0, most: cost.most.length };
      return prepare(setup, journey, memory, { kinds, values, ready: [] });
    },
  };
}

/** Models whose values are not prepared yet, and the values that are. */
interface Preparation {
  readonly kinds: readonly (readonly Target[])[];
  readonly values: Values;
  readonly ready: readonly Ready[];
}

function prepare(setup: DeviceSetup, journey: Journey, memory: Memory | undefined, open: Preparation): Step {
  const { kinds, values, ready } = open;
  const [targets, ...rest] = kinds;
  if (targets === undefined) return writeAll(journey, memory, joined(ready));
  return locate(journey, setup.bases, memory, soughtBy(targets), {
    found: (at, chain, further) =>
      encodeAll(setup, further, visitOf(at, chain), targets, values, (more, behind) =>
        prepare(setup, behind, chainMemory(chain), { kinds: rest, values, ready: [...ready, ...more] }),
      ),
    absent: (chain) => refused(chain.end === 'broken' ? 'sunspec/broken-list' : 'sunspec/no-model', chainMemory(chain)),
  });
}

/** Of one model: the factors as they are now, and the registers that the values are by them. */
function encodeAll(
  setup: DeviceSetup,
  journey: Journey,
  visit: Visit,
  targets: readonly Target[],
  values: Values,
  next: (ready: readonly Ready[], journey: Journey) => Step,
): Step {
  const { model, placed: at, chain } = visit;
  const memory = chainMemory(chain);
  return readCounts(journey, visit, isCounted(model, targets), (counts, further) => {
    const there = targets.flatMap((target) => placed(target, model, at.length, counts) ?? []);
    if (there.length < targets.length) return refused('sunspec/no-point', memory);
    return readSpans(
      further,
      visit,
      factorReads(there, setup.maxRegisters, setup.courier.cost),
      (registers, behind) => {
        const ready: Ready[] = [];
        const order = [...values.keys()];
        for (const { target, point, span, factor } of there) {
          const power = factor === undefined ? 0 : powerIn(registers, factor);
          if (power === undefined) return refused('sunspec/no-factor', memory);
          const encoded = target.codec.encode(point, values.get(target) ?? null, power);
          if (encoded === undefined) return refused('sunspec/resolution', memory);
          const place = order.indexOf(target);
          ready.push({ address: at.address + HEADER_SIZE + span.address, registers: encoded, place });
        }
        return next(ready, behind);
      },
    );
  });
}

function powerIn(registers: Registers, factor: Parameters<Registers['of']>[0]): number | undefined {
  const register = registers.of(factor);
  return register === undefined ? undefined : powerOf(register);
}

function refused(code: FaultCode, memory: Memory): Step {
  return failing(new Fault(code), 'refused', memory);
}

/** The device takes values side by side at once; the requests come in the order of the values. */
function joined(ready: readonly Ready[]): readonly Ready[] {
  const result: Ready[] = [];
  for (const each of ready.toSorted((one, other) => one.address - other.address)) {
    const before = result.at(-1);
    const end = before === undefined ? -1 : before.address + before.registers.length / 2;
    const registers = Uint8Array.from([...(before?.registers ?? []), ...each.registers]);
    if (before === undefined || end !== each.address || registers.length / 2 > WRITE_LIMITS.registers)
      result.push(each);
    else result.splice(-1, 1, { address: before.address, registers, place: Math.min(before.place, each.place) });
  }
  return result.toSorted((one, other) => one.place - other.place);
}

function writeAll(journey: Journey, memory: Memory | undefined, ready: readonly Ready[]): Step {
  const [first, ...rest] = ready;
  if (first === undefined) return { kind: 'end', samples: [], ...(memory && { memory }) };
  if (isTooFar(journey, ready.length)) return refused('sunspec/unfinished', memory ?? FORGOTTEN);
  const { address, registers } = first;
  return send(
    journey,
    { function: 16, address, registers },
    {
      answered: (_, further) => writeAll(further, memory, rest),
      acts: true,
    },
  );
}

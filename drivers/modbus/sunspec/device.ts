import {
  type Doubt,
  DRIVER_CONTRACT,
  type Driver,
  type PollDevice,
  type PortFacts,
  type Schema,
} from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { LineTiming } from '../../contract/port.ts';
import type { Value } from '../../contract/reading.ts';
import type { Courier } from '../wire.ts';
import type { DeviceSetup } from './cost.ts';
import { identifyDialogue } from './identity.ts';
import { leaves } from './kept.ts';
import { USUAL_BASES } from './limits.ts';
import type { SunspecOptions } from './options.ts';
import { type PointOptions, point } from './point.ts';
import { readDialogues } from './reading.ts';
import { type Target, targetsOf } from './target.ts';
import { writeDialogue } from './writing.ts';

/** The parts that a driver of the family brings beside the shared ones. */
interface SunspecVariant {
  readonly name: string;
  readonly summary: string;
  readonly options: Schema<SunspecOptions>;
  readonly courier: (options: SunspecOptions, line: LineTiming) => Courier;
  /** The settings of a port that are seldom meant for this transport. */
  readonly portDoubts: (port: PortFacts) => readonly Doubt[];
}

/** A driver for SunSpec devices: models and points are the same on every transport. */
export function sunspecDriver(variant: SunspecVariant): Driver<SunspecOptions, PointOptions> {
  const { name, summary, options, portDoubts } = variant;
  return {
    contract: DRIVER_CONTRACT,
    ...{ name, summary, options, point },
    create({ options: given, points, line }): PollDevice {
      const { base, maxRegisters } = given;
      const bases = base === undefined ? USUAL_BASES : [base];
      return create({ courier: variant.courier(given, line), bases, maxRegisters }, points);
    },
    doubts: (_, port) => portDoubts(port),
  };
}

function create(setup: DeviceSetup, entries: readonly PointOptions[]): PollDevice {
  const targets = new Map(targetsOf(entries).map((target) => [target.name, target]));
  if (entries.length > 0 && targets.size !== entries.length) throw new Fault('driver/create');
  const named = (name: string): Target => {
    const found = targets.get(name);
    if (found === undefined) throw new Fault('command/unknown-point');
    return found;
  };
  return {
    kind: 'poll',
    points: [...targets.values()].map(({ shown }) => shown),
    plan: (names) => readDialogues(setup, [...new Set(names)].map(named)),
    write(values) {
      const written = new Map<Target, Value>();
      for (const [name, value] of values) written.set(named(name), value);
      return written.size === 0 ? [] : [writeDialogue(setup, written)];
    },
    identify: () => identifyDialogue(setup),
    agrees: (name, written, read) => leaves(targets.get(name), written, read),
  };
}

import type { Result } from '../../../agent/command/job.ts';
import { ofWrite } from '../../../agent/command/outcome.ts';
import { route } from '../../../agent/command/router.ts';
import { WriteRules } from '../../../agent/command/write/rules.ts';
import { Selections } from '../../../agent/command/write/selections.ts';
import type { DeviceControl, WriteResult } from '../../../agent/device/control.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { Point, Value } from '../../../drivers/contract/reading.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeGateway } from './bench.ts';

export const never = new AbortController().signal;

/** A device whose registers are a map: a written value can be read, unless a test says otherwise. */
export class MemoryDevice implements DeviceControl {
  readonly id = 'pump';
  readonly points: readonly Point[];
  readonly allow = ['read', 'write'];
  readonly loaded = true;
  readonly registers = new Map<string, Value>();
  /** The acts, in order. */
  readonly trace: string[] = [];
  onRead: () => Promise<void> = async () => undefined;
  /** Runs in the queue of the bus. */
  onQueue: () => Promise<void> = async () => undefined;
  onSent: () => Promise<WriteResult> | undefined = () => undefined;
  onCheck: (values: ReadonlyMap<string, Value>) => void = () => undefined;

  constructor(points: readonly Partial<Point>[]) {
    this.points = points.map((point) => ({ name: 'p', type: 'number', writable: true, ...point }));
  }

  async read(names: readonly string[]): Promise<Readonly<Record<string, Value>>> {
    this.trace.push(`read ${names.join(' ')}`);
    await this.onRead();
    return Object.fromEntries(names.map((name) => [name, this.registers.get(name) ?? null]));
  }

  check(values: ReadonlyMap<string, Value>): void {
    this.onCheck(values);
  }

  async write(values: ReadonlyMap<string, Value>, stillValid: () => void): Promise<WriteResult> {
    await this.onQueue();
    stillValid();
    this.trace.push(`write ${[...values].map((each) => each.join('=')).join(' ')}`);
    const special = this.onSent();
    if (special !== undefined) return special;
    for (const [name, value] of values) this.registers.set(name, value);
    return { outcome: 'verified', values: Object.fromEntries(values) };
  }

  pause(): void {}

  resume(): void {}
}

export interface Given {
  readonly directory?: string;
  readonly clock?: FakeClock;
  readonly allow?: readonly string[];
}

/** One device behind the router, without envelope and reply. */
export function writeRig(points: readonly Partial<Point>[], given: Given = {}) {
  const clock = given.clock ?? new FakeClock();
  const device = new MemoryDevice(points);
  const guard = new WriteRules({ devices: [device], clock, log: silentLog, directory: given.directory });
  const selections = new Selections(clock);
  const targets = {
    ...{ guard, selections, gateway: new FakeGateway(), allow: given.allow ?? ['read', 'write'] },
    devices: new Map([[device.id, device]]),
  };
  /** The result of a request; a refusal by the router is one too. */
  const send = async (name: string, args: object, stillValid: () => void = () => undefined): Promise<Result> => {
    try {
      const job = route(targets, { device: device.id, name }, args as Record<string, unknown>);
      return await job.run({ stillValid, signal: never });
    } catch (thrown) {
      return ofWrite(thrown);
    }
  };
  const write = (args: object, stillValid?: () => void) => send('write', args, stillValid);
  return { clock, device, guard, selections, send, write };
}

import type { BusConfig } from '../../../config/config.ts';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { createDevice, openCatalogue } from '../../../drivers/registry/loader.ts';
import type { Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock } from '../../clock/clock.ts';
import type { ScanBus } from '../ports/scan-bus.ts';
import type { ScanDriver } from '../ports/scan-target.ts';
import type { ReadBlock } from './register-table.ts';
import type { RegisterBlock } from './register-words.ts';

export interface RegisterTarget {
  readonly port: BusConfig['port'];
  readonly driver: ScanDriver;
  readonly unit: number;
  readonly timeoutMs: number;
}

export type BlockReading = ReadBlock | (RegisterBlock & { readonly fault: Fault; readonly isSilent: boolean });

/** While an old answer may still come: how long until the question is put again, and how often. */
const PENDING = { wait: milliseconds(100), most: 100 };

/** A device whose points are those that the command line names. @throws Fault of the driver */
export async function registerDevice(
  { port, driver, unit, timeoutMs }: RegisterTarget,
  points: readonly Readonly<Record<string, unknown>>[],
  orders: Readonly<Record<string, unknown>> = {},
): Promise<PollDevice> {
  const loaded = await openCatalogue().load(driver);
  const options = { unit, timeoutMs, anyUnit: true, ...orders };
  const device = createDevice(loaded, { options, points, line: portTiming(port) });
  if (device.kind !== 'poll') throw new Fault('driver/create');
  return device;
}

/** Reads a block as the device has it; one that it can't give whole is given not at all. @throws Fault of the port */
export async function readRegisters(
  line: ScanBus,
  target: RegisterTarget,
  block: RegisterBlock,
  clock: Clock,
  signal: AbortSignal,
): Promise<BlockReading> {
  const { register, address, count } = block;
  const isBits = register === 'coil' || register === 'discrete';
  const type = isBits ? 'bool' : 'uint16';
  const points = Array.from({ length: count }, (_, at) => ({ name: `r${at}`, register, address: address + at, type }));
  const device = await registerDevice(target, points);
  const data = new Uint8Array(isBits ? count : count * 2);
  for (const dialogue of device.plan(points.map(({ name }) => name))) {
    const outcome = await runAsked(line, dialogue, clock, signal);
    if (!outcome.ok) return { ...block, fault: outcome.fault, isSilent: outcome.consequence === 'silent' };
    for (const { point, value } of outcome.samples) {
      const at = Number(point.slice(1));
      if (isBits) data[at] = value === true ? 1 : 0;
      else new DataView(data.buffer).setUint16(at * 2, Number(value));
    }
  }
  return { ...block, data };
}

/** Runs a dialogue, once an old answer can no longer be taken for one of its own. @throws Fault of the port */
export async function runAsked(
  { bus, dialogues }: ScanBus,
  dialogue: Dialogue,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await bus.ask(dialogues, { dialogue }, signal);
    } catch (thrown) {
      if (toFault(thrown).code !== 'bus/answer-pending' || tries === PENDING.most) throw thrown;
      await clock.sleep(PENDING.wait, signal);
    }
  }
}

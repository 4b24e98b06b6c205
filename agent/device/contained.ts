import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import type { Decoded, Device, Framer, PollDevice, RawView, StreamDevice } from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import { ContainedDialogues } from './contained-dialogues.ts';
import { areSamples, DriverCalls, isIdentity, isMemory, isObject, isStray, type Threw } from './driver-calls.ts';

/**
 * A device whose driver's mistakes stay its own: every error of a call, and every result that is not by the contract,
 * comes out as the fault `driver/threw`, and nothing else of it reaches the bus, the line or another device.
 */
export function contained(device: PollDevice, threw: Threw): PollDevice;
export function contained(device: StreamDevice, threw: Threw): StreamDevice;
export function contained(device: Device, threw: Threw): Device {
  const calls = new DriverCalls(threw);
  return device.kind === 'poll' ? polled(device, calls) : streaming(device, calls);
}

function polled(device: PollDevice, calls: DriverCalls): PollDevice {
  const { points } = device;
  const dialogues = new ContainedDialogues(calls);
  return {
    kind: 'poll',
    points,
    plan: (names) => dialogues.of('plan', () => device.plan(names)),
    write: (values) => dialogues.of('write', () => device.write(values), true),
    ...(device.identify === undefined ? {} : { identify: () => identification(device, dialogues) }),
    ...(device.agrees === undefined
      ? {}
      : {
          agrees: (point: string, written: Value, read: Value, exact?: string) =>
            calls.make(
              'agrees',
              () => device.agrees?.(point, written, read, exact) as boolean,
              (agrees) => typeof agrees === 'boolean',
            ),
        }),
    ...(device.raw === undefined
      ? {}
      : { raw: (names: readonly string[]) => calls.make('raw', () => device.raw?.(names) as RawView, isObject, true) }),
  };
}

/** @throws Fault `driver/threw` */
function identification(device: PollDevice, dialogues: ContainedDialogues): Dialogue {
  const [dialogue] = dialogues.of('identify', () => (device.identify === undefined ? [] : [device.identify()]));
  if (dialogue === undefined) throw new Fault('driver/threw');
  return dialogue;
}

function streaming(device: StreamDevice, calls: DriverCalls): StreamDevice {
  const { points } = device;
  return {
    kind: 'stream',
    points,
    framer: () =>
      containedFramer(
        calls.make('framer', () => device.framer(), isObject),
        calls,
      ),
    decode: (frame, memory) => calls.make('decode', () => device.decode(frame, memory), isDecoded),
  };
}

/** An error of our own side over a frame must not look like a mistake of the driver, and comes out as it is. */
function containedFramer(framer: Framer, calls: DriverCalls): Framer {
  const count = (key: 'discarded' | 'skipped') => {
    try {
      const counted = framer[key];
      return typeof counted === 'number' && counted >= 0 ? counted : 0;
    } catch {
      return 0;
    }
  };
  return {
    push(chunk, frame) {
      const failed: { thrown: unknown }[] = [];
      const heard = (bytes: Uint8Array) => {
        if (failed.length > 0) return;
        try {
          frame(bytes);
        } catch (thrown) {
          failed.push({ thrown });
        }
      };
      calls.make(
        'push',
        () => framer.push(chunk, heard),
        () => true,
      );
      for (const { thrown } of failed) throw thrown;
    },
    get discarded() {
      return count('discarded');
    },
    get skipped() {
      return count('skipped');
    },
  };
}

function isDecoded(decoded: Decoded): boolean {
  if (!isObject(decoded) || !isMemory(decoded.memory)) return false;
  if ('fault' in decoded) return decoded.fault instanceof Fault && isStray(decoded.stray);
  return areSamples(decoded.samples) && isIdentity(decoded.identity);
}

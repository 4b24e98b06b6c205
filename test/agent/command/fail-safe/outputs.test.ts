import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuditEntry } from '../../../../agent/audit/audit.ts';
import { Supervisor } from '../../../../agent/clock/supervisor.ts';
import { OutputWrite, type WriteCount } from '../../../../agent/command/fail-safe/output-write.ts';
import { FailSafeOutputs } from '../../../../agent/command/fail-safe/outputs.ts';
import { LOCKOUT_FRESH, SETTLE_LIMIT } from '../../../../agent/command/limits.ts';
import { WriteRules } from '../../../../agent/command/write/rules.ts';
import type { LogFields } from '../../../../agent/log/log.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { Fault, toSafeError } from '../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';
import { newFolder } from '../../../support/folder.ts';
import { FakeDevice } from '../bench.ts';

const SAFE: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['relay', false],
  ['setpoint', 10],
]);
const ARGS = { relay: false, setpoint: 10 };
const AFTER = 60_000;

interface Setup {
  readonly count?: number;
  readonly guard?: (devices: readonly FakeDevice[], clock: FakeClock) => WriteCount;
  readonly link?: FakeLink;
  /** Whether the broker was there before. */
  readonly connected?: boolean;
}

async function staged({ count = 1, guard, link = new FakeLink(), connected = true }: Setup = {}) {
  const clock = new FakeClock();
  const devices = Array.from({ length: count }, (_, index) => new FakeDevice(`pump-${index + 1}`));
  const entries: AuditEntry[] = [];
  const lines: (readonly [level: string, event: string, fields: LogFields | undefined])[] = [];
  const lockoutFile = join(await newFolder(), 'lockout');
  const linkLoss = new FailSafeOutputs({
    devices: devices.map((control) => ({ control, afterMs: AFTER, values: SAFE })),
    link,
    clock,
    log: {
      ...silentLog,
      warn: (event, fields) => void lines.push(['warn', event, fields]),
      error: (event, fields) => void lines.push(['error', event, fields]),
    },
    audit: { append: (entry) => void entries.push(entry) },
    guard: guard?.(devices, clock),
    lockoutFile,
  });
  linkLoss.start();
  link.start();
  if (connected) {
    link.connect();
    await settle();
  }
  const pump = devices[0] ?? new FakeDevice('none');
  const outcomes = () => entries.map(({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`));
  const stop = () => linkLoss.stop(new AbortController().signal);
  return { clock, link, devices, pump, entries, lines, outcomes, lockoutFile, linkLoss, stop };
}

/** A device that gives these, one after the other, and then is confirmed. */
function gives(pump: FakeDevice, ...results: readonly (FaultCode | 'unknown' | 'failed')[]): void {
  const left = [...results];
  pump.onWrite = async (stillValid) => {
    stillValid();
    const result = left.shift();
    if (result === undefined) return { outcome: 'verified' };
    if (result === 'unknown') return { outcome: 'unknown', fault: toSafeError(new Fault('device/silent')) };
    if (result === 'failed') return { outcome: 'failed', fault: toSafeError(new Fault('modbus/device-busy')) };
    throw new Fault(result);
  };
}

describe('when the broker is away', () => {
  it('writes once the time is over, not sooner, and what the config says', async () => {
    const { clock, link, pump, entries, lines, stop } = await staged();
    gives(pump);
    link.disconnect();
    await clock.advance(AFTER - 1);
    expect(pump.written).toEqual([]);
    await clock.advance(1);
    expect(pump.written).toEqual([SAFE]);
    expect(entries).toEqual([
      { event: 'link-loss', command: 'write', device: 'pump-1', args: ARGS, outcome: 'verified', code: undefined },
    ]);
    expect(lines).toEqual([
      ['warn', 'outputs set: the broker is away', { device: 'pump-1', outcome: 'verified', code: undefined }],
    ]);
    await stop();
  });

  it('counts from the start where it was never there', async () => {
    const { clock, pump, stop } = await staged({ connected: false });
    await clock.advance(AFTER - 1);
    expect(pump.written).toEqual([]);
    await clock.advance(1);
    expect(pump.written).toHaveLength(1);
    await stop();
  });

  it.each(['verified', 'applied'] as const)('writes once in a loss, however long, when it is %s', async (outcome) => {
    const { clock, link, pump, outcomes, stop } = await staged();
    pump.onWrite = async (stillValid) => {
      stillValid();
      return { outcome };
    };
    link.disconnect();
    await clock.advance(30 * 86_400_000);
    expect(pump.written).toHaveLength(1);
    expect(outcomes()).toEqual([outcome]);
    expect(clock.pending).toBe(0);
    await stop();
  });

  it('writes nothing when the broker is back in time, and counts the next loss anew', async () => {
    const { clock, link, pump, entries, stop } = await staged();
    for (let break_ = 0; break_ < 3; break_ += 1) {
      link.disconnect();
      await clock.advance(AFTER - 1);
      link.connect();
      await clock.advance(AFTER);
    }
    expect(pump.written).toEqual([]);
    expect(entries).toEqual([]);
    expect(clock.pending).toBe(0);
    link.disconnect();
    await clock.advance(AFTER - 1);
    expect(pump.written).toEqual([]);
    await clock.advance(1);
    expect(pump.written).toHaveLength(1);
    await stop();
  });

  it('writes again only after the broker was back and is lost again', async () => {
    const { clock, link, pump, stop } = await staged();
    link.disconnect();
    await clock.advance(10 * AFTER);
    expect(pump.written).toHaveLength(1);
    link.connect();
    await clock.advance(10 * AFTER);
    expect(pump.written).toHaveLength(1);
    link.disconnect();
    await clock.advance(AFTER);
    expect(pump.written).toHaveLength(2);
    await stop();
  });

  it('holds no more than one wait for each device, however often the link comes and goes', async () => {
    const { clock, link, pump, stop } = await staged({ count: 3 });
    for (let flap = 0; flap < 500; flap += 1) {
      link.disconnect();
      link.connect();
    }
    link.disconnect();
    await settle();
    expect(clock.pending).toBe(3);
    await clock.advance(AFTER);
    expect(pump.written).toHaveLength(1);
    await stop();
  });

  it('counts from when the link was lost, also if it is told so twice', async () => {
    const { clock, pump } = await staged();
    const told = new AbortController().signal;
    const setup = {
      clock,
      lockedOut: () => false,
      told,
      tell: () => {},
      guard: undefined,
      supervisor: new Supervisor({ clock, log: silentLog }),
    };
    const write = new OutputWrite({ control: pump, afterMs: AFTER, values: SAFE }, setup);
    gives(pump);
    write.lost(clock.now());
    await clock.advance(AFTER - 1);
    write.lost(clock.now());
    await clock.advance(1);
    expect(pump.written).toHaveLength(1);
    await clock.advance(10 * AFTER);
    expect(pump.written).toHaveLength(1);
    await write.settled();
  });

  it('takes its own goodbye for no loss', async () => {
    const { clock, link, pump, stop } = await staged();
    link.disconnect('internal/cancelled');
    await clock.advance(2 * AFTER);
    expect(pump.written).toEqual([]);
    await stop();
  });

  it('does nothing at all where no device asks for it', async () => {
    const link = new FakeLink();
    link.listen = () => expect.unreachable('nobody needs to hear of the link');
    const { clock, linkLoss, stop } = await staged({ count: 0, link });
    link.disconnect();
    await clock.advance(2 * AFTER);
    linkLoss.heard('pump-1');
    expect(clock.pending).toBe(0);
    await stop();
  });
});

describe('a device that does not confirm it', () => {
  it('is tried again with growing, bounded pauses until it does', async () => {
    const { clock, link, pump, stop } = await staged();
    const at: number[] = [];
    let confirmed = false;
    pump.onWrite = async () => {
      at.push(clock.now());
      if (confirmed) return { outcome: 'verified' };
      throw new Fault('port/not-open');
    };
    link.disconnect();
    await clock.advance(AFTER + 3_600_000);
    const pauses = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    expect(pauses.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(Math.max(...pauses)).toBe(60_000);
    confirmed = true;
    await clock.advance(60_000);
    const tries = at.length;
    await clock.advance(3_600_000);
    expect(at).toHaveLength(tries);
    await stop();
  });

  it('is tried again when it said no or nothing, and each kind of end is told once', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    gives(pump, 'unknown', 'unknown', 'failed', 'port/not-open', 'port/missing', 'unknown', 'failed');
    link.disconnect();
    await clock.advance(AFTER + 3_600_000);
    expect(pump.written).toHaveLength(8);
    expect(outcomes()).toEqual([
      'unknown device/silent',
      'failed modbus/device-busy',
      'refused port/not-open',
      'verified',
    ]);
    await stop();
  });

  it('that confirms and keeps another value is tried again with growing pauses, and told of apart', async () => {
    const { clock, link, pump, lines, outcomes, linkLoss, stop } = await staged();
    const at: number[] = [];
    let kept = false;
    pump.onWrite = async (stillValid) => {
      stillValid();
      at.push(clock.now());
      if (at.length === 1) return { outcome: 'failed', fault: toSafeError(new Fault('modbus/device-busy')) };
      if (kept) return { outcome: 'verified' };
      return { outcome: 'failed', fault: toSafeError(new Fault('command/not-kept')), values: { relay: true } };
    };
    expect(linkLoss.standings().size).toBe(0);
    link.disconnect();
    await clock.advance(AFTER + 3_600_000);
    const pauses = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    expect(pauses.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(Math.max(...pauses)).toBe(60_000);
    expect(outcomes()).toEqual(['failed modbus/device-busy', 'failed command/not-kept']);
    expect(lines.at(-1)).toEqual([
      'error',
      'outputs not set: the broker is away',
      { device: 'pump-1', outcome: 'failed', code: 'command/not-kept' },
    ]);
    const standing = () => linkLoss.standings().get('pump-1');
    expect(standing()).toMatchObject({ outcome: 'failed', code: 'command/not-kept', tries: at.length });
    kept = true;
    await clock.advance(60_000);
    expect(standing()).toMatchObject({ outcome: 'verified', code: undefined, tries: at.length });
    expect(clock.wall() - (standing()?.at ?? 0)).toBe(clock.now() - (at.at(-1) ?? 0));
    await stop();
  });

  it('is known by its last try also once the broker is back, and anew in the next loss', async () => {
    const { clock, link, pump, linkLoss, stop } = await staged();
    pump.onWrite = () => Promise.reject(new Fault('port/not-open'));
    link.disconnect();
    await clock.advance(AFTER);
    link.connect();
    await clock.advance(AFTER);
    const standing = () => linkLoss.standings().get('pump-1');
    expect(standing()).toMatchObject({ outcome: 'refused', code: 'port/not-open', tries: 1 });
    gives(pump);
    link.disconnect();
    await clock.advance(AFTER);
    expect(standing()).toMatchObject({ outcome: 'verified', tries: 1 });
    // the third is over before a byte of its first try is sent
    link.connect();
    pump.onWrite = async (stillValid) => {
      link.connect();
      stillValid();
      return { outcome: 'verified' };
    };
    link.disconnect();
    await clock.advance(AFTER);
    expect(standing()).toMatchObject({ outcome: 'cancelled', tries: 0 });
    await stop();
  });

  it('whose earlier command is not over is tried soon again', async () => {
    const { clock, link, pump, stop } = await staged();
    gives(pump, ...Array.from({ length: 20 }, () => 'command/device-busy' as const));
    link.disconnect();
    await clock.advance(AFTER + 20 * 500);
    expect(pump.written).toHaveLength(21);
    await stop();
  });

  it('is let go when the broker is back, and that is told', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    pump.onWrite = () => Promise.reject(new Fault('port/not-open'));
    link.disconnect();
    await clock.advance(AFTER + 100);
    link.connect();
    await clock.advance(3_600_000);
    expect(pump.written).toHaveLength(1);
    expect(outcomes()).toEqual(['refused port/not-open', 'cancelled']);
    expect(clock.pending).toBe(0);
    await stop();
  });

  it('is tried at once when it is heard again', async () => {
    const { clock, link, pump, linkLoss, stop } = await staged();
    gives(pump, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown');
    linkLoss.heard('pump-1');
    link.disconnect();
    await clock.advance(AFTER + 100_000);
    expect(pump.written).toHaveLength(8);
    linkLoss.heard('pump-1');
    await settle();
    expect(pump.written).toHaveLength(9);
    linkLoss.heard('pump-1');
    linkLoss.heard('nobody');
    await settle();
    expect(pump.written).toHaveLength(9);
    await stop();
  });

  it('is not passed over when it is heard while a try of it is going wrong', async () => {
    const { clock, link, pump, linkLoss, stop } = await staged();
    pump.onWrite = async () => {
      if (pump.written.length > 1) return { outcome: 'verified' };
      linkLoss.heard('pump-1');
      throw new Fault('port/not-open');
    };
    link.disconnect();
    await clock.advance(AFTER);
    expect(pump.written).toHaveLength(2);
    await stop();
  });

  it('whose bus is full of others is tried soon again', async () => {
    const { clock, link, pump, stop } = await staged();
    gives(pump, ...Array.from({ length: 20 }, () => 'throttle/full' as const));
    link.disconnect();
    await clock.advance(AFTER + 20 * 500);
    expect(pump.written).toHaveLength(21);
    await stop();
  });

  it('whose driver is not loaded is tried once: nothing of it will change', async () => {
    const { clock, link, pump, outcomes, lines, stop } = await staged();
    gives(pump, 'command/unloaded');
    link.disconnect();
    await clock.advance(AFTER + 3_600_000);
    expect(pump.written).toHaveLength(1);
    expect(outcomes()).toEqual(['refused command/unloaded']);
    expect(lines.map(([level]) => level)).toEqual(['error']);
    await stop();
  });

  it('and never settles is given up after the limit of a command, and tried again', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    pump.onWrite = (stillValid) => {
      stillValid();
      return pump.written.length > 1 ? Promise.resolve({ outcome: 'verified' }) : new Promise(() => {});
    };
    link.disconnect();
    await clock.advance(AFTER + 299_999);
    expect(pump.written).toHaveLength(1);
    await clock.advance(1_000);
    expect(outcomes()).toEqual(['unknown internal/deadline', 'verified']);
    await stop();
  });

  it('does not hold the others, and no limit of Node is passed by their number', async () => {
    const warned: Error[] = [];
    const hear = (warning: Error) => void warned.push(warning);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    const { clock, link, devices, stop } = await staged({ count: 20 });
    for (const device of devices.slice(0, 19)) device.onWrite = () => new Promise(() => {});
    link.disconnect();
    await clock.advance(AFTER);
    expect(devices.map((device) => device.written.length)).toEqual(devices.map(() => 1));
    const stopped = stop();
    await clock.advance(SETTLE_LIMIT);
    await stopped;
    expect(warned).toEqual([]);
  });
});

describe('a write that waits for its bus', () => {
  it('is not sent when the broker is back', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    let goOn = () => {};
    let sent = 0;
    pump.onWrite = async (stillValid) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      stillValid();
      sent += 1;
      return { outcome: 'verified' };
    };
    link.disconnect();
    await clock.advance(AFTER);
    link.connect();
    goOn();
    await settle();
    expect(sent).toBe(0);
    expect(outcomes()).toEqual(['cancelled']);
    await stop();
  });

  it('is never there twice, and a new loss waits its own time', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    let goOn = () => {};
    let running = 0;
    let most = 0;
    pump.onWrite = async (stillValid) => {
      running += 1;
      most = Math.max(most, running);
      try {
        stillValid();
        if (pump.written.length === 1) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
        return { outcome: 'verified' };
      } finally {
        running -= 1;
      }
    };
    link.disconnect();
    await clock.advance(AFTER);
    for (let flap = 0; flap < 100; flap += 1) {
      link.connect();
      link.disconnect();
    }
    await clock.advance(AFTER);
    expect(pump.written).toHaveLength(1);
    goOn();
    await settle();
    expect(pump.written).toHaveLength(2);
    expect(most).toBe(1);
    expect(outcomes()).toEqual(['verified', 'verified']);
    await stop();
  });
});

describe('the lockout of the site', () => {
  it('holds it back; it is made up for once the switch is off', async () => {
    const { clock, link, pump, outcomes, lockoutFile, stop } = await staged();
    gives(pump);
    await writeFile(lockoutFile, '');
    link.disconnect();
    await clock.advance(AFTER + 600_000);
    expect(pump.written).toEqual([]);
    expect(outcomes()).toEqual(['refused command/lockout']);
    await rm(lockoutFile);
    await clock.advance(1_000);
    expect(pump.written).toHaveLength(1);
    expect(outcomes()).toEqual(['refused command/lockout', 'verified']);
    await stop();
  });

  it('is told also where something else went wrong before', async () => {
    const { clock, link, pump, outcomes, lockoutFile, stop } = await staged();
    gives(pump, 'port/not-open');
    link.disconnect();
    await clock.advance(AFTER);
    await writeFile(lockoutFile, '');
    await clock.advance(10_000);
    expect(pump.written).toHaveLength(1);
    expect(outcomes()).toEqual(['refused port/not-open', 'refused command/lockout']);
    await stop();
  });

  it('is asked again as the write leaves the queue', async () => {
    const { clock, link, pump, outcomes, lockoutFile, stop } = await staged();
    let goOn = () => {};
    let sent = 0;
    pump.onWrite = async (stillValid) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      stillValid();
      sent += 1;
      return { outcome: 'verified' };
    };
    link.disconnect();
    await clock.advance(AFTER);
    await writeFile(lockoutFile, '');
    await clock.advance(LOCKOUT_FRESH);
    goOn();
    await settle();
    expect(pump.written).toHaveLength(1);
    expect(sent).toBe(0);
    expect(outcomes()).toEqual(['refused command/lockout']);
    await stop();
  });
});

describe('the stop', () => {
  it('calls off what waits, and writes nothing any more', async () => {
    const { clock, link, pump, entries, stop } = await staged();
    link.disconnect();
    await clock.advance(AFTER / 2);
    await stop();
    expect(clock.pending).toBe(0);
    link.connect();
    link.disconnect();
    await clock.advance(2 * AFTER);
    expect(pump.written).toEqual([]);
    expect(entries).toEqual([]);
    await stop();
  });

  it('lets what is on a line run to its end', async () => {
    const { clock, link, pump, outcomes, stop } = await staged();
    let goOn = () => {};
    pump.onWrite = (stillValid) => {
      stillValid();
      return new Promise((resolve) => {
        goOn = () => resolve({ outcome: 'verified' });
      });
    };
    link.disconnect();
    await clock.advance(AFTER);
    const stopped = stop();
    await clock.advance(SETTLE_LIMIT - 1);
    goOn();
    await stopped;
    expect(outcomes()).toEqual(['verified']);
    expect(clock.pending).toBe(0);
  });

  it.each(['limit', 'signal'])('waits no longer than to the %s for what does not end', async (which) => {
    const { clock, link, pump, outcomes, linkLoss } = await staged();
    let aborted = false;
    pump.onWrite = (stillValid, signal) => {
      stillValid();
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    };
    link.disconnect();
    await clock.advance(AFTER);
    const ending = new AbortController();
    const stopped = linkLoss.stop(ending.signal);
    if (which === 'signal') ending.abort();
    else await clock.advance(SETTLE_LIMIT);
    await stopped;
    expect(aborted).toBe(true);
    expect(outcomes()).toEqual(['unknown internal/cancelled', 'cancelled']);
    expect(clock.pending).toBe(0);
  });
});

describe('the guard of the points', () => {
  it('counts it, and does not hold it back', async () => {
    const points = [
      { name: 'relay', type: 'boolean', writable: true, dailyWrites: 1, minIntervalMs: 600_000 },
    ] as const;
    let real: WriteRules | undefined;
    const { clock, link, pump, stop } = await staged({
      guard: ([device], clock) => {
        real = new WriteRules({ devices: [{ id: device?.id ?? '', points }], clock, log: silentLog });
        return real;
      },
    });
    gives(pump);
    const relay = new Map([['relay', true]]);
    expect(() => real?.check(pump, relay)).not.toThrow();
    for (let loss = 0; loss < 3; loss += 1) {
      link.disconnect();
      await clock.advance(AFTER);
      link.connect();
    }
    expect(pump.written).toHaveLength(3);
    expect(() => real?.check(pump, relay)).toThrow(expect.objectContaining({ code: 'command/write-budget' }));
    await stop();
  });

  it.each([
    ['verified', 'verified'],
    ['unknown', 'unknown'],
    ['port/not-open', 'refused'],
    ['internal/unexpected', 'unknown'],
  ] as const)('hears of a write that is %s that it is %s, also while its count finds no disk', async (given, heard) => {
    const settled: string[] = [];
    const { clock, link, pump, stop } = await staged({
      guard: () => ({
        inTurn: (_device, _signal, work) => work(),
        begin: () => Promise.reject(new Fault('command/not-recorded')),
        leaves: () => void settled.push('leaves'),
        settled: (_device, _values, outcome) => void settled.push(outcome),
      }),
    });
    gives(pump, ...(given === 'verified' ? [] : [given]));
    link.disconnect();
    await clock.advance(AFTER);
    expect(pump.written).toHaveLength(1);
    expect(settled).toEqual(['leaves', heard]);
    await stop();
  });

  it('may take for ever to store the count', async () => {
    const { clock, link, pump, outcomes, stop } = await staged({
      guard: () => ({
        inTurn: (_device, _signal, work) => work(),
        begin: () => new Promise(() => {}),
        leaves: () => {},
        settled: () => {},
      }),
    });
    gives(pump);
    link.disconnect();
    await clock.advance(AFTER);
    expect(outcomes()).toEqual(['verified']);
    await stop();
  });
});

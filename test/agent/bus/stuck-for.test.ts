import { describe, expect, it } from 'vitest';
import { Bus } from '../../../agent/bus/bus.ts';
import type { PolledMember } from '../../../agent/bus/member.ts';
import type { Instant } from '../../../agent/clock/clock.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { judge } from '../../../agent/service/judge.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { asker } from '../../support/asker.ts';
import { dialogue } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort, type FakePortOptions } from '../../support/fake-port.ts';

const never = new AbortController().signal;

/** Some of its waits never end. */
class ForgetfulClock extends FakeClock {
  readonly #lost: readonly number[];

  constructor(lost: readonly number[]) {
    super();
    this.#lost = lost;
  }

  override sleep(wait: Duration, signal: AbortSignal): Promise<void> {
    return this.#lost.includes(wait) ? new Promise(() => {}) : super.sleep(wait, signal);
  }

  override at(instant: Instant, call: () => void): () => void {
    return this.#lost.includes(instant - this.now()) ? () => undefined : super.at(instant, call);
  }
}

/** A bus with one member whose polls are what the test says. */
async function rig(
  poll: () => Promise<boolean>,
  port: Partial<FakePortOptions> = {},
  changed: object = {},
  lost: readonly number[] = [],
) {
  const clock = new ForgetfulClock(lost);
  const ports: FakePort[] = [];
  const bus = new Bus({
    id: 'rs485',
    timing: { baudRate: 10_000, characterMs: 1 },
    echo: false,
    gap: milliseconds(0),
    maxQueue: 16,
    maxWait: milliseconds(2000),
    maxRun: milliseconds(4321),
    commandBurst: 1,
    reopenMin: milliseconds(500),
    reopenMax: milliseconds(300_000),
    createPort: () => {
      const made = Object.assign(new FakePort({ ...port }), changed);
      ports.push(made);
      return made;
    },
    clock,
    log: silentLog,
    random: () => 1,
  });
  const member: PolledMember = {
    ...{ id: 'a', kind: 'poll', dueAt: () => 0, freeAt: () => 0, trust: () => 'trusted', cost: () => 0, poll },
    ...{ lineOpened() {}, lineClosed() {}, tick() {} },
  };
  bus.add(member);
  const rest = bus.register('command', asker());
  await bus.start();
  if (lost.length > 0) await clock.advance(100);
  /** The longest that it was late while so much time passed. */
  const worst = async (span: number) => {
    let most = 0;
    for (let passed = 0; passed < span; passed += 1000) {
      await clock.advance(1000);
      most = Math.max(most, bus.stuckFor(clock.now()));
    }
    return most;
  };
  return { bus, clock, ports, worst, rest };
}

describe('a bus, as the watchdog sees it', () => {
  it('goes on while nothing is due', async () => {
    const { bus, worst } = await rig(async () => false);
    expect(await worst(60_000)).toBe(0);
    await bus.stop(never);
    expect(bus.stuckFor(1e9)).toBe(0);
  });

  it('goes on while its port is away however long the pauses get', async () => {
    const { bus, worst, ports } = await rig(async () => false, { opening: () => 'port/missing' });
    expect(await worst(1_200_000)).toBe(0);
    expect(ports.length).toBeGreaterThan(1);
    await bus.stop(never);
  });

  it('is stuck when a poll never ends, though nothing has the line', async () => {
    const { clock, bus } = await rig(() => new Promise(() => {}));
    // a burst of one command before it, its own wait and its own run, all with their grace
    await clock.advance(12_600);
    expect(bus.stuckFor(clock.now())).toBe(0);
    await clock.advance(100_000);
    expect(judge([bus], clock.now()).stuck).toEqual([bus]);
  });

  it('is stuck when the look at its port never returns', async () => {
    const { bus, clock } = await rig(async () => false, {}, { isPresent: () => new Promise(() => {}) });
    await clock.advance(60_000);
    bus.recover();
    await clock.advance(60_000);
    expect(judge([bus], clock.now()).stuck).toEqual([bus]);
  });

  it('is stuck when its port does not close', async () => {
    const { bus, clock } = await rig(async () => false, {}, { close: () => new Promise(() => {}) });
    await clock.advance(2000);
    expect(bus.stuckFor(clock.now())).toBe(0);
    bus.recover();
    await clock.advance(60_000);
    expect(judge([bus], clock.now()).stuck).toEqual([bus]);
  });

  it('may take its time to close a port', async () => {
    const clocks: FakeClock[] = [];
    const slow = () => clocks[0]?.sleep(milliseconds(4900), never);
    const { bus, clock, worst } = await rig(async () => false, {}, { close: slow });
    clocks.push(clock);
    await clock.advance(2000);
    bus.recover();
    expect(await worst(4800)).toBe(0);
  });

  it('is stuck when an operation has the line for longer than it may, and no alarm rings', async () => {
    const { bus, clock, rest } = await rig(async () => false, { writing: () => new Promise(() => {}) }, {}, [4321]);
    bus.ask(rest, { dialogue: dialogue(1, 1, ['value']) }, never).catch(() => undefined);
    await clock.advance(4321);
    expect(bus.stuckFor(clock.now())).toBe(0);
    await clock.advance(60_000);
    expect(judge([bus], clock.now()).stuck).toEqual([bus]);
  });

  it('recovers by a new port', async () => {
    const { bus, clock, ports } = await rig(async () => false);
    await clock.advance(1000);
    bus.recover();
    await clock.advance(2000);
    expect(ports).toHaveLength(2);
    expect(bus.stuckFor(clock.now())).toBe(0);
    await bus.stop(never);
  });
});

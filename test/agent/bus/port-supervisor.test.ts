import { describe, expect, it } from 'vitest';
import { PortSupervisor } from '../../../agent/bus/port-supervisor.ts';
import { type Log, type LogFields, silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort } from '../../support/fake-port.ts';

type Warning = readonly [event: string, fields: LogFields | undefined, code: string | undefined];

/** A keeper of ports whose adapters have these latency timers, one opening after the other. */
function keeperOf(...timers: readonly (number | undefined)[]) {
  const clock = new FakeClock();
  const warnings: Warning[] = [];
  const ports: FakePort[] = [];
  const warn = (event: string, fields?: LogFields, fault?: Fault) => warnings.push([event, fields, fault?.code]);
  const keeper: PortSupervisor = new PortSupervisor({
    clock,
    log: { ...silentLog, warn } satisfies Log,
    random: () => 0,
    reopenMin: milliseconds(100),
    reopenMax: milliseconds(1000),
    attempt: () => {
      const port = Object.assign(new FakePort(), { latencyTimerMs: timers[ports.length] });
      ports.push(port);
      const line = { bytes() {}, lost: (fault: Fault) => keeper.reopen(fault) };
      return { port, line } as unknown as ReturnType<ConstructorParameters<typeof PortSupervisor>[0]['attempt']>;
    },
    opened() {},
    closed() {},
    tick() {},
  });
  return { clock, keeper, ports, warnings };
}

describe('what the port’s keeper tells of a slow adapter', () => {
  it('is one warning at each opening, and the timer while the port is open', async () => {
    const { clock, keeper, ports, warnings } = keeperOf(16, 1);
    const stop = new AbortController();
    expect(keeper.latencyTimerMs).toBeNull();
    const running = keeper.run(stop.signal);
    await clock.advance(5000);
    expect(keeper.latencyTimerMs).toBe(16);
    expect(warnings).toEqual([['port slow', { latencyTimerMs: 16 }, 'port/slow-adapter']]);
    ports[0]?.unplug();
    await clock.advance(1);
    expect(keeper.latencyTimerMs).toBeNull();
    await clock.advance(5000);
    expect(ports).toHaveLength(2);
    expect(keeper.latencyTimerMs).toBe(1);
    expect(warnings.filter(([event]) => event === 'port slow')).toHaveLength(1);
    stop.abort();
    await clock.advance(1);
    await running;
    expect(keeper.latencyTimerMs).toBeNull();
  });

  it('is nothing where there is no timer', async () => {
    const { clock, keeper, warnings } = keeperOf(undefined);
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await clock.advance(2000);
    expect(keeper.latencyTimerMs).toBeNull();
    expect(warnings).toEqual([]);
    stop.abort();
    await clock.advance(1);
    await running;
  });
});

describe('what hears the port', () => {
  it.each(['bytes', 'lost'] as const)(
    'costs the port an opening when its %s throws, and nothing else',
    async (call) => {
      const clock = new FakeClock();
      const ports: FakePort[] = [];
      const closed: string[] = [];
      const keeper = new PortSupervisor({
        clock,
        log: silentLog,
        random: () => 0,
        reopenMin: milliseconds(100),
        reopenMax: milliseconds(1000),
        attempt: () => {
          const port = new FakePort();
          ports.push(port);
          const throws = () => {
            if (ports.length === 1) throw new TypeError('secret');
          };
          const line = { heard: false, bytes() {}, lost() {}, [call]: throws };
          return { port, line } as unknown as ReturnType<ConstructorParameters<typeof PortSupervisor>[0]['attempt']>;
        },
        opened() {},
        closed: ({ code }) => closed.push(code),
        tick() {},
      });
      const stop = new AbortController();
      const running = keeper.run(stop.signal);
      await clock.advance(1);
      if (call === 'bytes') ports[0]?.feed(Uint8Array.of(1));
      else ports[0]?.unplug();
      await clock.advance(1);
      expect(closed).toEqual(['internal/unexpected']);
      expect(ports[0]?.isOpen).toBe(false);
      await clock.advance(1000);
      expect(ports).toHaveLength(2);
      expect(ports[1]?.isOpen).toBe(true);
      stop.abort();
      await clock.advance(1);
      await running;
    },
  );
});

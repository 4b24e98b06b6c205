import { describe, expect, it } from 'vitest';
import { Ticker } from '../../../agent/clock/ticker.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const period = milliseconds(100);
const ignore = () => {};

describe('a ticker', () => {
  it('does its job once a period, first after one period', async () => {
    const clock = new FakeClock(0, 0);
    const at: number[] = [];
    const ticker = new Ticker({ clock, period, onFault: ignore, job: async () => void at.push(clock.now()) });
    ticker.start();
    ticker.start();
    await clock.advance(350);
    expect(at).toEqual([100, 200, 300]);
    await ticker.stop();
    await ticker.stop();
    expect(clock.pending).toBe(0);
  });

  it('never overlaps and leaves out what a slow job missed', async () => {
    const clock = new FakeClock(0, 0);
    const at: number[] = [];
    let running = 0;
    const ticker = new Ticker({
      clock,
      period,
      onFault: ignore,
      async job(signal) {
        running++;
        expect(running).toBe(1);
        at.push(clock.now());
        await clock.sleep(milliseconds(250), signal);
        running--;
      },
    });
    ticker.start();
    await clock.advance(1000);
    expect(at).toEqual([100, 350, 600, 850]);
    await ticker.stop();
  });

  it('goes on after a job that fails, and tells it', async () => {
    const clock = new FakeClock(0, 0);
    const faults: string[] = [];
    const ticker = new Ticker({
      clock,
      period,
      onFault: (fault) => faults.push(fault.code),
      job: () => Promise.reject(new Fault('port/busy')),
    });
    ticker.start();
    await clock.advance(200);
    expect(faults).toEqual(['port/busy', 'port/busy']);
    await ticker.stop();
    expect(faults).toHaveLength(2);
  });

  it('tells a running job to stop and waits for its end', async () => {
    const clock = new FakeClock(0, 0);
    let end: () => void = ignore;
    let told = false;
    const ticker = new Ticker({
      clock,
      period,
      onFault: ignore,
      job: (signal) => {
        signal.addEventListener('abort', () => {
          told = true;
        });
        return new Promise((resolve) => {
          end = resolve;
        });
      },
    });
    ticker.start();
    await clock.advance(100);
    let stopped = false;
    const stop = ticker.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect([told, stopped]).toEqual([true, false]);
    end();
    await stop;
    expect(clock.pending).toBe(0);
  });

  it('does nothing when it is started after its stop', async () => {
    const clock = new FakeClock();
    const ticker = new Ticker({ clock, period, onFault: ignore, job: () => Promise.reject(new Fault('port/busy')) });
    await ticker.stop();
    ticker.start();
    await settle();
    expect(clock.pending).toBe(0);
  });
});

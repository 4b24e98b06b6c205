import { LateAnswers, ownerOf } from '../../../../agent/bus/late-answers.ts';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { device } from '../../../drivers/modbus/support.ts';
import { exchangeOf, type Asked as Flat } from '../../../support/dialogue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeLine, ok, refused, silent } from '../../../support/fake-line.ts';

const never = new AbortController().signal;

export const PERIOD = 500;
export const TIMEOUT = 200;
const ANSWER = 10;
const METER = { id: 'meter' };

/** A question as the device sees it. */
export interface Asked {
  readonly at: number;
  readonly first: number;
  readonly count: number;
}

/**
 * A Modbus device with points of its own alone on a line that takes time: answers come after 10 ms, silence costs the
 * timeout, and the same question is held back while its old answer could still come.
 */
export function silentRig(points: readonly Record<string, unknown>[], pollMs = PERIOD, silence?: FaultCode) {
  const clock = new FakeClock();
  const late = new LateAnswers();
  const told: unknown[] = [];
  const line = {
    /** Questions that the device does not answer. */
    silent: (_: Asked) => false,
    /** Questions that it answers once nobody waits any more. */
    slow: (_: Asked) => false,
    refused: (_: Asked) => false,
    asked: [] as Asked[],
  };
  const access = fakeLine(
    async (dialogue, { dialogue: own }) => {
      if (late.clearAt(dialogue.signature, clock.now()) > clock.now()) throw new Error('asked too soon');
      const { request, lateWithin } = dialogue;
      const word = (at: number) => ((request[at] ?? 0) << 8) | (request[at + 1] ?? 0);
      const asked = { at: clock.now(), first: word(2), count: word(4) };
      line.asked.push(asked);
      if (line.asked.length > 20_000) throw new Error('asks without end');
      const exchange = exchangeOf(own);
      const owner = ownerOf(METER, own);
      if (line.silent(asked) || line.slow(asked)) {
        await clock.sleep(dialogue.timeout, never);
        late.expect(owner, exchange, clock.now() + lateWithin);
        if (line.slow(asked)) late.bytes(answerTo(dialogue), true, clock.now() + ANSWER);
        return silent();
      }
      await clock.sleep(milliseconds(ANSWER), never);
      if (line.refused(asked)) return refused();
      late.answered(owner, exchange);
      return ok(
        dialogue.points.map((point) => ({ point, value: 1 })),
        ANSWER,
      );
    },
    {
      now: () => clock.now(),
      mayAskAt: (own, dialogue) => late.mayBegin(own, dialogue, clock.now()),
      cameLate: (own, dialogue) => late.came(ownerOf(own, dialogue)),
    },
  );
  const polled = new PolledDevice({
    ...{ id: METER.id, bus: 'rs485', line: access, clock, pollMs, staleAfterMs: 60_000, allow: [], silence },
    health: { offlineAfter: 3, probeMin: 1000, probeMax: 60_000 },
    timeouts: { minTimeoutMs: 20 },
    device: device(
      points.map((each) => ({ register: 'holding', type: 'uint16', ...each })),
      { timeoutMs: TIMEOUT, lateMs: 2000 },
    ),
    events: {
      samples: (_, samples) => told.push(samples.map(({ point }) => ({ point, at: clock.now() }))),
      failed: (_, fault) => told.push(fault.code),
      availability: (_, online) => told.push(online),
      points: (_, { lost, back }) =>
        told.push({ lost: lost.map(([point, { code }]) => `${point} ${code}`), back: [...back] }),
    },
  });
  polled.lineOpened(clock.now());
  /** Polls whenever the device is due, for so long. */
  const run = async (span: number) => {
    const until = clock.now() + span;
    for (let polls = 0; ; polls += 1) {
      if (polls > 5000) throw new Error('polls without end');
      const at = Math.max(polled.dueAt(), clock.now());
      if (at >= until) break;
      await clock.advance(at - clock.now());
      const poll = polled.poll(never);
      let over = false;
      poll.finally(() => {
        over = true;
      });
      while (!over) await clock.advance(Math.max(0, (clock.nextAt ?? clock.now()) - clock.now()));
      if (!(await poll)) await clock.advance(10);
    }
    await clock.advance(Math.max(0, until - clock.now()));
  };
  /** When a point was read. */
  const reads = (point: string) =>
    told
      .flat()
      .flatMap((each) => (typeof each === 'object' && each !== null && 'point' in each ? [each] : []))
      .flatMap((each) => (each.point === point && 'at' in each ? [Number(each.at)] : []));
  const asks = (first: number) => line.asked.filter((each) => each.first === first).map(({ at }) => at);
  return { clock, line, told, polled, run, reads, asks };
}

/** The device's answer to a read: all zero. */
function answerTo({ request, answerLength }: Flat): Uint8Array {
  const data = answerLength - 5;
  return seal(request[0] ?? 0, [request[1] ?? 0, data, ...new Array<number>(data).fill(0)]);
}

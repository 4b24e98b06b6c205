import { ask, type Dialogue, type Exchange, type ExchangeEnd, type Leg, type Step } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import type { Sample } from '../../contract/reading.ts';
import { consequenceOf, UNREACHED } from '../answer.ts';
import { isRead } from '../request.ts';
import { toldEnd } from '../serial.ts';
import type { Ask, Wire } from '../wire.ts';
import { LONGEST_FRAME } from './frame.ts';
import type { TcpOptions } from './options.ts';
import { type Numbered, Requests } from './requests.ts';
import { type Results, sift } from './sift.ts';

/** Another round trip costs more than the longest answer. */
export const TCP_COST = { exchange: LONGEST_FRAME, byte: 1 };

/** Beside the answers of all that was in flight and was given up, so many frames that nobody waits for may come before the answers. */
const MOST_STALE = 2;

/** So many times what may be in flight goes into one dialogue: a command waits for the end of one. */
const MOST_ROUNDS = 3;
/** A fault tells of that many requests whether each was answered. */
const MOST_ASKS = 30;

/**
 * Of timeouts: the most that as many answers may take together as may be in flight. Behind a gateway they come one after
 * the other. All answers of a dialogue get no more than this span, milliseconds, where the timeouts of one round are not
 * more: `throttle.maxRunMs` must be above it.
 */
const MOST_TIMEOUTS = 4;
const LONGEST_SPAN = 8000;

const NONE = milliseconds(0);

const MORE = { state: 'more' } as const;

/**
 * Modbus TCP (Modbus Messaging on TCP/IP V1.0b): `maxInFlight` reads of a poll are under way, and the next goes out as one
 * is answered.
 */
export function tcpWire(options: TcpOptions): Wire {
  const most = mostAsks(options);
  return {
    cost: TCP_COST,
    dialogues(asks) {
      const dialogues: Dialogue[] = [];
      let group: Ask[] = [];
      const flush = () => {
        if (group.length > 0) dialogues.push(dialogueOf(options, group));
        group = [];
      };
      for (const each of asks) {
        const isAlone = !isRead(each.request);
        if (isAlone || group.length >= most) flush();
        group.push(each);
        if (isAlone) flush();
      }
      flush();
      return dialogues;
    },
  };
}

/** Of one dialogue. Where one request is in flight, each is a dialogue of its own. */
function mostAsks({ maxInFlight }: TcpOptions): number {
  return maxInFlight === 1 ? 1 : Math.min(MOST_ASKS, MOST_ROUNDS * maxInFlight);
}

/** Requests whose answers come in any order: reads, or one write. */
function dialogueOf(options: TcpOptions, asks: readonly Ask[]): Dialogue {
  const requests = new Requests(options.unit, asks);
  const acts = asks.every(({ request }) => isRead(request)) ? undefined : true;
  const leg = legOf(options, requests);
  const next = (end: ExchangeEnd<Results>) => ending(options, asks, end);
  return {
    key: requests.key,
    points: asks.flatMap(({ points }) => points),
    cost: { usual: [leg], most: [leg] },
    needs: ['network'],
    begin: (_, run = 0) => ask(exchangeOf(options, requests, leg, run), next, acts),
    split: (refused) => splitOf(options, asks, refused),
  };
}

function legOf({ timeoutMs, maxInFlight }: TcpOptions, { count, bytes, answers }: Requests): Leg {
  const rounds = Math.floor(count / maxInFlight);
  const timeouts = rounds * Math.min(MOST_TIMEOUTS, maxInFlight) + Math.min(MOST_TIMEOUTS, count % maxInFlight);
  const longest = Math.max(LONGEST_SPAN, timeoutMs * MOST_TIMEOUTS);
  return {
    request: bytes,
    answer: answers,
    timeout: milliseconds(Math.min(longest, timeoutMs * timeouts)),
    quietBefore: NONE,
  };
}

/**
 * Each run counts as many transaction numbers as a dialogue of the device may have, so a number comes again after 65536
 * of them on the connection, however often that was opened anew: the older one is over by then, with or without an
 * answer. So nothing waits for late answers, and none is taken.
 */
function exchangeOf(options: TcpOptions, requests: Requests, leg: Leg, run: number): Exchange<Results> {
  const { timeoutMs, lateMs, maxInFlight } = options;
  const first = (run * mostAsks(options)) & 0xffff;
  const frames = requests.numbered(first);
  const asked: Numbered = { unit: requests.unit, first, questions: requests.questions, frames };
  const next = milliseconds(timeoutMs);
  const [only] = frames;
  const further = frames.slice(maxInFlight);
  return {
    request: frames.length === 1 && only !== undefined ? only : Buffer.concat(frames.slice(0, maxInFlight)),
    answer: { usual: leg.answer, most: leg.answer + (MOST_STALE + maxInFlight) * LONGEST_FRAME },
    timeout: leg.timeout,
    ...(frames.length > 1 && { further, beginWithin: next, idle: next }),
    lateWithin: milliseconds(Math.max(timeoutMs, lateMs)),
    judge(received, ended) {
      const { results, answered, end, strays, code } = sift(received, ended, asked);
      const isOver = answered === results.length;
      if (!isOver && !ended)
        return further.length === 0 ? MORE : { state: 'more', due: Math.min(answered, further.length) };
      if (answered > 0) return { state: 'done', result: results, used: end, strays };
      return { state: 'failed', fault: new Fault(code), consequence: 'silent', answered: false, strays };
    },
  };
}

/**
 * A device that its gateway does not reach is as silent as one on a line: it is asked ever more rarely, and the others
 * are not concerned. All or nothing: where some were answered and others not, the parts are asked in place
 * of the whole (`splitOf`).
 */
function ending(options: TcpOptions, asks: readonly Ask[], end: ExchangeEnd<Results>): Step {
  if (end.state === 'failed') return { kind: 'fail', fault: end.fault, consequence: end.consequence, repeat: 'never' };
  const results = end.result;
  const samples: Sample[] = [];
  for (const [place, each] of asks.entries()) {
    const result = results[place];
    if (result?.kind !== 'answer' || result.data.length === 0) continue;
    for (const sample of each.samples(result.data)) samples.push(sample);
  }
  const codes = results.map((result) =>
    result === undefined ? 'device/silent' : result.kind === 'answer' ? undefined : result.code,
  );
  const first = codes.find((code) => code !== undefined);
  const [only] = asks;
  const [answer] = results;
  if (only?.told !== undefined && answer?.kind === 'answer') {
    return { kind: 'end', samples, ...toldEnd(only.told(answer.data), (each) => dialogueOf(options, [each])) };
  }
  if (first === undefined) return { kind: 'end', samples };
  if (asks.length === 1 && only !== undefined) {
    const isSilent = isRead(only.request) && UNREACHED.has(first);
    const consequence = isSilent ? 'silent' : consequenceOf(first, only.request);
    return { kind: 'fail', fault: new Fault(first), consequence, repeat: 'never' };
  }
  const isUnreached = codes.every((code) => code !== undefined && UNREACHED.has(code));
  const refused = codes.reduce((bits, code, place) => bits + (code === undefined ? 0 : 2 ** place), 0);
  const fault = new Fault(first, { refused });
  return { kind: 'fail', fault, consequence: isUnreached ? 'silent' : 'refused', repeat: 'never' };
}

/**
 * Of a group: the answered requests together, and each other request alone. A group without any answer may be too much
 * at once. Of one request: the parts of its ask.
 */
function splitOf(options: TcpOptions, asks: readonly Ask[], refused: Fault): readonly Dialogue[] {
  const [only] = asks;
  const alone = (each: Ask) => dialogueOf(options, [each]);
  if (asks.length === 1) return (only?.split?.(refused) ?? []).map(alone);
  const bits = refused.facts?.refused;
  if (typeof bits !== 'number') return asks.map(alone);
  const isRefused = (_: Ask, place: number) => (bits & (1 << place)) !== 0;
  const answered = asks.filter((each, place) => !isRefused(each, place));
  return [...(answered.length > 0 ? [dialogueOf(options, answered)] : []), ...asks.filter(isRefused).map(alone)];
}

import { ask, type Dialogue, type Exchange, type ExchangeEnd, type Leg, type Step } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import { answerSize, consequenceOf, questionOf, UNREACHED } from '../answer.ts';
import { isRead, requestPdu } from '../request.ts';
import { toldEnd } from '../serial.ts';
import type { Ask, Wire } from '../wire.ts';
import { HEADER, LONGEST_FRAME, wrap } from './frame.ts';
import type { TcpOptions } from './options.ts';
import { type Results, sift } from './sift.ts';

/** Another round trip costs more than the longest answer. */
export const TCP_COST = { exchange: LONGEST_FRAME, byte: 1 };

/** Beside the answers of a whole group that was given up, so many frames that nobody waits for may come before the answers. */
const MOST_STALE = 2;

/** Of timeouts: the most that all answers of a group may take. Behind a gateway they come one after the other. */
const MOST_TIMEOUTS = 4;

const NONE = milliseconds(0);

/** A request ready to be sent. */
interface Prepared {
  readonly ask: Ask;
  readonly pdu: Uint8Array;
}

/** Modbus TCP (Modbus Messaging on TCP/IP V1.0b): the reads of one poll go in groups of `maxInFlight`. */
export function tcpWire(options: TcpOptions): Wire {
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
        if (isAlone || group.length >= options.maxInFlight) flush();
        group.push(each);
        if (isAlone) flush();
      }
      flush();
      return dialogues;
    },
  };
}

/** Requests that are sent at once, and whose answers come in any order: reads, or one write. */
function dialogueOf(options: TcpOptions, asks: readonly Ask[]): Dialogue {
  const prepared = asks.map((each) => ({ ask: each, pdu: requestPdu(each.request) }));
  const acts = asks.every(({ request }) => isRead(request)) ? undefined : true;
  const leg = legOf(options, prepared);
  return {
    key: prepared.map(({ pdu }) => Buffer.from(pdu).toString('hex')).join('+'),
    points: asks.flatMap(({ points }) => points),
    cost: { usual: [leg], most: [leg] },
    needs: ['network'],
    begin: (_, run = 0) => ask(exchangeOf(options, prepared, leg, run), (end) => ending(options, asks, end), acts),
    split: (refused) => splitOf(options, asks, refused),
  };
}

function legOf({ timeoutMs }: TcpOptions, prepared: readonly Prepared[]): Leg {
  return {
    request: prepared.reduce((bytes, { pdu }) => bytes + HEADER + pdu.length, 0),
    answer: prepared.reduce((bytes, { ask: { request } }) => bytes + HEADER + answerSize(request), 0),
    timeout: milliseconds(timeoutMs * Math.min(MOST_TIMEOUTS, prepared.length)),
    quietBefore: NONE,
  };
}

/**
 * A transaction number comes again after 65536 requests of all devices of the connection, however often that was opened
 * anew: whatever came of the older one, it is over. So nothing waits for late answers, and none is taken.
 */
function exchangeOf(options: TcpOptions, prepared: readonly Prepared[], leg: Leg, run: number): Exchange<Results> {
  const { unit, timeoutMs, lateMs, maxInFlight } = options;
  const awaited = prepared.map(({ ask: { request }, pdu }, index) => {
    const transaction = (run * maxInFlight + index) & 0xffff;
    return { transaction, question: questionOf(request), frame: wrap(transaction, unit, pdu) };
  });
  const next = milliseconds(timeoutMs);
  return {
    request: Buffer.concat(awaited.map(({ frame }) => frame)),
    answer: { usual: leg.answer, most: leg.answer + (MOST_STALE + maxInFlight) * LONGEST_FRAME },
    timeout: leg.timeout,
    ...(prepared.length > 1 && { beginWithin: next, idle: next }),
    lateWithin: milliseconds(Math.max(timeoutMs, lateMs)),
    judge(received, ended) {
      const { results, end, strays, code } = sift(received, ended, unit, awaited);
      const isOver = !results.includes(undefined);
      if (!isOver && !ended) return { state: 'more' };
      if (isOver || results.some((result) => result !== undefined)) {
        return { state: 'done', result: results, used: end, strays };
      }
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
  const samples = asks.flatMap((each, place) => {
    const result = results[place];
    return result?.kind === 'answer' && result.data.length > 0 ? each.samples(result.data) : [];
  });
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
 * Of a group: what was answered, together, and each other request alone. A group that nothing was answered of may be too
 * much at once. Of one request: what its ask says.
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

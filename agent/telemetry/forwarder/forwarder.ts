import { type Fault, toFault } from '../../../drivers/contract/fault.ts';
import { unlessAborted } from '../../clock/deadline.ts';
import { Supervisor } from '../../clock/supervisor.ts';
import type { OutboxRecord } from '../../outbox/outbox.ts';
import { Crowd } from './crowd.ts';
import type { Flight, ReadingLane } from './lane.ts';
import { Lanes, yielding } from './lanes.ts';
import { Live } from './live.ts';
import type { ForwarderSetup, ForwarderStatus } from './options.ts';
import { ForwarderRate } from './rate.ts';
import { Retry } from './retry.ts';
import { LaneTurns } from './turns.ts';
import { Wake } from './wake.ts';

/** Readings under way at once: enough to fill the way to a broker 100 ms away with 600 readings a second. */
const WINDOW = 64;
/** Of what the broker allows, this stays free for status, availability and replies. */
const RESERVED = 4;
/** So much of the window is for live readings while a backlog, or a device that floods, could fill it all. */
const LIVE_SHARE = 4;
/** Readings that a lane looks at in one go where most are not its own. */
const LOOK_AT_MOST = 256;

/**
 * From the outbox to the broker while it is connected, at QoS 1, so many at once; forgotten in the outbox only as an
 * acknowledged prefix. Waiting readings go first, in order; where that takes longer than a live reading should wait,
 * the live ones go beside it. A device whose topic the broker denies holds up itself alone, and is tried ever more
 * slowly; a refusal of another sort (quota) holds up all. Nothing is lost but by the outbox's own bound.
 */
export class Forwarder {
  readonly #setup: ForwarderSetup;
  readonly #lanes: Lanes;
  readonly #rate: ForwarderRate;
  readonly #wake: Wake;
  readonly #live: Live;
  readonly #turns: LaneTurns;
  readonly #crowd: Crowd;
  readonly #stopping = new AbortController();
  /** Handed to the link and not answered, in the order in which they were. */
  readonly #inFlight = new Set<Flight>();
  /** Readings up to this one waited while the broker was away. */
  #backfillThrough = 0;
  /** Nothing else is sent: to find out whether the broker takes any again. */
  #alone: ReadingLane | undefined;
  #acknowledged = 0;
  #refused = 0;
  #idle: (() => void) | undefined;

  constructor(setup: ForwarderSetup) {
    const { clock, random, backfillPerS, supervisor = new Supervisor(setup) } = setup;
    this.#setup = setup;
    const again = () => {
      this.#rewind();
      this.#pump();
    };
    this.#turns = new LaneTurns(supervisor, 'forwarder', again, this.#stopping.signal);
    this.#lanes = new Lanes(() => new Retry(clock, random));
    this.#rate = new ForwarderRate(clock, backfillPerS);
    const turn = (work: () => void) => this.#turns.take(work);
    this.#wake = new Wake(clock, () => turn(() => this.#serve()));
    this.#live = new Live(clock, this.#lanes, {
      exists: (after) => this.#window() > 0 && setup.outbox.peek(1, after).length > 0,
      begins: () => this.#pump(),
      turn,
    });
    this.#crowd = new Crowd(setup.outbox, this.#lanes, clock, () => this.#pump(), turn);
  }

  /** @param lastSeq the newest reading there is: it and all before it were not live */
  connected(lastSeq: number): void {
    this.#backfillThrough = lastSeq;
    this.pump();
  }

  disconnected(): void {
    this.#turns.take(() => this.#rewind());
    this.#idle?.();
  }

  /** Readings that were under way are no longer known to arrive: they are sent again. */
  #rewind(): void {
    this.#inFlight.clear();
    this.#wake.callOff();
    this.#live.callOff();
    this.#crowd.callOff();
    for (const lane of [...this.#lanes.main, ...this.#lanes.held]) {
      lane.retry.callOff();
      lane.rewind();
    }
  }

  /** Sends what may be sent now. Synchronous and cheap: called with every reading. */
  pump(): void {
    this.#turns.take(() => this.#pump());
  }

  #pump(): void {
    this.#serve();
    this.#live.watch(this.#backfillThrough);
    if (!this.#live.holdsBack && this.#window() > 0) this.#crowd.watch();
  }

  status(): ForwarderStatus {
    const { tail, held } = this.#lanes;
    const fault = tail.retry.fault ?? held.find(({ retry }) => retry.fault !== null)?.retry.fault ?? null;
    return { refused: this.#refused, fault };
  }

  /** Settles once all is sent that can be, the broker is gone, or the signal says that it took too long. */
  async drain(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isIdle()) return;
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    await unlessAborted(idle, signal);
    this.#idle = undefined;
  }

  /** Sends nothing more. Readings that are under way are not waited for. */
  stop(): void {
    for (const { retry } of [this.#lanes.tail, ...this.#lanes.held]) retry.callOff();
    this.#wake.callOff();
    this.#live.callOff();
    this.#crowd.callOff();
    this.#stopping.abort();
  }

  #window(): number {
    const { window } = this.#setup.link;
    if (window === 0 || this.#stopping.signal.aborted) return 0;
    return Math.max(1, Math.min(WINDOW, window - RESERVED));
  }

  #serve(): void {
    const window = this.#window();
    if (window === 0) return;
    const [{ main, held, tail }, alone] = [this.#lanes, this.#alone];
    if (alone !== undefined && !alone.retry.waiting) {
      this.#fill(alone, 1, window);
    } else {
      const { blocked } = this.#lanes;
      const share = this.#live.beside ? Math.floor(window / LIVE_SHARE) : 0;
      // The same share is kept for what waited: where the broker takes less than comes live it would never come on.
      const owed = share && Math.max(0, share - [...this.#inFlight].filter(({ lane }) => lane !== tail).length);
      if (this.#live.beside && !blocked) this.#fill(tail, window - (main.length > 1 ? owed : 0), window);
      const rest = Math.min(window, Math.max(window - share, this.#inFlight.size + owed));
      const free = held.filter((lane) => !lane.failing && !lane.retry.waiting);
      for (const lane of free) if (!lane.yielding) this.#fill(lane, rest, window);
      for (const lane of blocked ? [] : main) {
        if (lane !== tail || !this.#live.beside) this.#fill(lane, rest, window);
        if (!lane.exhausted) break;
      }
      const most = Math.max(1, window - Math.floor(window / LIVE_SHARE));
      for (const lane of blocked ? [] : yielding(free)) this.#fill(lane, most, window);
    }
    this.#tidy();
  }

  /** Sends what comes next in the lane, while fewer than `most` are under way altogether. */
  #fill(lane: ReadingLane, most: number, window: number): void {
    const { outbox } = this.#setup;
    let room = Math.min(most - this.#inFlight.size, lane.room(window));
    for (let looked = 0; room > 0 && !lane.exhausted; ) {
      if (looked >= LOOK_AT_MOST) {
        this.#wake.at(this.#setup.clock.now());
        return;
      }
      const count = lane.devices === undefined ? room : LOOK_AT_MOST;
      const records = outbox.peek(count, lane.cursor);
      looked += count;
      for (const record of records) {
        if (record.seq > lane.through) {
          lane.exhaust();
          return;
        }
        if (this.#lanes.carries(lane, record) && !lane.has(record.seq)) {
          if (room === 0) return;
          const backfill = (lane.devices !== undefined && !lane.yielding) || record.seq <= this.#backfillThrough;
          if (backfill && !this.#rate.take()) {
            this.#wake.at(this.#rate.nextAt);
            return;
          }
          room -= 1;
          this.#send(lane, record, backfill);
        }
        lane.pass(record.seq);
      }
      if (records.length === 0 && Number.isFinite(lane.through) && outbox.isEmpty) lane.exhaust();
      if (records.length < count) return;
    }
  }

  #send(lane: ReadingLane, record: OutboxRecord, backfill: boolean): void {
    const { link, convention } = this.#setup;
    const flight: Flight = { record, lane, state: 'sent' };
    lane.flights.push(flight);
    this.#inFlight.add(flight);
    this.#crowd.knows(record.device);
    link.publish(convention.reading(record, backfill), this.#stopping.signal).then(
      () => this.#turns.take(() => this.#taken(flight)),
      (thrown) => this.#turns.take(() => this.#failed(flight, toFault(thrown))),
    );
  }

  #taken(flight: Flight): void {
    if (!this.#answered(flight)) return;
    this.#done(flight);
    this.#proceed(flight.lane);
  }

  /** It need not be sent any more. */
  #done(flight: Flight): void {
    const { lane } = flight;
    flight.state = 'done';
    lane.settle();
    // the connection may have ended between the refusal and the next try
    if ((lane.trying || lane.retry.fault !== null) && !lane.failing && !lane.retry.waiting) {
      lane.trying = false;
      lane.retry.over();
      if (lane.devices !== undefined) this.#lanes.resume(lane);
    }
  }

  #failed(flight: Flight, fault: Fault): void {
    if (!this.#setup.link.connected || this.#stopping.signal.aborted || !this.#answered(flight)) return;
    flight.state = 'failed';
    const { link, convention } = this.#setup;
    const isTooLarge = fault.code === 'link/too-large';
    if (isTooLarge && !link.roomElsewhere?.(convention.reading(flight.record, true))) {
      this.#giveUp(flight.record, fault);
      this.#done(flight);
    } else if (!flight.lane.merged) {
      this.#refuse(flight, fault);
    }
    this.#proceed(flight.lane);
  }

  #answered(flight: Flight): boolean {
    if (flight.state !== 'sent') return false;
    this.#inFlight.delete(flight);
    if (this.#alone === flight.lane) this.#alone = undefined;
    return true;
  }

  #refuse(flight: Flight, fault: Fault): void {
    const { device } = flight.record;
    let news = flight.lane.retry.fault?.code !== fault.code;
    // the others go on
    if (fault.code === 'link/denied' || fault.code === 'link/too-large') {
      news = !this.#lanes.isDenied(device);
      this.#lanes.hold(device);
    }
    if (news) this.#setup.log.error('broker refuses readings', { device }, fault);
    flight.lane.failing = true;
    flight.lane.retry.fault = fault;
  }

  /** After an answer: go on, or once all answers are there begin again at the one that was refused. */
  #proceed(lane: ReadingLane): void {
    // a lane of its own may have taken over what another one was waiting for
    for (const each of lane.failing ? [lane, ...this.#lanes.main] : []) {
      if (!each.failing || each.waits) continue;
      each.rewind();
      each.trying = true;
      if (each.devices === undefined) this.#alone = each;
      each.retry.begin(() => this.#turns.take(() => this.#serve()));
    }
    this.#serve();
  }

  /** Forgets the acknowledged prefix, and lanes that are over. */
  #tidy(): void {
    const lanes = this.#lanes;
    lanes.tidy(this.#setup.outbox.lastSeq);
    this.#live.joins();
    if (this.#alone?.over || this.#alone?.merged) this.#alone = undefined;
    const through = lanes.lowWater;
    if (through > this.#acknowledged) {
      this.#acknowledged = through;
      this.#setup.outbox.acknowledgeThrough(through);
    }
    if (this.#idle !== undefined && this.#isIdle()) this.#idle();
  }

  #giveUp({ device, seq, payload }: OutboxRecord, fault: Fault): void {
    this.#refused += 1;
    this.#setup.log.error('reading given up', { device, seq, characters: payload.length }, fault);
  }

  /** Nothing is left but readings that the broker denies. */
  #isIdle(): boolean {
    const { link, outbox } = this.#setup;
    if (!link.connected || outbox.isEmpty) return true;
    const { main, held, tail } = this.#lanes;
    if (this.#inFlight.size > 0 || held.length === 0 || main.length > 1) return false;
    return held.every(({ retry }) => retry.waiting) && outbox.peek(1, tail.cursor).length === 0;
  }
}

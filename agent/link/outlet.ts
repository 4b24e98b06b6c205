import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { DeniedTopics } from './connection/denied-topics.ts';
import type { Greeting } from './connection/greeting.ts';
import type { MqttConnection } from './connection/mqtt-connection.ts';
import { packetSize } from './connection/packet-size.ts';
import { PublishWindow } from './connection/publish-window.ts';
import type { Acknowledged } from './connection/terms.ts';
import type { PoisonMessage, UnansweredPacket } from './failover/poison-message.ts';
import type { LinkTerms, OutgoingMessage } from './link.ts';

/** A QoS 1 message without an answer for so long: the connection is given up, though the broker answers pings. */
const ACKNOWLEDGE_WITHIN = 20_000;
const LOOK_EVERY = milliseconds(2500);
/** Bytes that may wait for the network before QoS 0 messages, which can be lost, are lost. */
const LONGEST_BACKLOG = 262_144;

export interface OutletSetup {
  readonly connection: Pick<MqttConnection, 'publish' | 'flush' | 'backlog' | 'session'>;
  readonly greeting: Greeting;
  readonly caution: PoisonMessage;
  readonly denied: DeniedTopics;
  readonly now: () => Instant;
}

/**
 * The way out of one connection: as the broker takes it (no retain flag, QoS 0, a bound on the packet), and with caution
 * where it has hung up before.
 */
export class Outlet {
  readonly #setup: OutletSetup;
  readonly #window: PublishWindow;
  /** Counts the messages that were handed over: those before one that is answered have been received too. */
  #handed = 0;
  #answered = 0;
  /** The newest QoS 0 message, which nobody answers. */
  #unsure: { readonly at: number; readonly size: number } | undefined;

  constructor(setup: OutletSetup) {
    const { connection, caution, now } = setup;
    this.#setup = setup;
    this.#window = new PublishWindow({
      limit: connection.session.receiveMaximum,
      now,
      send: (message, done) => this.#hand(message, done),
      sizeOf: (message) => this.#sizeOf(message),
      goesAlone: ({ retain }, size) => caution.judge({ size, retain }) === 'alone',
      inOrder: () => caution.inOrder,
    });
  }

  /**
   * QoS 1: settles with the broker's acknowledgement, or where it takes no more than QoS 0 with the network having it.
   * @throws Fault as `Link.publish`
   */
  async send(wanted: OutgoingMessage, signal: AbortSignal): Promise<void> {
    const { connection, greeting, caution } = this.#setup;
    const message = wanted.retain && !greeting.retain ? { ...wanted, retain: false } : wanted;
    const bound = connection.session.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    if (packetSize(message, greeting.version) > bound) throw new Fault('link/too-large');
    const size = this.#sizeOf(message);
    if (caution.judge({ size, retain: message.retain }) === 'too-large') throw new Fault('link/too-large');
    if (message.qos === 0 && !this.#window.held && !this.#window.mustWait(message, size)) {
      if (connection.backlog > LONGEST_BACKLOG) throw new Fault('link/congested');
      this.#handed += 1;
      this.#unsure = { at: this.#handed, size };
      connection.publish(message, () => {});
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const sent = { ...message, qos: 1 } as const;
      this.#window.publish(sent, signal, (fault) => (fault === undefined ? resolve() : reject(fault)));
    });
  }

  /** Nothing is sent before the broker has answered a ping, and with it received everything that was sent before. */
  hold(connection: Pick<MqttConnection, 'ping'>): void {
    this.#window.hold();
    connection.ping(() => {
      this.#setup.caution.alive();
      this.#window.go();
    });
  }

  /** The messages that the broker takes on this connection. */
  get terms(): LinkTerms {
    const { connection, greeting, caution } = this.#setup;
    const told = connection.session.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    const most = Math.min(told, caution.limit === undefined ? told : caution.limit - 1);
    return {
      version: greeting.version,
      retained: greeting.retain,
      maximumQos: greeting.qos,
      maximumPacketSize: Number.isFinite(most) ? most : null,
    };
  }

  drained(signal: AbortSignal): Promise<void> {
    return this.#window.drained(signal);
  }

  /**
   * Looks until the signal whether the broker answers.
   * @param silent called when a message has waited for too long
   * @throws Fault `internal/cancelled` by the signal
   */
  async watch(clock: Clock, signal: AbortSignal, silent: () => void): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY, signal);
      if (this.#window.oldestWait() > ACKNOWLEDGE_WITHIN) silent();
    }
  }

  /** Nothing outlives the connection. */
  close(fault: Fault): void {
    this.#window.close(fault);
  }

  /** The packets that may have brought the end about. Before `close`. */
  unanswered(): UnansweredPacket {
    const sent = this.#window.unacknowledged();
    const unsure = this.#unsure !== undefined && this.#unsure.at > this.#answered ? this.#unsure : undefined;
    const [first] = sent;
    const isAlone = sent.length === 1 && unsure === undefined;
    return {
      count: sent.length + (unsure === undefined ? 0 : 1),
      largest: Math.max(unsure?.size ?? 0, ...sent.map(({ size }) => size)),
      alone:
        isAlone && first !== undefined
          ? { size: first.size, retain: first.message.retain, waited: this.#setup.now() - first.sentAt }
          : undefined,
    };
  }

  #hand(message: OutgoingMessage, done: Acknowledged): void {
    const { connection, greeting, caution, denied } = this.#setup;
    this.#handed += 1;
    const at = this.#handed;
    if (greeting.qos === 0) {
      connection.flush({ ...message, qos: 0 }, done);
      return;
    }
    connection.publish(message, (fault) => {
      this.#answered = Math.max(this.#answered, at);
      caution.answered({ size: this.#sizeOf(message), retain: message.retain });
      denied.heard(message.topic, fault);
      done(fault);
    });
  }

  /** As it goes alone: acknowledged. Else one that just fits at QoS 0 would not, and be blamed for ever. */
  #sizeOf(message: OutgoingMessage): number {
    return packetSize({ ...message, qos: 1 }, this.#setup.greeting.version);
  }
}

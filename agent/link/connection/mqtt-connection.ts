import type { Duplex } from 'node:stream';
import {
  type ClientSubscribeCallback,
  type IClientOptions,
  type IConnackPacket,
  type IPublishPacket,
  MqttClient,
  type Packet,
} from 'mqtt';
import { Fault } from '../../../drivers/contract/fault.ts';
import { LazyInterval } from '../../clock/lazy-interval.ts';
import type { OutgoingMessage } from '../link.ts';
import { faultOfAck, faultOfConnack, faultOfDisconnect } from '../link-faults.ts';
import { isPossible, PROTOCOL_ERROR, sessionOf } from './connack.ts';
import { InboundGate } from './inbound-gate.ts';
import { packed, publishOptions, reasonOf, userOf } from './packet-parts.ts';
import type { Acknowledged, ConnectionEvents, ConnectionSetup, Session } from './terms.ts';
import { Wire } from './wire.ts';

/** For topic and properties beside a payload. */
const BESIDE_PAYLOAD = 8192;
/** QoS 1 messages that the broker may send before we acknowledge. */
const RECEIVE_MAXIMUM = 32;
/** The broker publishes the will although the goodbye is an ordinary one (MQTT 5, 3.14.2.1). */
const DISCONNECT_WITH_WILL = 0x04;
/** MQTT.js can't do without its own bound; ours comes first. */
const SLACK_MS = 5000;

/** MQTT.js, held to one life: it is made on an open socket, never connects again and never queues. */
class OneLifeClient extends MqttClient {
  silent = () => {};

  override onKeepaliveTimeout(): void {
    this.silent();
  }

  /** The broker may ask to be told sooner that we are there (MQTT 5, 3.2.2.3.14), and not that we find out later that it is gone. */
  override get keepalive(): number {
    return Math.min(super.keepalive, this.options.keepalive ?? Number.POSITIVE_INFINITY);
  }
}

/** One accepted connection to the broker, from CONNACK to its end. */
export class MqttConnection {
  readonly #client: OneLifeClient;
  readonly #wire: Wire;
  readonly #keepalive: LazyInterval;
  readonly #version: 4 | 5;
  readonly #events: ConnectionEvents;
  #session: Session = sessionOf(undefined);
  #fault: Fault | undefined;
  #accepted = false;
  #over = false;
  #pong = () => {};

  private constructor(socket: Duplex, setup: ConnectionSetup, events: ConnectionEvents) {
    const gate = new InboundGate(setup.longestPayload + BESIDE_PAYLOAD, setup.version);
    const wire = new Wire(socket, gate);
    this.#wire = wire;
    this.#events = events;
    this.#version = setup.version;
    this.#keepalive = new LazyInterval(setup.clock);
    this.#client = new OneLifeClient(() => wire, options(setup, this.#keepalive));
    this.#client.silent = () => this.#end(new Fault('link/timeout'));
    // the wire raises none: an error that comes here is a packet that can't be read, or a refusal that is known already
    this.#client.on(
      'error',
      this.#hear(() => this.#end(new Fault('link/protocol'))),
    );
    this.#client.on(
      'disconnect',
      this.#hear(({ reasonCode }) => this.#end(faultOfDisconnect(reasonCode ?? 0))),
    );
    const received = (packet: Packet) => {
      if (packet.cmd === 'pingresp') this.#pong();
      if (packet.cmd !== 'connack') return;
      const reason = packet.reasonCode ?? packet.returnCode ?? 0;
      if (reason !== 0) this.#fault ??= faultOfConnack(reason);
    };
    this.#client.on('packetreceive', this.#hear(received));
    const message = (topic: string, payload: Buffer, packet: IPublishPacket) => {
      const cut = gate.wasCut();
      if (this.#over || !this.#accepted) return;
      const tooLarge = cut || payload.length > setup.longestPayload;
      events.message({
        topic,
        payload: tooLarge ? new Uint8Array() : payload,
        tooLarge,
        retained: packet.retain,
        responseTopic: packet.properties?.responseTopic,
        correlationData: packet.properties?.correlationData,
        user: userOf(packet.properties?.userProperties),
      });
    };
    this.#client.on('message', this.#hear(message));
    wire.once(
      'close',
      this.#hear(() => this.#end(wire.fault ?? new Fault('link/lost'))),
    );
  }

  /**
   * @param signal ends the attempt
   * @throws Fault `link/credentials`, `link/refused`, `link/lost`, `link/protocol`, `link/timeout` (the signal)
   */
  static async open(
    socket: Duplex,
    setup: ConnectionSetup,
    events: ConnectionEvents,
    signal: AbortSignal,
  ): Promise<MqttConnection> {
    if (signal.aborted) {
      socket.destroy();
      throw new Fault('link/timeout');
    }
    let failed = (_: Fault) => {};
    const connection = new MqttConnection(socket, setup, {
      message: (message) => events.message(message),
      ended: (fault) => (connection.#accepted ? events.ended(fault) : failed(fault)),
    });
    const cancel = () => connection.#end(new Fault('link/timeout'));
    signal.addEventListener('abort', cancel);
    try {
      await new Promise<void>((resolve, reject) => {
        failed = reject;
        const welcomed = (packet: IConnackPacket) => {
          const { properties } = packet;
          if (setup.version === 5 && !isPossible({ ...packet, properties: { ...properties } }, setup.clientId)) {
            // it has a reason, so that no humbler greeting is tried: this broker is not to be relied on
            connection.#end(new Fault('link/protocol', { reason: PROTOCOL_ERROR }));
            return;
          }
          connection.#session = sessionOf(properties);
          connection.#accepted = true;
          resolve();
        };
        connection.#client.once('connect', connection.#hear(welcomed));
        connection.#client.connect();
      });
      return connection;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  get session(): Session {
    return this.#session;
  }

  /** False from the moment of its end. */
  get alive(): boolean {
    return this.#accepted && !this.#over;
  }

  /** Bytes that wait for the network. */
  get backlog(): number {
    return this.#wire.backlog;
  }

  /** QoS 0 settles at once; QoS 1 with the broker's word, or never if the connection ends before it. */
  publish(message: OutgoingMessage, done: Acknowledged): void {
    const { topic, qos } = message;
    const payload = packed(message.payload);
    const options = publishOptions(message, qos, this.#version);
    if (qos === 0) {
      // its callback would wait for the network
      this.#client.publish(topic, payload, options);
      done(undefined);
      return;
    }
    this.#client.publish(topic, payload, options, (error) => {
      if (!this.#over) this.#guard(() => done(error ? faultOfAck(reasonOf(error)) : undefined));
    });
  }

  /** As QoS 0, for brokers that take nothing else: settles once the network has it, or never. */
  flush(message: OutgoingMessage, done: Acknowledged): void {
    const payload = packed(message.payload);
    this.#client.publish(message.topic, payload, publishOptions(message, 0, this.#version), () => {
      if (!this.#over) this.#guard(() => done(undefined));
    });
  }

  /** Asks whether the broker is there. @param done once it has answered, and with that everything before it was received */
  ping(done: () => void): void {
    this.#pong = done;
    this.#client.sendPing();
  }

  /** Subscribes at QoS 1. On MQTT 5 without our own messages, and with the retain flag as it was published. */
  subscribe(filters: readonly string[], done: Acknowledged): void {
    const flags = this.#version === 5 ? { nl: true, rap: true } : {};
    const told: ClientSubscribeCallback = (error, _granted, packet) => {
      if (this.#over) return;
      const refused = packet?.granted?.find((reason) => Number(reason) >= 128);
      done(error ? faultOfAck(Number(refused ?? 128)) : undefined);
    };
    this.#client.subscribe([...filters], { qos: 1, ...flags }, this.#hear(told));
  }

  /**
   * Says goodbye and closes. `ended` is not called any more.
   * @param withWill whether the broker is asked to publish the will all the same, which MQTT 5 alone has a word for
   */
  async close(signal: AbortSignal, withWill = false): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    try {
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        const give = () => resolve();
        signal.addEventListener('abort', give);
        this.#wire.once('close', () => {
          signal.removeEventListener('abort', give);
          resolve();
        });
        this.#client.end(false, withWill && this.#version === 5 ? { reasonCode: DISCONNECT_WITH_WILL } : {});
      });
    } finally {
      this.#kill();
    }
  }

  /** Ends it as a fault of the given kind: for an end that the caller saw. */
  abandon(fault: Fault): void {
    this.#end(fault);
  }

  /**
   * MQTT.js calls from the socket's events and from `process.nextTick`, where a throw would end the process: a mistake ends
   * this connection alone.
   */
  #guard(call: () => void): void {
    try {
      call();
    } catch (thrown) {
      this.#end(new Fault('internal/unexpected', undefined, thrown));
    }
  }

  #hear<H extends unknown[]>(call: (...heard: H) => void): (...heard: H) => void {
    return (...heard) => this.#guard(() => call(...heard));
  }

  #end(fault: Fault): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#kill();
    } catch (thrown) {
      this.#fault = new Fault('internal/unexpected', undefined, thrown);
    }
    this.#events.ended(this.#fault ?? fault);
  }

  #kill(): void {
    try {
      this.#client.end(true);
    } finally {
      this.#keepalive.stop();
      this.#wire.destroy();
    }
  }
}

function options(setup: ConnectionSetup, timerVariant: LazyInterval): IClientOptions {
  const { will } = setup;
  return {
    manualConnect: true,
    reconnectPeriod: 0,
    clean: true,
    resubscribe: false,
    queueQoSZero: false,
    // else it makes a buffer for each of the 65,536 numbers that a packet can have: 7 MB for nothing
    writeCache: false,
    clientId: setup.clientId,
    protocolVersion: setup.version,
    ...(setup.username === undefined ? {} : { username: setup.username }),
    ...(setup.password === undefined ? {} : { password: setup.password }),
    keepalive: setup.keepaliveSeconds,
    timerVariant,
    connectTimeout: setup.connectTimeoutMs + SLACK_MS,
    ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from(packed(will.payload)) } }),
    ...(setup.version === 5
      ? {
          properties: {
            receiveMaximum: RECEIVE_MAXIMUM,
            maximumPacketSize: setup.longestPayload + BESIDE_PAYLOAD,
            sessionExpiryInterval: 0,
          },
        }
      : {}),
    // else it writes user name and messages to stderr when DEBUG is set
    log: () => {},
  };
}

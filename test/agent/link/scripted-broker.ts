import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';

/** The broker's reaction to a packet; `send` writes packets back. */
export type Script = (packet: Packet, send: (...packets: Packet[]) => void, socket: Socket) => void;

/** A broker that does as a test tells it, also against the rules, in the client’s version, on a free port of the loopback. */
export class ScriptedBroker {
  readonly #server: Server;
  readonly sockets = new Set<Socket>();
  readonly packets: Packet[] = [];
  connections = 0;

  private constructor(script: Script) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
      const settings = { protocolVersion: 5 };
      const reader = parser(settings);
      const send = (...packets: Packet[]) => {
        if (!socket.destroyed) socket.write(Buffer.concat(packets.map((one) => generate(one, settings))));
      };
      reader.on('packet', (packet) => {
        // after its greeting a client speaks the version that it named
        if (packet.cmd === 'connect') settings.protocolVersion = packet.protocolVersion ?? 5;
        this.packets.push(packet);
        script(packet, send, socket);
      });
      socket.on('data', (bytes) => reader.parse(bytes));
    });
  }

  static async start(script: Script): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(script);
    broker.#server.listen(0, '127.0.0.1');
    await once(broker.#server, 'listening');
    return broker;
  }

  get url(): string {
    const address = this.#server.address();
    return `mqtt://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The answers of a good broker. */
export const polite: Script = (packet, send) => {
  if (packet.cmd === 'connect') send({ cmd: 'connack', reasonCode: 0, returnCode: 0, sessionPresent: false });
  if (packet.cmd === 'publish' && packet.qos === 1)
    send({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 });
  if (packet.cmd === 'subscribe') send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
  if (packet.cmd === 'pingreq') send({ cmd: 'pingresp' });
};

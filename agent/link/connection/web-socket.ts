import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { BrokerAddress } from '../failover/broker-address.ts';

/** Bytes of the longest frame: longer ones than any packet that is taken end the connection. */
const LONGEST_FRAME = 1_048_576;

/**
 * MQTT in a WebSocket (MQTT 5, 6): the frames' content as a stream, over a socket that is open. Its library is loaded only
 * where a broker is reached so.
 * @throws Fault `link/websocket`, `link/timeout` (the signal)
 */
export async function openWebSocket(
  socket: Socket,
  { secure, host, port, path = '/' }: BrokerAddress,
  signal: AbortSignal,
): Promise<Duplex> {
  const { createWebSocketStream, WebSocket } = await import('ws');
  const authority = host.includes(':') ? `[${host}]` : host;
  const webSocket = new WebSocket(`${secure ? 'wss' : 'ws'}://${authority}:${port}${path}`, ['mqtt'], {
    createConnection: () => socket,
    ...{ perMessageDeflate: false, followRedirects: false, maxPayload: LONGEST_FRAME },
  });
  const stream = createWebSocketStream(webSocket, { decodeStrings: true });
  // for as long as it lives: an error that nobody listens to would end the process
  stream.on('error', () => {});
  // the library leaves it open for us to write on
  stream.once('end', () => stream.destroy());
  const cancel = () => webSocket.terminate();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', (error) => reject(new Fault('link/websocket', undefined, error)));
      webSocket.once('close', () => reject(new Fault('link/websocket')));
      if (signal.aborted) cancel();
    });
    // a server that speaks something else would be taken for a broken broker
    if (webSocket.protocol !== 'mqtt') throw new Fault('link/websocket');
    return stream;
  } catch (thrown) {
    stream.destroy();
    socket.destroy();
    throw signal.aborted ? new Fault('link/timeout') : thrown;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

import { once } from 'node:events';
import { connect } from 'node:net';
import { MqttClient } from 'mqtt';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MqttConnection } from '../../../../agent/link/connection/mqtt-connection.ts';
import { publishOptions } from '../../../../agent/link/connection/packet-parts.ts';
import type { ConnectionEvents } from '../../../../agent/link/connection/terms.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { polite, type Script, ScriptedBroker } from '../scripted-broker.ts';

const message = { topic: 'a', payload: '{}', qos: 1, retain: false } as const;
const broken = () => {
  throw new TypeError('secret');
};

/** A connection to such a broker, and how it ends. */
async function connected(script: Script, heard: ConnectionEvents['message'] = () => {}, clock = new FakeClock()) {
  const broker = await ScriptedBroker.start(script);
  const socket = connect(Number(new URL(broker.url).port), '127.0.0.1');
  await once(socket, 'connect');
  let end = (_: Fault) => {};
  const ended = new Promise<Fault>((resolve) => {
    end = resolve;
  });
  const setup = {
    ...{
      clock,
      clientId: 'gw',
      version: 5 as const,
      keepaliveSeconds: 30,
      connectTimeoutMs: 5000,
      longestPayload: 1000,
    },
    ...{ username: undefined, password: undefined, will: undefined },
  };
  const never = new AbortController().signal;
  const connection = await MqttConnection.open(socket, setup, { message: heard, ended: end }, never);
  onTestFinished(async () => {
    connection.abandon(new Fault('link/lost'));
    await broker.stop();
  });
  return { connection, ended };
}

test('a mistake in what hears a message ends the connection, and not the process', async () => {
  const sends: Script = (packet, send, socket) => {
    polite(packet, send, socket);
    if (packet.cmd === 'subscribe')
      send({ cmd: 'publish', topic: 'a', payload: '{}', qos: 0, retain: false, dup: false });
  };
  const { connection, ended } = await connected(sends, broken);
  connection.subscribe(['a'], () => {});
  expect(await ended).toMatchObject({ code: 'internal/unexpected' });
});

test.each(['publish', 'subscribe', 'flush', 'ping'] as const)(
  'a mistake in what hears the end of a %s ends the connection, and not the process',
  async (call) => {
    const { connection, ended } = await connected(polite);
    if (call === 'publish' || call === 'flush') connection[call](message, broken);
    else if (call === 'subscribe') connection.subscribe(['a'], broken);
    else connection.ping(broken);
    expect(await ended).toMatchObject({ code: 'internal/unexpected' });
    expect(connection.alive).toBe(false);
  },
);

test('a mistake in MQTT.js as the broker hangs up, which it is told of in a turn of its own, ends the connection alone', async () => {
  const hangsUp: Script = (packet, send, socket) => {
    if (packet.cmd === 'subscribe') socket.destroy();
    else polite(packet, send, socket);
  };
  const { connection, ended } = await connected(hangsUp);
  const spy = vi.spyOn(MqttClient.prototype, 'end').mockImplementation(broken);
  onTestFinished(() => spy.mockRestore());
  connection.subscribe(['a'], () => {});
  expect(await ended).toMatchObject({ code: 'internal/unexpected' });
  expect(connection.alive).toBe(false);
});

test('a packet without properties has no key for them: MQTT.js would make a hidden class for each packet', () => {
  expect(Object.keys(publishOptions(message, 1, 5))).toEqual(['qos', 'retain']);
  expect(Object.keys(publishOptions({ ...message, responseTopic: 'b' }, 1, 4))).toEqual(['qos', 'retain']);
  expect(publishOptions({ ...message, responseTopic: 'b' }, 0, 5)).toEqual({
    ...{ qos: 0, retain: false },
    properties: { responseTopic: 'b' },
  });
});

test('a connection that has ended leaves no timer of its keepalive', async () => {
  const clock = new FakeClock();
  const { connection } = await connected(polite, () => {}, clock);
  expect(clock.nextAt).toBe(clock.now() + 15_000);
  connection.abandon(new Fault('link/lost'));
  expect(clock.pending).toBe(0);
});

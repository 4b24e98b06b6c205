import { setTimeout as pause } from 'node:timers/promises';
import { MqttClient } from 'mqtt';
import type { Packet } from 'mqtt-packet';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../../agent/clock/clock.ts';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import type { IncomingMessage, LinkListener } from '../../../agent/link/link.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { type Log, silentLog } from '../../../agent/log/log.ts';
import type { MqttConfig } from '../../../config/config.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { polite, type Script, ScriptedBroker } from './scripted-broker.ts';

/** Long enough for a slow machine; it ends as soon as it holds. */
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const never = new AbortController().signal;
const message = (topic: string, qos: 0 | 1 = 1, payload = '{}') => ({ topic, payload, qos, retain: false });

class Witness implements LinkListener {
  readonly events: string[] = [];
  readonly messages: IncomingMessage[] = [];
  connected() {
    this.events.push('connected');
  }
  disconnected(fault: { code: string }) {
    this.events.push(fault.code);
  }
  message(one: IncomingMessage) {
    this.messages.push(one);
  }
}

describe('the link', () => {
  const open: { stop(signal: AbortSignal): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.stop(AbortSignal.timeout(1000));
    vi.restoreAllMocks();
  });

  const broker = async (script: Script = polite) => {
    const made = await ScriptedBroker.start(script);
    open.push(made);
    return made;
  };
  const link = (
    url: string,
    changes: Partial<MqttConfig> = {},
    clock: Clock = new SystemClock(),
    log = silentLog,
    longestPayload?: number,
  ) => {
    const config: MqttConfig = {
      url,
      protocolVersion: 5,
      topicPrefix: 'fieldward',
      allowPlaintext: false,
      keepaliveMs: 60_000,
      connectTimeoutMs: 2000,
      reconnectMinMs: 1,
      reconnectMaxMs: 2,
      ...changes,
    };
    const made = new MqttLink({
      config,
      clientId: 'gw',
      presence: new Fieldward(new Topics('fieldward', 'gw')),
      longestPayload,
      clock,
      log,
      random: () => 0.5,
    });
    const witness = new Witness();
    made.listen(witness);
    made.subscribe('fieldward/gw/command/+', (heard) => witness.message(heard));
    open.push(made);
    return { link: made, witness };
  };

  test('introduces itself with a clean session, its will, and bounds on what may be sent to it', async () => {
    const { url, packets } = await broker();
    const { link: one } = link(url, { username: 'gw' });
    one.start();
    await eventually(() => packets.length).toBe(3);
    expect(packets[0]).toMatchObject({
      cmd: 'connect',
      clientId: 'gw',
      clean: true,
      keepalive: 60,
      username: 'gw',
      will: { topic: 'fieldward/gw/availability', qos: 1, retain: true },
      properties: { receiveMaximum: 32, sessionExpiryInterval: 0 },
    });
    expect(packets[1]).toMatchObject({ cmd: 'publish', topic: 'fieldward/gw/availability', qos: 1, retain: true });
    expect(packets[2]).toMatchObject({ cmd: 'subscribe', subscriptions: [{ qos: 1, nl: true, rap: true }] });
  });

  test('hears nothing from a broker that has not accepted it yet', async () => {
    const topic = 'fieldward/gw/command/x';
    const command = { cmd: 'publish', qos: 0, dup: false, retain: false, topic } as const;
    const { url } = await broker((packet, send, socket) => {
      if (packet.cmd === 'connect') send({ ...command, payload: 'early' });
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe') send({ ...command, payload: 'late' });
    });
    const { link: one, witness } = link(url);
    one.start();
    await eventually(() => witness.messages.length).toBeGreaterThan(0);
    expect(witness.messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['late']);
  });

  test('tells and hears who asks and where the answer is wanted', async () => {
    const { url, packets } = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      const command = { cmd: 'publish', qos: 0, dup: false, retain: false, topic: 'fieldward/gw/command/x' } as const;
      const from = (user: string | string[]) => ({
        ...command,
        payload: 'y',
        properties: { userProperties: { user } },
      });
      if (packet.cmd !== 'subscribe') return;
      send(from('anna'), from('x'.repeat(256)), from('x'.repeat(257)), from(['anna', 'bert']), {
        ...command,
        payload: 'y',
        properties: { userProperties: { name: 'anna' } },
      });
    });
    const { link: one, witness } = link(url);
    one.start();
    await eventually(() => witness.messages.length).toBe(5);
    const users = witness.messages.map(({ user }) => user);
    expect(users).toEqual(['anna', 'x'.repeat(256), undefined, undefined, undefined]);
    const correlationData = Buffer.from('c');
    await one.publish({ ...message('a'), responseTopic: 'b', correlationData, user: 'anna' }, never);
    expect(packets.findLast(({ cmd }) => cmd === 'publish')).toMatchObject({
      topic: 'a',
      properties: { responseTopic: 'b', correlationData, userProperties: { user: 'anna' } },
    });
    await one.publish(message('a'), never);
    expect(packets.findLast(({ cmd }) => cmd === 'publish')).not.toHaveProperty('properties.userProperties');
  });

  test('tells what became of the subscriptions and of each attempt to connect', async () => {
    const told: (string | undefined)[] = [];
    const listen = (one: MqttLink) => {
      one.listen({
        connected: () => told.push('connected'),
        disconnected: () => undefined,
        subscribed: (fault) => told.push(fault?.code ?? 'granted'),
        failed: ({ code }) => told.push(code),
      });
      one.start();
    };
    const { url } = await broker();
    listen(link(url).link);
    await eventually(() => told).toEqual(['connected', 'granted']);
    told.length = 0;
    const refusing = await broker((packet, send, socket) => {
      if (packet.cmd === 'subscribe') send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [135] });
      else polite(packet, send, socket);
    });
    listen(link(refusing.url).link);
    await eventually(() => told).toEqual(['connected', 'link/denied']);
    told.length = 0;
    listen(link('mqtt://127.0.0.1:1', { reconnectMinMs: 60_000, reconnectMaxMs: 60_000 }).link);
    await eventually(() => told).toEqual(['link/unreachable']);
  });

  test('takes longer messages whole where that is said, and tells the broker', async () => {
    const payload = 'x'.repeat(70_000);
    const { url, packets } = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe')
        send({ cmd: 'publish', qos: 0, dup: false, retain: false, topic: 'fieldward/gw/command/x', payload });
    });
    for (const [longestPayload, tooLarge] of [
      [undefined, true],
      [80_000, false],
    ] as const) {
      const { link: one, witness } = link(url, {}, new SystemClock(), silentLog, longestPayload);
      one.start();
      await eventually(() => witness.messages.length).toBe(1);
      expect(witness.messages[0]).toMatchObject({ tooLarge });
      expect(witness.messages[0]?.payload.length).toBe(tooLarge ? 0 : payload.length);
      const { properties } = packets.findLast(({ cmd }) => cmd === 'connect') as { properties: object };
      expect(properties).toMatchObject({ maximumPacketSize: (longestPayload ?? 65_536) + 8192 });
    }
  });

  test('a listener that throws keeps nothing from the others, and the link goes on', async () => {
    const { url, sockets } = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe')
        send({ cmd: 'publish', qos: 0, dup: false, retain: false, topic: 'fieldward/gw/command/x', payload: 'y' });
    });
    const told: unknown[] = [];
    const log = { ...silentLog, error: (event: string, fields: object) => void told.push({ event, ...fields }) };
    const fail = (): never => {
      throw new TypeError('x');
    };
    const { link: one } = link(url, {}, new SystemClock(), log as unknown as Log);
    one.listen({ connected: fail, disconnected: fail, subscribed: fail, failed: fail });
    one.subscribe('fieldward/gw/command/+', fail);
    const last = new Witness();
    one.listen(last);
    one.subscribe('fieldward/gw/command/+', (heard) => last.message(heard));
    one.start();
    await eventually(() => last.messages.length).toBe(1);
    for (const socket of sockets) socket.destroy();
    await eventually(() => last.events).toEqual(['connected', 'link/lost', 'connected']);
    expect(told).toContainEqual({
      ...{ event: 'part failed', part: 'listener of the broker link', code: 'internal/unexpected' },
    });
  });

  test('a mistake in the link itself is told with its part, and it connects again', async () => {
    const { url, connections } = await broker();
    expect(connections).toBe(0);
    const clock = new SystemClock();
    let mistakes = 1;
    vi.spyOn(clock, 'wall').mockImplementation(() => {
      if (mistakes-- > 0) throw new TypeError('x');
      return 0;
    });
    const told: unknown[] = [];
    const log = { ...silentLog, error: (event: string, fields: object) => void told.push({ event, ...fields }) };
    const { link: one } = link(url, {}, clock, log as unknown as Log);
    one.start();
    await eventually(() => one.connected).toBe(true);
    expect(told).toEqual([{ event: 'part restarts', part: 'broker link', waitMs: 1000, code: 'internal/unexpected' }]);
  });

  describe('where the version is its own to choose', () => {
    const versions = (packets: readonly Packet[]) =>
      packets.flatMap((packet) => (packet.cmd === 'connect' ? [packet.protocolVersion] : []));

    test.each([
      ['says 1, as brokers of MQTT 3.1.1 do', [0x20, 2, 0, 1]],
      ['says 132, as those of MQTT 5 do', [0x20, 3, 0, 0x84, 0]],
      ['closes without a word', []],
      ['answers what is no MQTT', [0xf0, 0, 0x12, 0x03, 0xff, 0xff, 0xff, 0xff]],
    ])('speaks 3.1.1 at once to a broker that takes nothing else and %s', async (_, bytes) => {
      const old = await broker((packet, send, socket) => {
        if (packet.cmd === 'connect' && packet.protocolVersion === 5) socket.end(Buffer.from(bytes));
        else polite(packet, send, socket);
      });
      const clock = new FakeClock();
      const { link: one, witness } = link(old.url, { protocolVersion: 'auto' }, clock);
      const failed: string[] = [];
      one.listen({ connected() {}, disconnected() {}, failed: ({ code }) => failed.push(code) });
      one.start();
      await eventually(() => witness.events).toEqual(['connected']);
      expect(versions(old.packets)).toEqual([5, 4]);
      expect(one.status().terms).toMatchObject({ version: 4, retained: true });
      expect(failed).toEqual([]);
    });

    test('says 5 to a broker that can, and again once what it found out is old', async () => {
      let old = true;
      const { url, packets, sockets } = await broker((packet, send, socket) => {
        if (old && packet.cmd === 'connect' && packet.protocolVersion === 5) socket.destroy();
        else polite(packet, send, socket);
      });
      const clock = new FakeClock();
      const { link: one, witness } = link(url, { protocolVersion: 'auto' }, clock);
      one.start();
      await eventually(() => witness.events.length).toBe(1);
      old = false;
      await clock.advance(3_600_000);
      for (const socket of sockets) socket.destroy();
      await eventually(() => witness.events.length).toBe(2);
      await settle();
      await clock.advance(1000);
      await eventually(() => witness.events.length).toBe(3);
      expect(versions(packets)).toEqual([5, 4, 5]);
    });

    test('keeps to 5 where that is what the config says', async () => {
      const old = await broker((_, __, socket) => socket.destroy());
      const { link: one } = link(old.url, { protocolVersion: 5 });
      one.start();
      await eventually(() => old.packets.length).toBeGreaterThan(5);
      expect(new Set(versions(old.packets))).toEqual(new Set([5]));
    });
  });

  test('publishes without the retain flag where the broker hangs up over it, and comes back soon', async () => {
    const strict = await broker((packet, send, socket) => {
      if (packet.cmd === 'publish' && packet.retain) socket.destroy();
      else polite(packet, send, socket);
    });
    const { link: one } = link(strict.url, { protocolVersion: 4, reconnectMaxMs: 60_000 });
    one.start();
    await eventually(() => one.status().terms?.retained).toBe(false);
    await one.publish({ ...message('a'), retain: true }, never);
    expect(strict.packets.at(-1)).toMatchObject({ cmd: 'publish', retain: false });
    // once to see that something is wrong, three times to be sure
    expect(strict.connections).toBe(5);
    expect(one.status()).toMatchObject({ lastFault: { code: 'link/no-retain' }, takeovers: 0 });
  });

  test('a broker that says in its goodbye that it keeps nothing is believed at once', async () => {
    const strict = await broker((packet, send, socket) => {
      if (packet.cmd === 'publish' && packet.retain) send({ cmd: 'disconnect', reasonCode: 154 });
      else polite(packet, send, socket);
    });
    const { link: one } = link(strict.url);
    one.start();
    await eventually(() => one.status().terms?.retained).toBe(false);
    expect(strict.connections).toBe(2);
  });

  test('never blames a message for a broker that hangs up over the subscriptions', async () => {
    const kicking = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe') socket.destroy();
    });
    const { link: one } = link(kicking.url, { protocolVersion: 4 });
    one.start();
    await eventually(() => kicking.connections).toBeGreaterThan(12);
    expect(one.status()).toMatchObject({ takeovers: expect.any(Number), tooLarge: 0 });
    expect(kicking.packets.every((packet) => packet.cmd !== 'publish' || packet.retain)).toBe(true);
  });

  test('counts the topics that the broker denies, until it takes them or the connection is another', async () => {
    const denied = new Set(['a', 'b']);
    const strict = await broker((packet, send, socket) => {
      if (packet.cmd === 'publish' && denied.has(packet.topic)) {
        send({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 135 });
      } else polite(packet, send, socket);
    });
    const { link: one, witness } = link(strict.url);
    one.start();
    await eventually(() => one.connected).toBe(true);
    for (const topic of ['a', 'a', 'b', 'c']) await one.publish(message(topic), never).catch(() => {});
    expect(one.status().denied).toBe(2);
    denied.delete('a');
    await one.publish(message('a'), never);
    expect(one.status().denied).toBe(1);
    for (const socket of strict.sockets) socket.destroy();
    await eventually(() => witness.events).toEqual(['connected', 'link/lost', 'connected']);
    expect(one.status().denied).toBe(0);
  });

  test('waits longer and longer for a broker that accepts and kicks', async () => {
    const kicking = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe') socket.destroy();
    });
    const clock = new FakeClock();
    const { link: one, witness } = link(kicking.url, { reconnectMinMs: 1000, reconnectMaxMs: 60_000 }, clock);
    one.start();
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await eventually(() => witness.events.length).toBe(2 * (round + 1));
      await settle();
      const wait = (clock.nextAt ?? 0) - clock.now();
      waits.push(wait);
      await clock.advance(wait);
    }
    // named the second time, and as slow as with a twin from then on
    expect(waits).toEqual([10_500, 30_500, 30_500, 30_500, 30_500]);
    expect(one.status()).toMatchObject({ fault: { code: 'link/kicked' }, takeovers: 4 });
    // the publisher is told the fault itself, not the name for the log
    expect(new Set(witness.events)).toEqual(new Set(['connected', 'link/lost']));
  });

  test('another client of the same name makes it wait up to the longest', async () => {
    const other = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe') send({ cmd: 'disconnect', reasonCode: 142 });
    });
    const clock = new FakeClock();
    const { link: one, witness } = link(other.url, { reconnectMinMs: 1000, reconnectMaxMs: 60_000 }, clock);
    one.start();
    await eventually(() => witness.events).toEqual(['connected', 'link/taken-over']);
    await settle();
    expect((clock.nextAt ?? 0) - clock.now()).toBe(30_500);
    expect(one.status().fault?.code).toBe('link/taken-over');
  });

  test('a broker that says nothing to the greeting is given up in time', async () => {
    const mute = await broker(() => {});
    const clock = new FakeClock();
    const { link: one } = link(mute.url, { connectTimeoutMs: 2000 }, clock);
    one.start();
    await eventually(() => mute.packets.length).toBe(1);
    await clock.advance(2000);
    await eventually(() => one.status().fault?.code).toBe('link/timeout');
    await eventually(() => mute.sockets.size).toBe(0);
  });

  test('a broker that acknowledges nothing, though it answers pings, is given up', async () => {
    const forgetful = await broker((packet, send, socket) => {
      if (packet.cmd !== 'publish') polite(packet, send, socket);
    });
    const clock = new FakeClock();
    const { link: one, witness } = link(forgetful.url, {}, clock);
    one.start();
    await eventually(() => witness.events).toEqual(['connected']);
    const result = one.publish(message('a'), never).catch(({ code }) => code);
    await clock.advance(15_000);
    expect(one.connected).toBe(true);
    await clock.advance(10_000);
    expect(await result).toBe('link/timeout');
    expect(witness.events.slice(0, 2)).toEqual(['connected', 'link/timeout']);
  });

  test.each([
    ['no MQTT', [0xf0, 0x00, 0x12, 0x03, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['an answer of two megabytes', [0x90, 0x80, 0x80, 0x80, 0x01, 0x00]],
    ['a length without an end', [0x30, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('a broker that sends %s is left at once', async (_, bytes) => {
    const mad = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd === 'subscribe') socket.write(Buffer.from(bytes));
    });
    const { link: one, witness } = link(mad.url, { reconnectMinMs: 60_000, reconnectMaxMs: 60_000 });
    one.start();
    await eventually(() => witness.events).toEqual(['connected', 'link/protocol']);
    await eventually(() => mad.sockets.size).toBe(0);
  });

  test('hands nothing to MQTT.js while it is not connected, also not while it says goodbye', async () => {
    const { publish } = MqttClient.prototype;
    let atWrongTime = 0;
    const handed = vi.spyOn(MqttClient.prototype, 'publish').mockImplementation(function (this: MqttClient, ...args) {
      if (!this.connected || this.disconnecting) atWrongTime += 1;
      return publish.apply(this, args);
    });
    const { url } = await broker();
    const { link: one } = link(url);
    for (let count = 0; count < 1000; count += 1) {
      await expect(one.publish(message('a', count % 2 === 0 ? 0 : 1), never)).rejects.toMatchObject({
        code: 'link/not-connected',
      });
    }
    expect(handed).not.toHaveBeenCalled();
    one.start();
    await eventually(() => one.connected).toBe(true);
    await one.publish(message('a'), never);
    expect(handed).toHaveBeenCalledTimes(2);
    let stopped = false;
    const stopping = one.stop(never).then(() => {
      stopped = true;
    });
    while (!stopped) {
      await one.publish(message('a', 0), never).catch(() => {});
      await pause(0);
    }
    await stopping;
    expect(atWrongTime).toBe(0);
    await expect(one.publish(message('a'), never)).rejects.toMatchObject({ code: 'link/not-connected' });
  });

  test('a network that takes nothing loses what may be lost, and holds no more than its bound', async () => {
    const { url, sockets } = await broker((packet, send, socket) => {
      if (packet.cmd === 'connect') polite(packet, send, socket);
      else socket.pause();
    });
    const { link: one } = link(url);
    one.start();
    await eventually(() => one.connected).toBe(true);
    const payload = 'x'.repeat(60_000);
    const codes = new Set<string>();
    for (let count = 0; count < 500; count += 1) {
      await one.publish(message('a', 0, payload), never).catch(({ code }) => codes.add(code));
      await pause(0);
    }
    expect([...codes]).toEqual(['link/congested']);
    for (const socket of sockets) socket.destroy();
  });

  test('keeps to what the broker says that it takes: so many at once, and no longer ones', async () => {
    let held = 0;
    let most = 0;
    const strict = await broker((packet, send, socket) => {
      if (packet.cmd === 'connect') {
        const properties = { receiveMaximum: 1, maximumPacketSize: 200 };
        send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties });
      } else if (packet.cmd === 'publish') {
        held += 1;
        most = Math.max(most, held);
        setImmediate(() => {
          held -= 1;
          polite(packet, send, socket);
        });
      } else polite(packet, send, socket);
    });
    const { link: one } = link(strict.url);
    one.start();
    await eventually(() => one.window).toBe(1);
    await Promise.all(Array.from({ length: 50 }, (_, count) => one.publish(message('a', 1, `${count}`), never)));
    expect(most).toBe(1);
    for (const qos of [0, 1] as const) {
      const long = one.publish(message('a', qos, 'x'.repeat(200)), never);
      await expect(long).rejects.toMatchObject({ code: 'link/too-large' });
    }
    expect(one.connected).toBe(true);
  });

  test('a broker that floods it neither starves its publishes nor fills its memory', async () => {
    const FLOOD = 50_000;
    const burst = Array.from({ length: 500 }, () => ({
      ...({ cmd: 'publish', qos: 0, dup: false, retain: false, topic: 'fieldward/gw/command/x' } as const),
      payload: 'y'.repeat(1000),
    }));
    const mad = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      if (packet.cmd !== 'subscribe') return;
      const pour = (rest: number) => {
        if (rest <= 0 || socket.destroyed) return;
        send(...burst);
        if (socket.writableNeedDrain) socket.once('drain', () => pour(rest - burst.length));
        else setImmediate(pour, rest - burst.length);
      };
      pour(FLOOD);
    });
    const { link: one } = link(mad.url);
    let heard = 0;
    const hear = () => {
      heard += 1;
    };
    one.subscribe('fieldward/gw/command/+', hear);
    one.start();
    await eventually(() => heard).toBeGreaterThan(0);
    const before = process.memoryUsage().rss;
    await one.publish(message('a'), never);
    expect(heard).toBeLessThan(FLOOD);
    await eventually(() => heard).toBe(FLOOD);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('stops when it is told to also while the broker does not answer, and twice', async () => {
    const mute = await broker((packet, send, socket) => {
      if (packet.cmd === 'connect') polite(packet, send, socket);
    });
    const { link: one, witness } = link(mute.url);
    one.start();
    await eventually(() => one.connected).toBe(true);
    const last = () => {
      const packet = mute.packets.filter(({ cmd }) => cmd === 'publish').at(-1);
      return packet?.cmd === 'publish' && String(packet.payload);
    };
    // by itself it would wait for the broker's answer
    const limit = new AbortController();
    const stopped = Promise.all([one.stop(limit.signal), one.stop(limit.signal)]);
    await eventually(last).toBe('offline');
    limit.abort();
    await stopped;
    expect(witness.events).toEqual(['connected', 'internal/cancelled']);
    await eventually(() => mute.sockets.size).toBe(0);
  });

  test('stops while it is connecting, and before it was started', async () => {
    const mute = await broker(() => {});
    const { link: one } = link(mute.url);
    one.start();
    await eventually(() => mute.packets.length).toBe(1);
    await one.stop(never);
    await eventually(() => mute.sockets.size).toBe(0);
    await link(mute.url).link.stop(never);
  });

  test('a listener that throws neither breaks the connection nor starves the next one', async () => {
    const { url } = await broker((packet, send, socket) => {
      polite(packet, send, socket);
      const command = {
        cmd: 'publish',
        qos: 0,
        dup: false,
        retain: false,
        topic: 'fieldward/gw/command/x',
        payload: 'y',
      } as const;
      if (packet.cmd === 'subscribe') send(command, command);
    });
    const { link: one, witness } = link(url);
    one.subscribe('fieldward/gw/command/+', () => {
      throw new Error('ours');
    });
    one.start();
    await eventually(() => witness.messages.length).toBe(2);
    expect(one.connected).toBe(true);
  });

  test('tells the log once what stays the same', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (event: string) => void warned.push(event) };
    const { link: one } = link('mqtt://127.0.0.1:1', {}, new SystemClock(), log);
    one.start();
    await pause(100);
    await one.stop(never);
    expect(warned).toEqual(['broker not connected']);
  });

  describe('with fallback brokers', () => {
    const nobody = 'mqtt://127.0.0.1:1';
    const words = (packets: readonly Packet[]) =>
      packets.flatMap((packet) =>
        packet.cmd === 'publish' && packet.topic === 'fieldward/gw/availability' ? [String(packet.payload)] : [],
      );

    test('tries them in order and says by number which one it is', async () => {
      const second = await broker();
      const { link: one } = link(nobody, { fallbackUrls: [nobody, second.url] });
      expect(one.status().broker).toBe(null);
      one.start();
      await eventually(() => one.status()).toMatchObject({
        connected: true,
        broker: 2,
        fault: null,
        lastFault: { code: 'link/unreachable' },
      });
    });

    test('tells the log once of each broker', async () => {
      const warned: unknown[] = [];
      const log = {
        ...silentLog,
        warn: (_: string, facts: object, fault: { code: string }) => void warned.push({ ...facts, code: fault.code }),
      };
      const refusing = await broker((_, send) => send({ cmd: 'connack', reasonCode: 134, sessionPresent: false }));
      const { link: one } = link(nobody, { fallbackUrls: [refusing.url] }, new SystemClock(), log as unknown as Log);
      one.start();
      await eventually(() => refusing.connections).toBeGreaterThan(3);
      await one.stop(never);
      expect(warned).toEqual([
        { broker: 0, code: 'link/unreachable' },
        { broker: 1, code: 'link/credentials' },
      ]);
    });

    test('goes back to the first: looks without a CONNECT, settles what is under way, says offline, and leaves', async () => {
      let greeted = false;
      const first = await broker((packet, send, socket) => {
        if (greeted) polite(packet, send, socket);
        else socket.destroy();
      });
      const held: (() => void)[] = [];
      const second = await broker((packet, send, socket) => {
        if (packet.cmd === 'publish' && packet.topic === 'a') held.push(() => polite(packet, send, socket));
        else polite(packet, send, socket);
      });
      const clock = new FakeClock();
      const { link: one, witness } = link(first.url, { fallbackUrls: [second.url], returnAfterMs: 10_000 }, clock);
      one.start();
      await eventually(() => clock.nextAt).toBeDefined();
      await eventually(() => {
        void clock.advance(1);
        return one.status().broker;
      }).toBe(1);
      await settle();
      const result = one.publish(message('a'), never).then(
        () => 'acknowledged',
        ({ code }) => code,
      );
      await eventually(() => held.length).toBe(1);
      greeted = true;
      const before = first.packets.length;
      second.packets.length = 0;
      const connects = first.connections;
      await clock.advance(10_000);
      await eventually(() => one.connected).toBe(false);
      expect([first.connections - connects, words(second.packets)]).toEqual([1, []]);
      for (const answer of held) answer();
      await eventually(() => one.status().broker).toBe(0);
      expect(await result).toBe('acknowledged');
      await eventually(() => words(second.packets)).toEqual(['offline']);
      await eventually(() => second.packets.at(-1)?.cmd).toBe('disconnect');
      await eventually(() => words(first.packets.slice(before))).toEqual(['online']);
      expect(first.packets.slice(before).filter(({ cmd }) => cmd === 'connect').length).toBe(1);
      // the look, and the connection
      expect(first.connections - connects).toBe(2);
      expect(witness.events).toEqual(['connected', 'link/returning', 'connected']);
      expect(one.status()).toMatchObject({ fault: null, lastFault: { code: 'link/lost' }, takeovers: 0 });
    });

    describe('where the first says what no broker may', () => {
      /** CONNACK of MQTT 5, 3.2.2: flags, reason, and the bytes of its properties. */
      const connack = (flags: number, ...properties: number[]): Script => {
        const body = [flags, 0, properties.length, ...properties];
        const bytes = Uint8Array.from([0x20, body.length, ...body]);
        return (packet, send, socket) => {
          if (packet.cmd === 'connect') socket.write(bytes);
          else polite(packet, send, socket);
        };
      };
      const named = (name: string) => [0x12, 0, name.length, ...Buffer.from(name)];

      test.each([
        ['a receive maximum of 0', connack(0, 0x21, 0, 0)],
        ['a receive maximum twice', connack(0, 0x21, 0, 5, 0x21, 0, 6)],
        ['a maximum QoS of 2', connack(0, 0x24, 2)],
        ['a maximum packet size of 0', connack(0, 0x27, 0, 0, 0, 0)],
        ['another name than ours', connack(0, ...named('auto-1'))],
        ['a session in spite of the clean start', connack(1)],
      ])('%s is a fault of the protocol, and the next one is taken', async (_, script) => {
        for (const protocolVersion of [5, 'auto'] as const) {
          const first = await broker(script);
          const second = await broker();
          const { link: one } = link(first.url, { protocolVersion, fallbackUrls: [second.url] });
          one.start();
          // on whichever: a link that takes the first after all is told so at once
          await eventually(() => one.status().connected).toBe(true);
          expect(one.status()).toMatchObject({ broker: 1, lastFault: { code: 'link/protocol' } });
          expect(first.packets.map(({ cmd }) => cmd)).toEqual(['connect']);
          await one.stop(never);
        }
      });

      test.each([
        ['as many topic aliases as there can be', connack(0, 0x22, 0xff, 0xff)],
        ['our own name', connack(0, ...named('gw'))],
        ['a keep alive of 0', connack(0, 0x13, 0, 0)],
        ['a keep alive of 18 hours', connack(0, 0x13, 0xff, 0xff)],
        ['a receive maximum of 1', connack(0, 0x21, 0, 1)],
      ])('%s is in order', async (_, script) => {
        const first = await broker(script);
        const { link: one } = link(first.url, { fallbackUrls: [(await broker()).url] });
        one.start();
        await eventually(() => one.status()).toMatchObject({ connected: true, broker: 0 });
        await one.publish(message('a'), never);
      });

      test.each([
        ['sooner, as the broker asks', [0, 1], 60_000],
        ['no later than it would by itself', [0xff, 0xff], 1000],
        ['by itself where the broker asks for none', [0, 0], 1000],
      ] as const)('it says that it is there %s', async (_, keepAlive, keepaliveMs) => {
        const first = await broker(connack(0, 0x13, ...keepAlive));
        const { link: one } = link(first.url, { keepaliveMs });
        one.start();
        await eventually(() => first.packets.some(({ cmd }) => cmd === 'pingreq')).toBe(true);
      });
    });

    describe('where the first takes only small packets', () => {
      const small =
        (maximumPacketSize: number): Script =>
        (packet, send, socket) => {
          if (packet.cmd !== 'connect') polite(packet, send, socket);
          else send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { maximumPacketSize } });
        };

      test('sends none that is larger, be it a message or the subscription', async () => {
        const first = await broker(small(20));
        const { link: one } = link(first.url);
        one.start();
        await eventually(() => one.connected).toBe(true);
        await expect(one.publish(message('a', 1, 'x'.repeat(20)), never)).rejects.toMatchObject({
          code: 'link/too-large',
        });
        expect(one.roomElsewhere(message('a', 1, 'x'.repeat(20)))).toBe(false);
        await one.publish(message('a'), never);
        expect(first.packets.map(({ cmd }) => cmd)).toEqual(['connect', 'publish']);
      });

      test('goes to the next one for a message that is worth it, and stays there', async () => {
        const first = await broker(small(20));
        const second = await broker();
        const { link: one, witness } = link(first.url, { fallbackUrls: [second.url] });
        const large = message('a', 1, 'x'.repeat(20));
        one.start();
        await eventually(() => one.status().broker).toBe(0);
        expect(one.roomElsewhere(large)).toBe(true);
        await eventually(() => one.status().broker).toBe(1);
        await one.publish(large, never);
        expect(witness.events).toEqual(['connected', 'link/too-large', 'connected']);
        expect(first.packets.at(-1)?.cmd).toBe('disconnect');
      });

      test('settles where it is when no other has room, and says so', async () => {
        const brokers = [await broker(small(20)), await broker(small(30))];
        const { link: one } = link(brokers[0]?.url ?? '', { fallbackUrls: [brokers[1]?.url ?? ''] });
        const large = message('a', 1, 'x'.repeat(40));
        one.start();
        await eventually(() => one.status().broker).toBe(0);
        expect(one.roomElsewhere(large)).toBe(true);
        await eventually(() => one.status().broker).toBe(1);
        expect(one.roomElsewhere(large)).toBe(false);
        expect(one.status()).toMatchObject({ broker: 1, connected: true });
      });
    });

    test('takes nothing new while it leaves, and waits no longer than a few seconds for the old', async () => {
      const first = await broker((_, __, socket) => void socket.destroy());
      const mute = await broker((packet, send, socket) => {
        if (packet.cmd !== 'publish') polite(packet, send, socket);
      });
      const clock = new FakeClock();
      const { link: one, witness } = link(first.url, { fallbackUrls: [mute.url], returnAfterMs: 4000 }, clock);
      one.start();
      await eventually(() => {
        void clock.advance(1);
        return one.status().broker;
      }).toBe(1);
      await clock.advance(4000);
      await eventually(() => one.connected).toBe(false);
      expect([one.window, witness.events]).toEqual([0, ['connected']]);
      await expect(one.publish(message('a'), never)).rejects.toMatchObject({ code: 'link/not-connected' });
      await clock.advance(5000);
      await clock.advance(5000);
      await eventually(() => witness.events.slice(0, 2)).toEqual(['connected', 'link/returning']);
      await eventually(() => mute.sockets.size).toBe(0);
    });

    test('stops in time while it leaves one', async () => {
      const first = await broker((_, __, socket) => void socket.destroy());
      const mute = await broker((packet, send, socket) => {
        if (packet.cmd !== 'publish') polite(packet, send, socket);
      });
      const clock = new FakeClock();
      const { link: one } = link(first.url, { fallbackUrls: [mute.url], returnAfterMs: 4000 }, clock);
      one.start();
      await eventually(() => {
        void clock.advance(1);
        return one.status().broker;
      }).toBe(1);
      await clock.advance(4000);
      await eventually(() => one.connected).toBe(false);
      await one.stop(AbortSignal.timeout(100));
      await eventually(() => mute.sockets.size).toBe(0);
      expect(clock.pending).toBe(0);
    });
  });
});

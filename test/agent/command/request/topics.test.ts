import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandTopics } from '../../../../agent/command/request/topics.ts';
import { bench } from '../bench.ts';

const topics = new CommandTopics('fieldward', 'gw');

describe('command topics', () => {
  it('are those of the gateway and of its devices', () => {
    expect(topics.filters).toEqual(['fieldward/gw/command/+', 'fieldward/gw/+/command/+']);
    expect(topics.parse('fieldward/gw/command/ping')).toEqual({ name: 'ping' });
    expect(topics.parse('fieldward/gw/meter-1/command/read')).toEqual({ device: 'meter-1', name: 'read' });
    expect(new CommandTopics('site/a', 'gw').parse('site/a/gw/command/ping')).toEqual({ name: 'ping' });
  });

  it.each([
    '',
    'fieldward/gw',
    'fieldward/gw/',
    'fieldward/gw/command',
    'fieldward/gw/command/',
    'fieldward/gw/command/ping/',
    'fieldward/gw/command/ping/reply',
    'fieldward/gw2/command/ping',
    'Fieldward/gw/command/ping',
    'fieldward/gw/meter-1/state/read',
    'fieldward/gw//command/read',
    'fieldward/gw/meter-1/command/read/reply',
    'fieldward/gw/command/+',
    'fieldward/gw/#/command/read',
    'fieldward/gw/command/a\nb',
    'fieldward/gw/command/\ud800',
    `fieldward/gw/command/${'x'.repeat(65)}`,
  ])('%j is none', (topic) => {
    expect(topics.parse(topic)).toBeNull();
  });

  it.each(['command', 'status', 'availability', 'reply'])(
    'no device is called %s: a reply of ours that comes back is no request',
    (name) => {
      expect(topics.parse(`fieldward/gw/${name}/command/reply`)).toBeNull();
    },
  );

  it('never takes its own replies for requests, on either topic', async () => {
    const { envelope, send, link, commands } = await bench();
    for (const message of await send('command/command', envelope(), {
      responseTopic: 'fieldward/gw/reply/command/x',
    })) {
      link.deliver({ topic: message.topic, payload: new TextEncoder().encode(message.payload) });
    }
    expect(link.published).toHaveLength(2);
    expect(commands.snapshot()).toMatchObject({ refused: 1, ignored: 2 });
  });
});

describe('the response topic', () => {
  it('is served below the gateway’s own reply prefix, with the correlation data, beside the usual reply', async () => {
    const { envelope, send } = await bench();
    const correlationData = new Uint8Array([1, 2, 255]);
    const responseTopic = 'fieldward/gw/reply/operator-7/a';
    const pending = send('command/ping', envelope(), { responseTopic, correlationData });
    correlationData.fill(0);
    const [usual, response] = await pending;
    expect(usual).toMatchObject({ topic: 'fieldward/gw/command/ping/reply', correlationData: undefined });
    expect(response).toMatchObject({ topic: responseTopic, payload: usual?.payload, qos: 1, retain: false });
    expect(response?.correlationData).toEqual(new Uint8Array([1, 2, 255]));
  });

  it.each([
    'fieldward/gw/reply/',
    'fieldward/gw/reply',
    'fieldward/gw/replyx/a',
    'fieldward/gw2/reply/a',
    'fieldward/gw/meter-1/command/write',
    'fieldward/gw/status',
    'fieldward/gw/reply/+',
    'fieldward/gw/reply/#',
    'fieldward/gw/reply/a//b',
    'fieldward/gw/reply/a/',
    'fieldward/gw/reply/a\0',
    'fieldward/gw/reply/a\u0085',
    'fieldward/gw/reply/\udc00',
    '/fieldward/gw/reply/a',
    '$SYS/fieldward/gw/reply/a',
    'homeassistant/switch/pump/config',
    `fieldward/gw/reply/${'a/'.repeat(128)}a`,
    `fieldward/gw/reply/${'a'.repeat(65)}`,
  ])('%j gets nothing; the usual reply goes out', async (responseTopic) => {
    expect(topics.isResponseTopic(responseTopic)).toBe(false);
    const { envelope, send } = await bench();
    const sent = await send('command/ping', envelope(), { responseTopic });
    expect(sent.map(({ topic }) => topic)).toEqual(['fieldward/gw/command/ping/reply']);
  });

  it('gets nothing where the correlation data is too long to be returned whole', async () => {
    const { envelope, send } = await bench();
    const responseTopic = 'fieldward/gw/reply/a';
    expect(
      await send('command/ping', envelope(), { responseTopic, correlationData: new Uint8Array(257) }),
    ).toHaveLength(1);
    expect(
      await send('command/ping', envelope(), { responseTopic, correlationData: new Uint8Array(256) }),
    ).toHaveLength(2);
  });

  it('never lies outside the prefix, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), (text, under) => {
        const topic = under ? `fieldward/gw/reply/${text}` : text;
        if (!topics.isResponseTopic(topic)) return;
        expect(topic.startsWith('fieldward/gw/reply/')).toBe(true);
        expect(topic).not.toMatch(/[+#\0]/);
      }),
    );
  });
});

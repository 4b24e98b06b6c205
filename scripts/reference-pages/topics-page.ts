import type { ClockState } from '../../agent/clock/clock.ts';
import { LOCKOUT_FILE } from '../../agent/command/lockout.ts';
import { CommandTopics } from '../../agent/command/request/topics.ts';
import { stateText, withBackfill } from '../../agent/convention/fieldward.ts';
import { metaText } from '../../agent/convention/meta.ts';
import { NODE_METRIC } from '../../agent/convention/sparkplug/edge-node.ts';
import { ASKED_AGAIN_AFTER } from '../../agent/device/identity/asking.ts';
import type { Health } from '../../agent/device/snapshot.ts';
import { DELIVERY, Topics } from '../../agent/link/topics.ts';
import { LOOK_EVERY, PUBLISH_EVERY } from '../../agent/status/publisher.ts';
import { statusJsonSchema } from '../../agent/status/schema.ts';
import { LIVE_WAIT } from '../../agent/telemetry/forwarder/live.ts';
import { SETTLING, TOLD_EVERY } from '../../agent/telemetry/identity-news.ts';
import type { Quality } from '../../agent/telemetry/quality.ts';
import { badReadingText, readingText } from '../../agent/telemetry/reading.ts';
import { PERIOD } from '../../agent/telemetry/states.ts';
import { commandBlocks } from './commands.ts';
import { consumerBlocks } from './consumers.ts';
import { formsOf, type Json, kindOf } from './json-schema.ts';
import { code, fence, list, page, paragraph, plain, table } from './markdown.ts';

/** Stands on the page for `fieldward/plant7-gw01`: the prefix and the gateway of the config. */
const ROOT = 'P';
const topics = new Topics('P', 'gateway');
const commandTopics = new CommandTopics('P', 'gateway');

/** The compiler asks for each kind of message that the agent publishes. */
const PUBLISHED: Readonly<Record<keyof typeof DELIVERY, { readonly topic: string; readonly words: string }>> = {
  availability: {
    topic: topics.availability,
    words: '`online` or `offline`: the gateway, `offline` also by its will',
  },
  status: {
    topic: topics.status,
    words: `the [status](#status): on change, at most every ${seconds(LOOK_EVERY)}, and every ${seconds(PUBLISH_EVERY)}`,
  },
  deviceAvailability: {
    topic: topics.deviceAvailability('DEVICE'),
    words: '`online` or `offline`: the device, on change and after each connect; `offline` until this run has heard it',
  },
  state: {
    topic: topics.state('DEVICE'),
    words: `the [newest values](#state), at most every ${seconds(PERIOD)}`,
  },
  value: {
    topic: topics.value('DEVICE', 'POINT'),
    words: 'where `mqtt.values` is true: the value that the [state](#state) has for the point, [plain](#plain-values)',
  },
  identity: {
    topic: topics.identity('DEVICE'),
    words: 'what is known of [the device itself](#identity), after each connect',
  },
  meta: {
    topic: topics.meta('DEVICE'),
    words: 'where `mqtt.meta`: [what its points mean](#meta), after each connect',
  },
  readings: {
    topic: topics.readings('DEVICE'),
    words: 'every [reading](#readings), through the outbox, at least once, [in order](#order)',
  },
  reply: { topic: commandTopics.replyTo('REQUEST'), words: 'a [reply](#replies)' },
};

const QUALITIES: Readonly<Record<Quality, string>> = {
  good: 'as the device gave them',
  uncertain: 'a value is out of its point’s `min` to `max`',
  bad: 'nothing could be read: `values` is absent, `fault` holds a [code](../drivers/FAULTS.md)',
};

const CLOCKS: Readonly<Record<ClockState, string>> = {
  synchronized: 'something keeps the clock right',
  unsynchronized: 'the clock was not set yet, or nothing keeps it right: `at` may be wrong',
  unknown: 'it can not be told; usually right',
};

const HEALTHS: Readonly<Record<Health, string>> = {
  starting: 'no verdict yet',
  online: 'it answers, or is heard',
  offline: 'it does not; it is probed or waited for',
  paused: 'by command',
  unloaded: 'its driver can not run; `fault` says why',
};

/** Words for each member of a reading or a state; a test asks for those of a member that is new. */
const MEMBERS: Readonly<Record<string, string>> = {
  seq: 'grows by one for every reading of the gateway, also across restarts: a gap is a loss, a repeat a duplicate',
  boot: 'made anew at each start of the agent',
  at: 'when it was read, in a state the newest of its values: ISO 8601, UTC, with milliseconds',
  ts: '`at` in milliseconds since 1970',
  clock: 'whether `at` can be believed, see below',
  quality: 'see below',
  values: 'point → value: a number, `true`, `false`, a text, or `null` where the device says that it does not know',
  maker: 'who made the device',
  model: 'its model, or the models that its profile fits',
  serial: 'its serial number',
  firmware: 'the version of its program',
  label: 'a name for people',
  driver: 'the name of its driver',
  commands: 'commands that the gateway takes for it',
  points: 'point → what it means',
  fault: 'why there are no values: a code',
  backfill: 'whether it waited in the outbox while the broker was away, or did not allow the topic',
};

const WALL = Date.UTC(2026, 10, 23, 10, 15, 2, 113);
const STAMP = { boot: '6f1c0d52', wall: WALL, clock: 'synchronized' } as const;
const VALUES = '"voltage-l1":230.1,"relay":true';

/** The agent's own texts of a reading, a failed one, and a state. */
const EXAMPLES = {
  good: withBackfill(readingText({ seq: 18_231, ...STAMP }, 'good', VALUES), false),
  bad: withBackfill(badReadingText({ seq: 18_232, ...STAMP }, 'device/silent'), true),
  state: stateText({ wall: WALL, members: VALUES }),
} as const;

const IDENTITY = '{"maker":"Eastron","model":"SDM630","serial":"21104711","firmware":"1.8"}';

/** The agent's own text of a device. */
const META = metaText({
  label: 'Pump, hall 3',
  driver: 'modbus-rtu',
  commands: ['read', 'write'],
  points: [
    { name: 'voltage-l1', type: 'number', label: 'Voltage L1', unit: 'V', quantity: 'voltage', writable: false },
    {
      name: 'level',
      type: 'number',
      label: 'Level',
      unit: '%',
      min: 0,
      max: 100,
      step: 5,
      writable: true,
      confirm: 'select',
    },
  ],
});

const POINT_MEMBERS: Readonly<Record<string, string>> = {
  type: '`number`, `boolean` or `text`',
  label: 'a name for people; absent: made from the name',
  unit: 'of the value; absent: none, or not known',
  quantity: 'what a number measures; absent: not certain',
  counts: '`total` or `total-increasing`; absent: a present value',
  min: 'below it a reading is `uncertain`, and a write is refused',
  max: 'above it the same',
  write: 'absent: nobody can write it. Writes may have to be signed all the same',
  'write.step': 'a write is a whole number of steps from `min`, or from 0',
  'write.oneOf': 'the values that can be written',
  'write.confirm': '`select`: it is written by `select` and then `operate`',
};

/** `agent/TOPICS.md`. Pure. */
export function topicsPage(): string {
  const [gatewayCommands = '', deviceCommands = ''] = commandTopics.filters;
  return page(
    '# Topics and payloads',
    paragraph(
      `Made from the code by \`./scripts/reference\`: do not edit it. ${code(ROOT)} stands for \`mqtt.topicPrefix\`, a slash and the gateway’s name, as in \`fieldward/plant7-gw01\`; \`DEVICE\` for the id of a device. Payloads are UTF-8 JSON, but for availability, which is one plain word. Read what you know and pass over the rest: a later version may add members.`,
    ),
    '## Topics',
    table(
      ['published', 'QoS', 'retained', 'payload'],
      Object.entries(PUBLISHED).map(([key, { topic, words }]) => {
        const { qos, retain } = DELIVERY[key as keyof typeof DELIVERY];
        return [code(short(topic)), String(qos), retain ? 'yes' : 'no', words];
      }),
    ),
    table(
      ['subscribed', 'what comes'],
      [
        [code(short(gatewayCommands)), 'a [request](#requests) to the gateway'],
        [code(short(deviceCommands)), 'a [request](#requests) to a device'],
      ],
    ),
    '## Readings',
    fence('json', `${EXAMPLES.good}\n${EXAMPLES.bad}`),
    members(EXAMPLES.good, EXAMPLES.bad),
    table(['quality', 'what it means'], entries(QUALITIES)),
    table(['clock', 'what it means'], entries(CLOCKS)),
    '### Order',
    paragraph(
      `Readings that waited come first, in order and with \`backfill\`. Where that takes longer than a ${seconds(LIVE_WAIT)}, live readings come beside them, in an order of their own. Of those that waited no more than \`outbox.backfillPerS\` come in a second. Readings whose topic the broker denies wait for themselves; those of other devices go on. A reading comes again, with its number, where the broker’s word for it was lost. That is after an outage or a restart, or when it allows a topic again. Where a broker has hung up on one reading that was alone on the way, smaller ones go before it for a while. So keep by \`seq\`, and take a number that is missing for lost only once \`backfill\` has ended.`,
    ),
    ...consumerBlocks(),
    '## State',
    paragraph(
      'Live only: what waited in the outbox changes no state. It holds the newest value of each point where that is good and fresh, else `null`. Fresh means not older than `staleAfterMs` or three of the point’s own periods, whichever is longer. A value that is out of its range is in the readings alone. When a value becomes too old the state is sent again, with the same `at`.',
    ),
    fence('json', EXAMPLES.state),
    members(EXAMPLES.state),
    '### Plain values',
    paragraph(
      `With \`mqtt.values: true\` each point has a retained topic ${code(short(topics.value('DEVICE', 'POINT')))} besides: the value of the state as plain text, for programs that read no JSON. \`230.1\`, \`true\`, a text without quotes, and \`null\` where the state has that. It is sent when it changes, at most every ${seconds(PERIOD)}, and all of them after each connect. An empty text is an empty message, which the broker does not keep.`,
    ),
    '## Identity',
    paragraph(
      `The device’s own words; where it has none, the text of the config (\`identity\`), and then that of the profile. The sort of a meter (M-Bus) stands for a model that nobody knows. A device is heard in its answers and frames. Some protocols have a question for it (Modbus function 43 / 14, SDI-12 \`aI!\`). It is asked once after the first good reading, and again when the device comes back from offline. It is asked at most every ${seconds(ASKED_AGAIN_AFTER)}, and never again once it has refused. That takes only time in which nobody else is due, or that the device’s own poll has not used; \`identity: { ask: false }\` turns it off. A maker’s three letters become its name where that is certain. It is sent after each connect, and ${seconds(SETTLING)} after it has changed, at most every ${seconds(TOLD_EVERY)}. Unknown members are absent; of a device of which nothing is known it is \`{}\`.`,
    ),
    fence('json', IDENTITY),
    members(IDENTITY),
    '## Meta',
    paragraph(
      'A client finds here how to show the values of a device and how to ask for a write. The text follows from the config and the profile, so it stays the same until the next start. It is sent after each connect, where the config says `mqtt: { meta: true }`.',
    ),
    fence('json', META),
    members(META),
    table(['member of a point', 'what it is'], entries(POINT_MEMBERS)),
    '## Home Assistant',
    paragraph(
      'With `homeAssistant: {}` in the config the gateway tells Home Assistant of itself and its devices (MQTT discovery). There is one retained document each at `homeassistant/device/GATEWAY_DEVICE/config` and `homeassistant/device/GATEWAY/config`. They are sent after each connect, and when Home Assistant says `online` on `homeassistant/status`. Then availability, states and status are sent again. Its entities read `P/DEVICE/state`. A point that can be written is a switch, a number or a select. It sends a [request](#requests) with an id and an end. There are none where writes must be signed. Anything that is no longer configured is taken out, also after a restart, where `outbox.directory` is set. `fieldward check` names each point that Home Assistant would refuse or warn of.',
    ),
    '## Sparkplug B',
    paragraph(
      'With `sparkplug: { groupId: Plant7 }` in the config the gateway is an edge node of Sparkplug B 3.0 too. It has a connection of its own under the client id `GATEWAY-sparkplug`. Its topics are `spBv1.0/GROUP/NBIRTH/NODE`, `NDATA`, `NDEATH`, and `DBIRTH`, `DDATA`, `DDEATH` with the device’s id behind. `NODE` is `edgeNodeId`, else the gateway’s name. It needs the right to publish there, and to read `NCMD`, `DCMD` and `STATE`.',
    ),
    table(
      ['metric', 'what it is'],
      [
        [code(NODE_METRIC.bdSeq), 'Int64, 0 to 255: one more with each connection, also after a restart'],
        [code(NODE_METRIC.rebirth), 'Boolean: write true by NCMD, and all births are sent again, at most every 5 s'],
        [code(NODE_METRIC.version), 'String: of the agent'],
        [code(NODE_METRIC.uptime), 'Int64: seconds since the start of the agent; told once a minute'],
        [code(NODE_METRIC.held), 'Int64: readings that wait; told once a minute'],
        [
          'a point, by its name',
          'Double for numbers, Boolean, or String; its properties are `engUnit`, `engLow`, `engHigh`, `quantity`, `counts`, `label`, `readOnly`, and `Quality`: 192 good, 0 out of its range or doubtful, 500 stale',
        ],
      ],
    ),
    list([
      'Births come once the broker has answered the subscriptions and, where `primaryHost` is set, that host’s `spBv1.0/STATE/HOST` says online. When it says offline the node says its death, leaves, and tries the next broker.',
      'Data tells changes. Readings that waited meanwhile stay in the outbox and come after the births as `is_historical`, each of them once. QoS 0 may still lose one at the end of a connection: what must not be lost is on `P/DEVICE/readings`.',
      'A point that can be written takes a DCMD of its name. It goes through every check of a [request](#requests), with the host as user in the journal. The value that was read back comes as data. Where writes must be signed no point can be written here.',
      'A device that is offline is dead (`DDEATH`), and is born anew when it answers. A device whose driver can not run is never born.',
      'With `aliases: true` data names metrics by the numbers of the births.',
    ]),
    '## Status',
    paragraph(
      'This list is all that can be in it. `BUS` and `DEVICE` stand for ids; counters run since the start of the agent. A `fault` is `null` or has a `code` and a `message` of [the fault table](../drivers/FAULTS.md).',
    ),
    table(['member', 'type', 'what it is'], statusRows(statusJsonSchema() as Json, '')),
    table(['health', 'what it means'], entries(HEALTHS)),
    ...commandBlocks(short(commandTopics.replyTo(`${topics.root}/…`)), `${ROOT}/reply/`, LOCKOUT_FILE),
  );
}

function short(topic: string): string {
  return topic.replace(topics.root, ROOT);
}

function seconds(milliseconds: number): string {
  return milliseconds === 1000 ? 'second' : `${milliseconds / 1000} s`;
}

function entries(words: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(words).map(([key, value]) => [code(key), value]);
}

/** One row for each member that one of the examples has. */
function members(...examples: readonly string[]): string {
  const names = new Set(examples.flatMap((text) => Object.keys(JSON.parse(text))));
  return table(
    ['member', 'what it is'],
    [...names].map((name) => [code(name), MEMBERS[name] ?? '']),
  );
}

function statusRows(schema: Json, path: string): readonly (readonly string[])[] {
  const found = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const place = path === '' ? key : `${path}.${key}`;
    if (key === 'fault') return [[code(place), 'fault', value.description ?? '']];
    const inner = value.additionalProperties;
    if (inner) return statusRows(inner, `${place}.${key === 'buses' ? 'BUS' : 'DEVICE'}`);
    if (value.properties !== undefined) return statusRows(value, place);
    const words = value.description ?? formsOf(value).find(({ description }) => description)?.description ?? '';
    return [[code(place), kindOf(value), plain(words)]];
  });
  return found;
}

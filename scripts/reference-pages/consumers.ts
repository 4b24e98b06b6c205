import { list, paragraph, table } from './markdown.ts';

/** Messages that may come more than once, and the mark by which a repeat is known. */
const AGAIN: readonly (readonly [message: string, again: string, known: string])[] = [
  [
    '`readings`',
    'when the broker’s word was lost: after an outage, a restart, a change of its access list',
    'the same `seq` and `boot`; `backfill` may be `true` the second time',
  ],
  [
    '`state`, `values/POINT`',
    'after each connect, and when a value has become too old',
    'nothing to do: the newest counts',
  ],
  ['`availability`, `identity`, `status`', 'after each connect', 'nothing to do: the newest counts'],
  ['replies', 'when the same request comes again', 'the `id`'],
];

/** How a program puts readings in order. Pure. */
export function consumerBlocks(): readonly string[] {
  return [
    '### Order at a consumer',
    paragraph(
      'A reading is known by its gateway and its `seq`. All devices of a gateway share the numbers, so put readings in order by gateway, never by device.',
    ),
    table(['message', 'comes again', 'how to know it'], AGAIN),
    list([
      '**A database needs no order.** Make (gateway, `seq`, `boot`) its key and write a repeat over itself. Order by `seq`, or by `ts`, when you read.',
      '**A program that needs order** keeps the last number of each gateway. The next number is handed on. A lower one is a repeat, unless it was missing. A higher one is put aside until the numbers between have come.',
      '**A gap** means one of three. The reading is still on its way: readings that waited come beside live ones, and readings whose topic the broker denies wait for themselves. Or it is lost: `outbox.dropped`, `outbox.damaged` and `outbox.refused` of the [status](#status) count why. Or there never was one: after a power cut numbers are left out, and `outbox.skipped` counts them.',
      '**Take a gap for a loss** when none of its numbers has come for a minute, and `outbox.held` of the status is 0. Hand the reading on all the same if it comes later.',
      '**`backfill: true`** means that the reading is old. Store it by its own `ts`; raise no alarm for it, and do not show it as the newest. It says nothing of order: live readings come between those that waited.',
      '**`boot`** changes with each start of the agent, and the numbers go on. Numbers may begin anew at 1 with another `boot` and a later `ts`. Then the gateway has lost its folder or has none (`outbox.directory`): forget the last number, and keep both readings.',
    ]),
    '### Shared subscriptions',
    paragraph(
      'With `$share/GROUP/P/DEVICE/readings` (MQTT 5) the broker gives each reading to one member of the group. Topics and payloads are the same. With wildcards: `$share/GROUP/fieldward/+/+/readings`.',
    ),
    list([
      '**QoS 1 keeps order on one connection, and there are several.** Two readings of a gateway go to two members, and the second member may be quicker. A reading that a member did not confirm before it died comes later, to itself or to another member.',
      '**So order must be made behind the members**: by the key of a database, or in a common place as [systemd/consumers/shared](../systemd/consumers/shared/README.md) does it. Or give each gateway to one member, by ordinary subscriptions such as `fieldward/plant7-gw01/+/readings`.',
      '**Confirm a reading only when it is stored.** Give each member a session that outlives it (session expiry, always the same client id): brokers keep for it what it had not confirmed. Some give it to others then, some drop it.',
      '**Share readings and nothing else.** The broker sends no retained message to a shared subscription, and of `state`, `availability` and `status` each member would see a part.',
    ]),
    paragraph(
      '`state` and `values/POINT` are for screens and control: the newest good value or `null`, kept by the broker, at once after you subscribe. They skip what comes between and have no `seq`. `readings` are for records and billing: each of them comes, and each repeat shows.',
    ),
  ];
}

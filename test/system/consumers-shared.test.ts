import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { type Program, startProgram } from '../../scripts/testbed/program.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';
import { CONSUMERS } from '../systemd/consumers/files.ts';

const PATIENT = { interval: 50 };

interface Handed {
  readonly gateway: string;
  readonly seq: number;
}

/** The file as it is shipped, as a process of its own. */
function memberOf(url: string, inbox: string, name: string, ...more: readonly string[]): Program {
  const file = join(CONSUMERS, 'shared/consumer.mjs');
  const words = [process.execPath, file, '--url', url, '--group', 'plant', '--name', name, '--inbox', inbox, ...more];
  const member = startProgram({ words: words as [string, ...string[]] });
  onTestFinished(async () => {
    member.signal('SIGKILL');
    await member.ended;
  });
  return member;
}

/** The output of a program, line by line; the last may be half a line. */
function lines<T>(text: string): readonly T[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const ready = (member: Program) => expect.poll(() => member.stderr, PATIENT).toContain('"ready"');
const numbers = (members: readonly Program[], gateway = 'shared') =>
  members.map((member) =>
    lines<Handed>(member.stdout)
      .filter((each) => each.gateway === gateway)
      .map(({ seq }) => seq),
  );

it('two members of a group hand on each gateway in order, and lose nothing when one is killed', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1-4' });
  const broker = await brokerFor({ lines: ['max_queued_messages 100000'] });
  const inbox = join(await temporaryFolder(), 'inbox');
  const [a, b] = [memberOf(broker.url, inbox, 'a'), memberOf(broker.url, inbox, 'b')];
  await Promise.all([ready(a), ready(b)]);
  const plant = await witnessOf(broker.url, 'fieldward/shared');
  const agent = await runAgent({
    gateway: 'shared',
    mqtt: { url: broker.url },
    buses: [
      rigBus(
        'line',
        rig.links[0] ?? '',
        [1, 2, 3, 4].map((unit) => rigDevice(unit)),
      ),
    ],
  });
  await expect.poll(() => numbers([a, b]).flat().length, PATIENT).toBeGreaterThan(100);

  // the one that hands on dies in the middle; as systemd does, it is started again under its name
  const [dying, other] = numbers([a]).flat().length > 0 ? [a, b] : [b, a];
  dying.signal('SIGKILL');
  await dying.ended;
  const killedAt = plant.allReadings().length;
  await expect.poll(() => plant.allReadings().length, PATIENT).toBeGreaterThan(killedAt + 100);
  const again = memberOf(broker.url, inbox, dying === a ? 'a' : 'b');
  await expect.poll(() => plant.allReadings().length, PATIENT).toBeGreaterThan(killedAt + 300);
  await agent.stop();
  const sent = plant.allReadings().map(({ seq }) => seq);
  const members = [dying, other, again];
  await expect.poll(() => new Set(numbers(members).flat()).size, PATIENT).toBe(new Set(sent).size);

  expect([...new Set(numbers(members).flat())].sort((x, y) => x - y)).toEqual(sent);
  // each hands on in order; one takes over from the other, and begins at what was not noted
  for (const each of numbers(members)) expect(each).toEqual([...each].sort((x, y) => x - y));
  const told = members.flatMap((member) => lines<{ what: string }>(member.stderr).map(({ what }) => what));
  expect(told.filter((what) => what !== 'ready' && what !== 'repeat')).toEqual([]);
  // both had their part of the work
  expect(plant.allReadings().length).toBeGreaterThan(400);
});

it('a member tells a gap, hands on what fills it later, leaves repeats out, and knows a gateway that was set up anew', async () => {
  const broker = await brokerFor();
  const inbox = join(await temporaryFolder(), 'inbox');
  const member = memberOf(broker.url, inbox, 'a', '--gap-ms', '1000');
  await ready(member);
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5 });
  onTestFinished(() => client.endAsync(true));
  const send = async (seq: number, boot = 'one', ts = seq) => {
    const reading = {
      seq,
      boot,
      at: new Date(ts).toISOString(),
      ts,
      clock: 'synchronized',
      quality: 'good',
      values: {},
    };
    await client.publishAsync('fieldward/gw/meter/readings', JSON.stringify(reading), { qos: 1 });
  };
  const handed = () => numbers([member], 'gw').flat();
  const told = () => lines<{ what: string; seq?: number }>(member.stderr).filter(({ what }) => what !== 'ready');

  for (const seq of [10, 12, 11, 14]) await send(seq);
  await client.publishAsync('fieldward/gw/meter/readings', '{"seq":1e99', { qos: 1 });
  await client.publishAsync('fieldward/gw/meter/readings', '{"seq":15,"boot":"../../x","ts":15}', { qos: 1 });
  await expect.poll(handed, PATIENT).toEqual([10, 11, 12, 14]);
  await send(13);
  await expect.poll(handed, PATIENT).toHaveLength(5);
  await send(14);
  await send(12);
  await send(4, 'before');
  await expect.poll(handed, PATIENT).toEqual([10, 11, 12, 14, 13, 4]);
  await send(11, 'two', 100);
  await send(12, 'two', 101);
  await expect.poll(handed, PATIENT).toEqual([10, 11, 12, 14, 13, 4, 11, 12]);
  await expect
    .poll(
      () =>
        told()
          .map(({ what, seq }) => (seq === undefined ? what : `${what} ${seq}`))
          .sort(),
      PATIENT,
    )
    .toEqual(['anew 11', 'gap', 'late 13', 'late 4', 'no reading', 'no reading', 'repeat 12', 'repeat 14']);
});

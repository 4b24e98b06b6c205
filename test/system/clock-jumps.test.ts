import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { fakeTime } from '../support/fake-time.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const HOUR = 3_600_000;
const PERIOD = 100;

it('keeps its intervals and its numbers while the clock jumps, and runs no command that is out of date by it', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const time = join(await temporaryFolder(), 'time');
  await writeFile(time, '+0');
  const agent = await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      commands: { enabled: true },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { pollMs: PERIOD })])],
    },
    { env: fakeTime(time) },
  );
  await witness.until('readings', () => witness.readings('unit-1').length > 5);
  const own = () => witness.messages.filter((each) => each.topic.endsWith('/unit-1/readings'));
  for (const [offset, refusal] of [
    [-HOUR, 'command/expires-too-late'],
    [+HOUR, 'command/expired'],
    [+24 * HOUR, 'command/expired'],
    [0, undefined],
  ] as const) {
    const from = own().length;
    await writeFile(time, `${offset < 0 ? '' : '+'}${offset / 1000}`);
    await witness.until('20 readings', () => own().length > from + 20);
    const times = own()
      .slice(from)
      .map((each) => each.at);
    const intervals = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...intervals)).toBeLessThan(PERIOD + 400);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan((times.length - 2) * PERIOD);
    const at = Date.parse(witness.readings('unit-1').at(-1)?.at ?? '');
    expect(Math.abs(at - Date.now() - offset)).toBeLessThan(10_000);
    const reply = await askOf(witness, 'command/ping');
    expect(reply.fault?.code).toBe(refusal);
  }
  const seqs = witness.readings('unit-1').map((each) => each.seq);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  expect(witness.latest('unit-1/availability')).toBe('online');
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});

import { expect, it, onTestFinished } from 'vitest';
import { openPty } from '../../scripts/sim/pty.ts';
import { brokerFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

/** The text of a device, and the published one; `undefined`: none. */
const SAID: readonly (readonly [said: Buffer, published: string | undefined])[] = [
  [Buffer.from('plain'), 'plain'],
  [Buffer.from('<0>emergency'), '<0>emergency'],
  [Buffer.from('\x1b[31mred\x1b[0m'), '[31mred[0m'],
  [Buffer.from('a\u0085b\u2028c\u202ed'), 'ab cd'],
  [Buffer.from('\0\x07nul'), 'nul'],
  [Buffer.from([0x78, 0xff, 0xfe, 0x79]), 'x\ufffd\ufffdy'],
  [Buffer.from('{"level":"error"}'), '{"level":"error"}'],
  [Buffer.from('first\n<0>second'), undefined],
  [Buffer.alloc(100_000, 'x'), undefined],
];

it('publishes the text of a device cleaned, and logs none of it', async () => {
  const pty = await openPty();
  onTestFinished(() => pty.close());
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    log: { level: 'debug' },
    buses: [
      {
        id: 'line',
        port: { path: pty.path, baudRate: 115_200 },
        devices: [{ id: 'scale', driver: 'lines', options: { template: ['N={count:number}', 'W={label:text};'] } }],
      },
    ],
  });
  await witness.until('open', () => witness.status()?.buses.line?.open === true);
  const newest = () => witness.readings('scale').findLast((each) => each.values !== undefined)?.values;
  for (const [index, [said, published]] of SAID.entries()) {
    await pty.write(Buffer.concat([Buffer.from('W='), said, Buffer.from(`;\r\nN=${index}\r\n`)]));
    await witness.until(`the line after text ${index}`, () => newest()?.count === index);
    const labels = witness.readings('scale').flatMap((each) => each.values?.label ?? []);
    if (published !== undefined) expect(labels.at(-1)).toBe(published);
    expect(labels).toHaveLength(SAID.slice(0, index + 1).filter(([, each]) => each !== undefined).length);
  }
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  for (const { text } of witness.messages) expect(text).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u);
  const lines = agent.stdout.trimEnd().split('\n');
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) });
  expect(agent.stdout).not.toMatch(/[^\x20-\x7e\n]|plain|emergency|second|xxx/);
});

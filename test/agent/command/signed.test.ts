import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { signRequest } from '../../../agent/command/signature/sign.ts';
import type { SigningKeyConfig } from '../../../config/config.ts';
import { newFolder } from '../../support/folder.ts';
import { bench, bytes } from './bench.ts';
import { newPair } from './signature/test-keys.ts';

const OPS = newPair();
const OTHER = newPair();

/** A gateway that takes writes only signed, and two keys. */
async function signedBench(limits: Partial<SigningKeyConfig> = {}) {
  const folder = await newFolder();
  const files = { ops: OPS, other: OTHER };
  for (const [id, pair] of Object.entries(files)) await writeFile(join(folder, `${id}.pem`), pair.publicKey);
  const keys = Object.keys(files).map((id) => ({ id, publicKeyFile: join(folder, `${id}.pem`), ...limits }));
  const scene = await bench({ signing: { required: ['write'], keys } });
  /** Signs for the meter's write, also with changes. */
  const sign = (request: object, more: object = {}, key = OPS, id = 'ops') =>
    signRequest(key.privateKey, id, {
      ...{ gateway: 'gw', device: 'meter-1', command: 'write' },
      ...(request as { id: string; expiresAt: string }),
      ...more,
    });
  const write = async (payload: unknown, path = 'meter-1/command/write') => {
    const before = scene.link.published.length;
    const { executed, refused, repeated } = scene.commands.snapshot();
    const seen = () => {
      const now = scene.commands.snapshot();
      return now.executed + now.refused + now.repeated > executed + refused + repeated;
    };
    scene.deliver(path, payload);
    await vi.waitUntil(seen, { interval: 1 });
    await vi.waitUntil(() => scene.link.published.length > before, { interval: 1 });
    return JSON.parse(scene.link.published.at(-1)?.payload ?? '');
  };
  return { ...scene, sign, write };
}

describe('a gateway that takes writes only signed', () => {
  it('takes them signed, and notes whose signature it was', async () => {
    const { sign, write, envelope, meter, audited } = await signedBench();
    const reply = await write(await sign(envelope({ relay: true })));
    expect(reply).toMatchObject({ id: 'id-1', outcome: 'applied' });
    expect(meter.calls).toEqual(['write']);
    expect(audited).toEqual([
      {
        ...{ event: 'command', id: 'id-1', command: 'write', device: 'meter-1', user: undefined, key: 'ops' },
        ...{ args: { relay: true }, outcome: 'applied', code: undefined },
      },
    ]);
  });

  it('refuses them unsigned, also as select and operate, and takes what need not be signed', async () => {
    const { send, envelope, meter } = await signedBench();
    for (const command of ['write', 'select', 'operate']) {
      const [answer] = await send(`meter-1/command/${command}`, envelope({ relay: true }));
      expect(answer?.reply).toMatchObject({ outcome: 'refused', fault: { code: 'command/unsigned' } });
    }
    const [answer] = await send('meter-1/command/read', envelope());
    expect(answer?.reply).toMatchObject({ outcome: 'done' });
    expect(meter.calls).toEqual(['read']);
  });

  it.each([
    ['for another gateway', { gateway: 'gw-2' }, undefined],
    ['for another device', { device: 'pump-1' }, undefined],
    ['for the gateway itself', { device: undefined }, undefined],
    ['for another command', { command: 'read' }, undefined],
    ['for this one, but sent to another device', {}, 'pump-1/command/write'],
    ['for this one, but sent as another command', {}, 'meter-1/command/operate'],
  ])('refuses what was signed %s', async (_what, more, path) => {
    const { sign, write, envelope, meter, pump } = await signedBench();
    const reply = await write(await sign(envelope({ relay: true }), more), path);
    expect(reply).toMatchObject({ id: 'id-1', outcome: 'refused', fault: { code: 'command/signature' } });
    expect([...meter.calls, ...pump.calls]).toEqual([]);
  });

  it('refuses what was altered, or signed by a key that is not the named one, and lets the true one through after it', async () => {
    const { sign, write, envelope, meter, audited } = await signedBench();
    const request = envelope({ relay: true });
    const token = await sign(request);
    const [header, , signature] = token.split('.');
    const content = { gateway: 'gw', device: 'meter-1', command: 'write', ...request, args: { relay: false } };
    const forged = `${header}.${Buffer.from(JSON.stringify(content)).toString('base64url')}.${signature}`;
    for (const bad of [forged, await sign(request, {}, OTHER, 'ops')]) {
      expect(await write(bad)).toMatchObject({ id: request.id, fault: { code: 'command/signature' } });
    }
    expect(meter.calls).toEqual([]);
    expect(await write(token)).toMatchObject({ outcome: 'applied' });
    expect(audited.map(({ code }) => code)).toEqual(['command/signature', 'command/signature', undefined]);
  });

  it('executes a signed request once, though others send it again', async () => {
    const { sign, write, envelope, meter } = await signedBench();
    const token = await sign(envelope({ relay: true }));
    const first = await write(token);
    expect(await write(token)).toEqual(first);
    expect(meter.calls).toEqual(['write']);
  });

  it('lets nobody use up the id of a signed request by an unsigned one', async () => {
    const { sign, write, send, envelope, meter } = await signedBench();
    const request = envelope({ relay: true });
    await send('command/ping', { ...request, args: {} });
    await send('meter-1/command/write', request);
    expect(await write(await sign(request))).toMatchObject({ outcome: 'applied' });
    expect(meter.calls).toEqual(['write']);
  });

  it('holds a key to its limits', async () => {
    const { sign, write, envelope, meter } = await signedBench({ points: ['setpoint'] });
    const refused = await write(await sign(envelope({ relay: true })));
    expect(refused).toMatchObject({ outcome: 'refused', fault: { code: 'command/key' } });
    expect(meter.calls).toEqual([]);
  });

  it('refuses signed requests that have expired', async () => {
    const { sign, write, envelope, clock } = await signedBench();
    const token = await sign(envelope({ relay: true }));
    await clock.advance(10_001);
    expect(await write(token)).toMatchObject({ fault: { code: 'command/expired' } });
  });

  it('verifies so many signatures in a second, counts the others, and stops in the middle of them', async () => {
    const { sign, deliver, envelope, commands } = await signedBench();
    const token = bytes(await sign(envelope({ relay: true })));
    for (let count = 0; count < 200; count += 1) deliver('meter-1/command/write', token);
    expect(commands.snapshot().unanswered).toBeGreaterThanOrEqual(120);
    await commands.stop(new AbortController().signal);
    expect(commands.snapshot().running).toBe(0);
  });
});

describe('commands with a folder', () => {
  it('refuse what changes something while it can not be recorded, and go on with what does not', async () => {
    const directory = join(await newFolder(), 'state');
    const { deliver, envelope, meter, commands } = await bench({ directory });
    await rm(join(directory, 'ledger'), { recursive: true });
    // no folder can be made where a file is
    await writeFile(join(directory, 'ledger'), '');
    const outcome = async (path: string, args?: unknown) => {
      deliver(path, envelope(args));
      await vi.waitUntil(() => commands.snapshot().running === 0, { interval: 5 });
    };
    await outcome('meter-1/command/write', { relay: true });
    await outcome('meter-1/command/read');
    expect(meter.calls).toEqual(['read']);
    expect(commands.snapshot()).toMatchObject({ durable: false, executed: 2 });
    await commands.stop(new AbortController().signal);
  });

  it('answer after a restart what was executed before it, and execute it never again', async () => {
    const directory = join(await newFolder(), 'state');
    const first = await bench({ directory });
    const request = first.envelope({ relay: true });
    first.deliver('meter-1/command/write', request);
    await vi.waitUntil(() => first.link.published.length === 1, { interval: 5 });
    expect(first.commands.snapshot().durable).toBe(true);
    await first.commands.stop(new AbortController().signal);
    const second = await bench({ directory });
    const [answer] = await second.send('meter-1/command/write', request);
    expect(answer?.reply).toEqual(JSON.parse(first.link.published[0]?.payload ?? ''));
    expect(second.meter.calls).toEqual([]);
    await second.commands.stop(new AbortController().signal);
  });
});

it('an unsynchronized clock refuses commands unless the config says that they are taken all the same', async () => {
  for (const [requireClock, outcome] of [
    [true, 'refused'],
    [false, 'applied'],
  ] as const) {
    const { send, envelope, state } = await bench({ requireClock });
    state.clock = 'unsynchronized';
    const [answer] = await send('meter-1/command/write', envelope({ relay: true }));
    expect(answer?.reply).toMatchObject({ outcome });
  }
});

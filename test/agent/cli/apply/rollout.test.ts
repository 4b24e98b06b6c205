import { chmod, chown, link, lstat, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { readMarker, writeMarker } from '../../../../agent/lifecycle/trial-marker.ts';
import { removeFolders } from '../../../support/folder.ts';
import { randomForTest } from '../../../support/seed.ts';
import { CONFIRM_MS, hashed, NEW, OLD, RolloutScene } from './rollout-scene.ts';

afterAll(removeFolders);

const isRoot = process.getuid?.() === 0;

describe('a new config', () => {
  it('comes into place when all is well again, with the old one beside it', async () => {
    const scene = await RolloutScene.open();
    expect(await scene.apply(NEW)).toEqual({ kind: 'kept', hash: hashed(NEW).hash, gone: [] });
    expect(await scene.inPlace()).toBe(NEW);
    expect(await readFile(scene.place.previous, 'utf8')).toBe(OLD);
    expect(scene.agent.running).toBe(NEW);
    expect(await readMarker(scene.state)).toBeUndefined();
    await expect(lstat(scene.place.trial)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await lstat(scene.file)).mode & 0o777).toBe(0o640);
    // and so it stays
    await scene.agent.timeUp(scene.clock);
    expect(scene.agent.running).toBe(NEW);
    await scene.agent.start();
    expect(scene.agent.running).toBe(NEW);
  });

  it('is not in place while it is tried', async () => {
    const scene = await RolloutScene.open();
    const rollout = scene.rollout();
    await rollout.prepare(hashed(NEW));
    await rollout.set(CONFIRM_MS);
    await scene.agent.idle;
    expect(scene.agent.running).toBe(NEW);
    expect(await scene.inPlace()).toBe(OLD);
  });

  it('is refused before anybody is told of it', async () => {
    const scene = await RolloutScene.open();
    const outcome = await scene.apply('refused');
    expect(outcome).toMatchObject({ kind: 'refused', refused: { problems: [{ file: scene.place.trial }] } });
    expect(scene.agent.running).toBe(OLD);
    await expect(lstat(scene.place.trial)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['device lost', 'with the new config something was missing that was there before', /^device meter is offline/],
    ['broker lost', 'with the new config something was missing that was there before', /^the broker is away/],
    ['refused by the agent', 'the agent refused the new config', undefined],
    ['ends', 'the agent ended while it tried the new config', undefined],
  ])('goes back where it says: %s', async (text, why, lacking) => {
    const scene = await RolloutScene.open();
    const outcome = await scene.apply(text);
    expect(outcome).toMatchObject({ kind: 'back', why, isRunning: true });
    const told = outcome.kind === 'back' ? outcome.lacking : [];
    if (lacking === undefined) expect(told).toEqual([]);
    else expect(told).toEqual([expect.stringMatching(lacking)]);
    expect(await scene.inPlace()).toBe(OLD);
    expect(scene.agent.running).toBe(OLD);
  });

  it('need not bring what was not well before', async () => {
    const scene = await RolloutScene.open('old, device lost, broker lost');
    expect(await scene.apply('new, device lost, broker lost')).toMatchObject({ kind: 'kept' });
  });

  it('goes back when the command is stopped', async () => {
    const scene = await RolloutScene.open();
    scene.stopping.abort();
    expect(await scene.apply(NEW)).toMatchObject({ kind: 'back', why: 'the trial was ended by hand', isRunning: true });
    expect(scene.agent.running).toBe(OLD);
  });

  it('goes back where it can not be put in place', async () => {
    const scene = await RolloutScene.open();
    // a folder that is not empty is in the way of the old one's copy
    await mkdir(join(scene.place.previous, 'full'), { recursive: true });
    expect(await scene.apply(NEW)).toMatchObject({
      kind: 'back',
      lacking: [expect.stringMatching(/^the new config can not be put in place/)],
    });
    expect(await scene.inPlace()).toBe(OLD);
    expect(scene.agent.running).toBe(OLD);
  });

  it('stays out where the agent goes back by itself while it is being put in place', async () => {
    const scene = await RolloutScene.open();
    scene.after = async (step) => {
      if (step === 'previous written') await scene.agent.timeUp(scene.clock);
    };
    const why = 'nobody confirmed the new config in time';
    expect(await scene.apply(NEW)).toMatchObject({ kind: 'back', why, isRunning: true });
    expect([await scene.inPlace(), scene.agent.running]).toEqual([OLD, OLD]);
  });

  it('changes nothing where it is the one in place', async () => {
    const scene = await RolloutScene.open();
    expect(await scene.apply(OLD)).toEqual({ kind: 'unchanged', hash: hashed(OLD).hash });
    expect(scene.steps).not.toContain('marker set');
  });
});

describe('nothing is tried', () => {
  it('without an agent that tells how it is', async () => {
    const scene = await RolloutScene.open();
    await scene.agent.end();
    expect(await scene.apply(NEW)).toMatchObject({ kind: 'unavailable', why: expect.stringMatching(/^no agent/) });
    expect(await readMarker(scene.state)).toBeUndefined();
  });

  it('while the agent runs with another config than the one in place: nothing would be there to go back to', async () => {
    const scene = await RolloutScene.open();
    await writeFile(scene.file, 'refused');
    expect(await scene.apply(NEW)).toMatchObject({ kind: 'unavailable', why: expect.stringMatching(/no way back/) });
  });

  it('while another trial goes on', async () => {
    const scene = await RolloutScene.open();
    const rollout = scene.rollout();
    await rollout.prepare(hashed(NEW));
    await rollout.set(CONFIRM_MS);
    expect(await scene.apply('another')).toMatchObject({ kind: 'unavailable', why: expect.stringMatching(/^a trial/) });
    expect(await rollout.set(CONFIRM_MS)).toMatchObject({ kind: 'unavailable' });
  });

  const places: readonly (readonly [string, boolean, RegExp, (file: string) => Promise<unknown>])[] = [
    ['a link', true, /symbolic link/, (file) => rename(file, `${file}.real`).then(() => symlink(`${file}.real`, file))],
    ['a file with a second name', true, /second name/, (file) => link(file, `${file}.other`)],
    ['a file that every user may change', true, /every user/, (file) => chmod(file, 0o666)],
    ['a folder', true, /not a file/, (file) => rm(file).then(() => mkdir(file))],
    ['a file of another user', isRoot, /another user/, (file) => chown(file, 12_345, 12_345)],
  ];
  it.each(places.filter(([, isPossible]) => isPossible))('where the config in place is %s', async (_, __, why, lay) => {
    const scene = await RolloutScene.open();
    await lay(scene.file);
    const outcome = await scene.apply(NEW);
    expect(outcome).toMatchObject({
      kind: 'refused',
      refused: { problems: [{ message: expect.stringMatching(why) }] },
    });
    await expect(lstat(scene.place.trial)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('one by one', () => {
  it('a trial is ended by rollback, and a second rollback changes nothing more', async () => {
    const scene = await RolloutScene.open();
    const rollout = scene.rollout();
    await rollout.prepare(hashed(NEW));
    await rollout.set(CONFIRM_MS);
    await scene.agent.idle;
    expect(await rollout.end()).toMatchObject({ kind: 'back', isRunning: true });
    expect(scene.agent.running).toBe(OLD);
    expect(await rollout.end()).toEqual({ kind: 'unchanged', hash: hashed(OLD).hash });
    expect(await rollout.end()).toBeUndefined();
  });

  it('rollback drops what was prepared and never tried', async () => {
    const scene = await RolloutScene.open();
    const rollout = scene.rollout();
    await rollout.prepare(hashed(NEW));
    expect(await rollout.end()).toMatchObject({ kind: 'unchanged' });
    expect(await rollout.set(CONFIRM_MS)).toEqual({ kind: 'unavailable', why: 'nothing is prepared' });
  });

  it('a marker that asks for more time than there is to give counts for nothing', async () => {
    const scene = await RolloutScene.open();
    const marker = { state: 'tried', end: null, hash: hashed(NEW).hash, boot: scene.agent.boot, startBy: 1 } as const;
    const before = { connected: true, buses: [], devices: [] };
    await writeMarker(scene.state, { ...marker, before, confirmMs: 3_600_000 });
    expect(await readMarker(scene.state)).toMatchObject({ state: 'tried' });
    for (const confirmMs of [3_600_001, 1e300]) {
      await writeMarker(scene.state, { ...marker, before, confirmMs });
      expect(await readMarker(scene.state)).toBeUndefined();
      expect(await scene.rollout().verify()).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('a trial that no start took in its time is over', async () => {
    const scene = await RolloutScene.open();
    const rollout = scene.rollout();
    await rollout.prepare(hashed(NEW));
    scene.agent.told = () => true;
    await rollout.set(CONFIRM_MS);
    expect(await rollout.verify()).toMatchObject({
      kind: 'back',
      lacking: [expect.any(String), expect.stringMatching(/took no notice/)],
    });
    await scene.agent.start();
    expect(scene.agent.running).toBe(OLD);
  });
});

describe('a command that is killed', () => {
  type After = 'the power is cut' | 'the agent ends' | 'the time passes';
  const AFTER: readonly After[] = ['the power is cut', 'the agent ends', 'the time passes'];

  async function killed(step: number, after: After): Promise<RolloutScene> {
    const scene = await RolloutScene.open();
    const { agent } = scene;
    await new Promise<void>((resolve) => void scene.apply(NEW, scene.rollout(step, resolve)).then(() => resolve()));
    await agent.idle;
    if (after === 'the power is cut') agent.boot = 'f'.repeat(32);
    if (after !== 'the time passes') await agent.start();
    // a start after a power cut is no trial; the next one of this boot may be the one that tries, and nobody watches it
    if (after !== 'the power is cut') await agent.timeUp(scene.clock);
    const inPlace = await scene.inPlace();
    expect([OLD, NEW]).toContain(inPlace);
    expect(agent.running).toBe(inPlace);
    // and it is the new one only where the rename was done
    expect(inPlace === NEW).toBe(scene.steps.includes('in place'));
    return scene;
  }

  test('leaves the old or the new config, whole and running, at every step', async () => {
    const scene = await RolloutScene.open();
    await scene.apply(NEW);
    const all = scene.steps.length;
    expect(all).toBeGreaterThan(7);
    for (let step = 1; step <= all; step += 1) {
      for (const after of AFTER) {
        const left = await killed(step, after);
        // the files that were left behind are in nobody's way
        await left.rollout().end();
        expect(await left.apply('a third one\n')).toMatchObject({ kind: 'kept' });
      }
    }
  });

  it.each(['in place', 'kept'])('after the new config came into place (%s) leaves no trial', async (step) => {
    const ways: readonly ((scene: RolloutScene) => Promise<unknown>)[] = [
      async (scene) => expect(await scene.rollout().verify()).toEqual({ kind: 'unchanged', hash: hashed(NEW).hash }),
      async (scene) => expect(await scene.rollout().end()).toBeUndefined(),
      async (scene) => expect(await scene.rollout().prepare(hashed(OLD))).toMatchObject({ kind: 'prepared' }),
    ];
    for (const way of ways) {
      const scene = await RolloutScene.open();
      await new Promise<void>((resolve) => {
        scene.after = async (name) => {
          if (name !== step) return;
          scene.after = undefined;
          resolve();
          await new Promise(() => undefined);
        };
        void scene.apply(NEW);
      });
      expect(await readMarker(scene.state)).toMatchObject({ state: 'tried' });
      await way(scene);
      expect(await readMarker(scene.state)).toBeUndefined();
      expect([await scene.inPlace(), scene.agent.running]).toEqual([NEW, NEW]);
    }
  });

  test('leaves the old or the new config, whole and running, a hundred times at random', async () => {
    const random = randomForTest();
    const kills = Array.from({ length: 100 }, () => {
      const after = AFTER[Math.floor(random() * AFTER.length)] ?? 'the time passes';
      return { step: 1 + Math.floor(random() * 9), after };
    });
    // each has folders of its own, and waits for the disk alone
    for (let first = 0; first < kills.length; first += 10) {
      await Promise.all(kills.slice(first, first + 10).map(({ step, after }) => killed(step, after)));
    }
  });
});

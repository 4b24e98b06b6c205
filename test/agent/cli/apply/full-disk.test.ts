import { open, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readMarker } from '../../../../agent/lifecycle/trial-marker.ts';
import { newFolder, removeFolders } from '../../../support/folder.ts';
import { mountMissing, smallDisk } from '../../../support/mounts.ts';
import { NEW, OLD, RolloutScene } from './rollout-scene.ts';

afterAll(removeFolders);

/** Takes all room that a disk has left. @returns gives it back */
async function fill(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'filler');
  const file = await open(path, 'a');
  try {
    for (;;) await file.write(Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    await file.close();
  }
  return () => rm(path);
}

/** Config and state on a disk of their own; the runtime directory lies in memory, as it does on a gateway. */
async function scene(): Promise<{ disk: string; scene: RolloutScene }> {
  const [{ folder: disk }, run] = [await smallDisk(1), await newFolder()];
  await symlink(run, join(disk, 'run'));
  return { disk, scene: await RolloutScene.open(OLD, disk) };
}

/** The steps of a trial that goes well, and before the first one. */
const STEPS = ['none', 'marker cleared', 'trial written', 'checked', 'marker set', 'agent told', 'previous written'];

describe.skipIf(mountMissing !== undefined)('a disk that is full', () => {
  it.each(STEPS)('leaves the old config, whole and running, or the new one: after the step %s', async (at) => {
    const { disk, scene: on } = await scene();
    let free = at === 'none' ? await fill(disk) : undefined;
    on.after = async (name) => {
      if (name === at) free = await fill(disk);
    };
    const outcome = await on.apply(NEW).catch((error: unknown) => error);
    expect(on.steps.includes(at) || at === 'none').toBe(true);
    await on.agent.idle;
    const inPlace = await on.inPlace();
    // the rename takes no room, so this step ends well
    expect(inPlace).toBe(at === 'previous written' ? NEW : OLD);
    expect(on.agent.running).toBe(inPlace);
    const why = JSON.stringify(outcome);
    if (at === 'previous written') expect(outcome).toMatchObject({ kind: 'kept' });
    else if (at === 'agent told' || at === 'marker set') expect(outcome, why).toMatchObject({ kind: 'back' });
    else expect(outcome, why).toMatchObject({ code: 'ENOSPC' });
    // nothing is tried later, and after a start it is the same
    await on.agent.timeUp(on.clock);
    await on.agent.start();
    expect(on.agent.running).toBe(inPlace);
    expect((await readMarker(on.state))?.state ?? 'back').toBe('back');
    // and with room again it works
    await free?.();
    on.after = undefined;
    await on.rollout().end();
    expect(await on.apply('a third one\n')).toMatchObject({ kind: 'kept' });
    expect(await readFile(on.file, 'utf8')).toBe('a third one\n');
  });
});

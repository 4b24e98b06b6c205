import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { blocksOf, type Command, commandsOf, type ShownFile, shownFilesOf } from '../reference/docs/blocks.ts';
import { isRun, SCENES } from '../reference/docs/runs.ts';
import { boxMissing, DocBox } from '../support/doc-box.ts';
import { setUp } from '../support/doc-scenes.ts';

type Step = Command | ShownFile;

const TRIES = 3;
const textOf = (page: string) => readFileSync(join(checkout(), page), 'utf8');
const QUICK_START = shownFilesOf(textOf('systemd/docs/quick-start.md'));
const cases = SCENES.map((scene) => ({ ...scene, name: [scene.page, scene.section].filter(Boolean).join(' # ') }));

describe.skipIf(boxMissing !== undefined)('the commands of the pages run as they stand', () => {
  it.concurrent.for(cases)('$name', async (scene, { onTestFinished }) => {
    const steps = stepsOf(textOf(scene.page), scene.section);
    expect(steps.filter((step) => 'goesOn' in step)).not.toEqual([]);
    const before = scene.configured === true ? QUICK_START : [];
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-docs-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'ports'));
    await setUp(folder, [...before, ...steps].map(({ text }) => text).join('\n'), scene.ports ?? {}, onTestFinished);
    const box = new DocBox(folder, scene.inCheckout === true ? checkout() : undefined);
    onTestFinished(() => box.close());
    await box.run('mosquitto -d >/dev/null 2>&1');
    for (const file of before) await save(box, file);
    if (scene.before !== undefined) expect(await box.run(scene.before)).toEqual({ code: 0, output: '' });
    for (const step of steps) await ('goesOn' in step ? enter(box, scene.page, step) : save(box, step));
  });
});

/** Files and commands of a section, or of the page, in their order. */
function stepsOf(text: string, section: string | undefined): readonly Step[] {
  const commands = blocksOf(text).flatMap(commandsOf).filter(isRun);
  const all = [...commands, ...shownFilesOf(text)].sort((a, b) => a.line - b.line);
  return section === undefined ? all : all.filter((each) => each.section === section);
}

async function save(box: DocBox, { path, text }: ShownFile): Promise<void> {
  await box.run(`mkdir -p "$(dirname ${path})"; cat >${path} <<'END OF FILE'\n${text}END OF FILE`);
}

async function enter(box: DocBox, page: string, { text, line, shown, goesOn, mayFail }: Command): Promise<void> {
  const patterns = shown.filter((each) => each.trim() !== '…').map(patternOf);
  const where = `${page}:${line}: ${text}`;
  if (goesOn) {
    await box.runUntil(text, (said) => said.trim() !== '' && patterns.every((pattern) => pattern.test(said)));
    return;
  }
  // on a machine that stands still for seconds any tool may say that something came too late
  for (let tries = 1; ; tries += 1) {
    const { code, output } = await box.run(text);
    const isAsShown = patterns.every((pattern) => pattern.test(output)) && (mayFail || code === 0);
    if (!isAsShown && tries < TRIES) continue;
    for (const pattern of patterns) expect(output, where).toMatch(pattern);
    if (!mayFail) expect(code, `${where}\n${output}`).toBe(0);
    return;
  }
}

/** A line of output as a page shows it: other numbers and times may stand there, and `…` is anything. */
function patternOf(line: string): RegExp {
  const text = line.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^${text
      .replace(/\s*…\s*/g, '.*')
      .replace(/-?\d+/g, '-?\\d+')
      .replace(/ +/g, ' +')}`,
    'm',
  );
}

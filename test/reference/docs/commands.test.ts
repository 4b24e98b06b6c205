import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../../../agent/cli/dispatch.ts';
import type { CliProcess } from '../../../agent/cli/io.ts';
import { entriesOf, optionsOf } from '../../../scripts/packaging/commands.ts';
import { blocksOf, commandsOf, shownFilesOf } from './blocks.ts';
import { simpleCommands } from './commands.ts';
import { PAGES, ROOT, textOf } from './pages.ts';
import { CHECKED_ONLY, isRun, NOT_RUN, SCENES } from './runs.ts';

/** Programs beside our own, and where a reader has them from. Another one wants a line here, and a word in its page. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['alias', 'cd', 'echo', 'printf', 'cat', 'install', 'cp', 'mkdir', 'tee', 'touch', 'date', 'df', 'test', 'as'].map(
      (name) => [name, 'every system'],
    ),
  ),
  ...{ tar: 'every system', sha256sum: 'every system', shred: 'every system', git: 'git' },
  ...{ skopeo: 'skopeo', podman: 'podman' },
  ...{ mosquitto_sub: 'mosquitto-clients', mosquitto_pub: 'mosquitto-clients', openssl: 'openssl' },
  ...{
    systemctl: 'systemd',
    journalctl: 'systemd',
    udevadm: 'systemd',
    'systemd-tmpfiles': 'systemd',
    sudoedit: 'sudo',
  },
  ...{ 'apt-get': 'Debian', apt: 'Debian', adduser: 'Debian' },
};

/** The folder that an archive of the agent becomes. */
const UNPACKED = /^fieldward-\d+\.\d+\.\d+-[a-z0-9]+\//;

async function helpOf(...args: string[]): Promise<string> {
  const said: string[] = [];
  const io = { out: (line: string) => said.push(line), err: () => {}, environment: {}, isTerminal: false };
  await dispatch([...args, '--help'], io as unknown as CliProcess);
  return said.join('\n');
}

const known = new Set(entriesOf(await helpOf()).map(([name]) => name));
const asked = new Set(entriesOf(await helpOf('ctl')).map(([name]) => name));
const options = new Map(
  await Promise.all([...known].map(async (name) => [name, optionsOf(await helpOf(name))] as const)),
);

const COMMANDS = PAGES.flatMap((page) =>
  blocksOf(textOf(page))
    .flatMap(commandsOf)
    .map((command) => ({ ...command, page })),
);

describe('the commands of the pages', () => {
  it('are looked at', () => {
    expect(COMMANDS.length).toBeGreaterThan(60);
    expect(known.size).toBeGreaterThan(15);
  });

  it.each(COMMANDS)('$page:$line: $text', ({ text }) => {
    for (const { program, words } of simpleCommands(text)) {
      const own = program.replace(UNPACKED, 'systemd/tarball/');
      if (own.includes('/')) expect(existsSync(join(ROOT, own)), program).toBe(true);
      else if (program !== 'fieldward') expect(Object.keys(PROGRAMS), text).toContain(program);
      else refuseUnknown(words);
    }
  });

  it('run in test/system/docs.test.ts, or stand in a closed list with the reason why not', () => {
    const isTold = (page: string, section: string) =>
      SCENES.some((scene) => scene.page === page && (scene.section ?? section) === section) ||
      CHECKED_ONLY.some(([where]) => where === page || where === `${page}#${section}`);
    const left = COMMANDS.filter((command) => isRun(command) && !isTold(command.page, command.section));
    expect(left.map(({ page, line, text }) => `${page}:${line}: ${text}`)).toEqual([]);
  });

  it('are each left out by a line of those lists that is still needed', () => {
    for (const [begin] of NOT_RUN)
      expect(
        COMMANDS.filter(({ text }) => begin.test(text)),
        `${begin}`,
      ).not.toEqual([]);
    for (const [where] of CHECKED_ONLY) {
      const [page, section] = where.split('#');
      const those = COMMANDS.filter((each) => each.page === page && (section ?? each.section) === each.section);
      expect(those, where).not.toEqual([]);
    }
    for (const { page, section } of SCENES) {
      expect(
        COMMANDS.some((each) => each.page === page && (section ?? each.section) === each.section),
        page,
      ).toBe(true);
    }
  });
});

/** The command is in the table, and each of its options in its help. */
function refuseUnknown(words: readonly string[]): void {
  const [name = 'run', , command] = words;
  if (name.startsWith('-')) return;
  expect([...known]).toContain(name);
  if (name === 'ctl' && /^[a-z]+$/.test(command ?? '')) expect([...asked]).toContain(command);
  for (const word of words.filter((each) => each.startsWith('--'))) {
    expect(options.get(name)).toContain(word.replace(/=.*/, ''));
  }
}

describe('a page read by these tests', () => {
  const page =
    '## A\n\n```yaml\n# /etc/x.yaml\na: 1\n```\n\n```sh\none && sudo fieldward two \\\n  --three "x | y"   # Ctrl-C ends it\n```\n\n```console\n$ four | five\n…said\n```\n';

  it('gives its files, its commands and what they print', () => {
    expect(shownFilesOf(page)).toEqual([{ path: '/etc/x.yaml', text: '# /etc/x.yaml\na: 1\n', line: 4, section: 'A' }]);
    const [first, second] = blocksOf(page).flatMap(commandsOf);
    expect(first).toMatchObject({ line: 9, goesOn: true, mayFail: false, shown: [] });
    expect(second).toMatchObject({ text: 'four | five', goesOn: false, mayFail: true, shown: ['…said'] });
    expect(simpleCommands(first?.text ?? '')).toEqual([
      { program: 'one', words: [] },
      { program: 'fieldward', words: ['two', '--three', 'TEXT'] },
    ]);
    expect(simpleCommands('alias a="b" && cat >x <<\'END\'\nc | d\nEND').map(({ program }) => program)).toEqual([
      'alias',
      'cat',
    ]);
  });
});

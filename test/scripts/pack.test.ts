import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Commands, entriesOf, optionsOf } from '../../scripts/packaging/commands.ts';
import { bashCompletion } from '../../scripts/packaging/completion.ts';
import { debianVersion } from '../../scripts/packaging/deb.ts';
import { documentTree } from '../../scripts/packaging/documents.ts';
import { manualPages } from '../../scripts/packaging/manual.ts';
import { roff } from '../../scripts/packaging/roff.ts';
import { sbomOf } from '../../scripts/packaging/sbom.ts';

const HELP = 'Usage: fieldward [COMMAND]\n\n  check     check a config\n  ctl       ask a gateway\n\nmore words';
const commands: Commands = {
  help: HELP,
  byName: new Map([
    ['check', { summary: 'check a config', help: 'Usage: fieldward check [--json]', options: ['--help', '--json'] }],
    ['ctl', { summary: 'ask a gateway', help: 'Usage: fieldward ctl', options: ['--help'] }],
  ]),
  asked: ['ping', 'status'],
};

describe('the help as a source', () => {
  it('gives its commands and options', () => {
    expect(entriesOf(HELP)).toEqual([
      ['check', 'check a config'],
      ['ctl', 'ask a gateway'],
    ]);
    expect(optionsOf('[--json [--budget]] --key-file FILE; --json')).toEqual([
      '--budget',
      '--help',
      '--json',
      '--key-file',
    ]);
  });
});

describe('completion for bash', () => {
  const complete = (...words: string[]) =>
    execFileSync('bash', [
      '-c',
      `${bashCompletion(commands)}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_fieldward
printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ])
      .toString()
      .trim()
      .split('\n');

  it('offers commands, the options of each, and what a gateway can be asked for', () => {
    expect(complete('fieldward', 'c')).toEqual(['check', 'ctl']);
    expect(complete('fieldward', 'check', '--')).toEqual(['--help', '--json']);
    expect(complete('fieldward', 'ctl', 'gw', 'p')).toEqual(['ping']);
  });
});

describe('roff', () => {
  const page = (text: string) => roff({ name: 'x', section: 5, date: '2026-01-01', version: '1.0.0', text });

  it('keeps what would be a sign of its own', () => {
    const text = page('## A\n\n.dot `back\\slash` **bold** [link](to)\n\n```\n.line -x\n\nlast\n```');
    expect(text).toContain('\n.SH A\n');
    expect(text).toContain('\n\\&.dot \\fBback\\eslash\\fP bold link\n');
    expect(text).toContain('\n\\&.line \\-x\n\nlast\n.EE');
  });

  it('makes terms of the rows of a table, and leaves empty cells out', () => {
    expect(page('| key | type | unit |\n| --- | --- | --- |\n| `a` | text | |\n| `b` | x \\| y | ms |')).toContain(
      '.TP\n\\fBa\\fP\ntype text\n.TP\n\\fBb\\fP\ntype x | y, unit ms',
    );
  });
});

describe('the manual', () => {
  it('has every key of the config, and nothing that groff warns of', async () => {
    const root = join(import.meta.dirname, '../..');
    const pages = await manualPages({ root, version: '1.0.0', epoch: 0, commands, isQuick: true });
    expect([...pages.keys()]).toEqual(['fieldward.1', 'fieldward.yaml.5', 'fieldward.service.8']);
    for (const key of ['gateway', 'syncIntervalMs', 'deadband']) {
      expect(pages.get('fieldward.yaml.5')).toContain(`.TP\n\\fB${key}\\fP\n`);
    }
    expect(pages.get('fieldward.1')).toContain('fieldward check [\\-\\-json]');
    for (const text of pages.values()) {
      expect(text).not.toContain('<!--');
      if (!existsSync('/usr/bin/groff')) continue;
      const { stderr } = spawnSync('groff', ['-k', '-man', '-Tutf8', '-ww', '-z'], { input: text, encoding: 'utf8' });
      expect(stderr).toBe('');
    }
  });
});

describe('the bill of materials', () => {
  const head = (name: string) => `${'='.repeat(80)}\n${name} 1.0.0 (MIT)\n\ntext\n`;
  const lock = {
    packages: {
      'node_modules/zod': { version: '1.0.0', integrity: 'sha512-AAEC', license: 'MIT' },
      'node_modules/other': { version: '1.0.0' },
      'node_modules/@serialport/bindings-cpp': { version: '2.0.0' },
    },
  };

  it('names what is shipped, with its digest, and nothing else', () => {
    const { components } = JSON.parse(
      sbomOf({ version: '1.0.0', epoch: 0, licences: head('zod'), lock, node: '24.0.0' }),
    );
    expect(components.map((each: { purl: string }) => each.purl)).toEqual([
      'pkg:npm/%40serialport/bindings-cpp@2.0.0',
      'pkg:npm/zod@1.0.0',
      'pkg:generic/node@24.0.0',
    ]);
    expect(components[1].hashes).toEqual([{ alg: 'SHA-512', content: '000102' }]);
  });

  it('tells what each needs, the product and its Node too', () => {
    const { dependencies } = JSON.parse(
      sbomOf({
        ...{ version: '1.0.0', epoch: 0, licences: head('zod'), node: '24.0.0' },
        lock: { packages: { ...lock.packages, '': { version: '1.0.0', dependencies: { zod: '1' } } } },
      }),
    );
    expect(dependencies).toEqual([
      { ref: 'fieldward@1.0.0', dependsOn: ['pkg:npm/zod@1.0.0', 'pkg:generic/node@24.0.0'] },
      { ref: 'pkg:npm/%40serialport/bindings-cpp@2.0.0', dependsOn: [] },
      { ref: 'pkg:npm/zod@1.0.0', dependsOn: [] },
      { ref: 'pkg:generic/node@24.0.0', dependsOn: [] },
    ]);
  });

  it('is the same for the same source', () => {
    const once = () => sbomOf({ version: '1.0.0', epoch: 7, licences: head('zod'), lock, node: '24.0.0' });
    expect(once()).toBe(once());
    expect(sbomOf({ version: '1.0.1', epoch: 7, licences: head('zod'), lock, node: '24.0.0' })).not.toBe(once());
  });

  it('is refused when something is shipped that is not locked', () => {
    expect(() => sbomOf({ version: '1.0.0', epoch: 0, licences: head('unknown'), lock, node: '24.0.0' })).toThrow(
      /not in package-lock/,
    );
  });
});

describe('the documents of the package', () => {
  const folder = 'usr/share/doc/fieldward';

  it('have the consumers, and links that lead from them to what is there too', async () => {
    const tree = await documentTree(join(import.meta.dirname, '../..'));
    const pages = [...tree.keys()].filter((path) => path.startsWith(`${folder}/systemd/consumers/`));
    for (const name of [
      'telegraf/fieldward.conf',
      'node-red/flow.json',
      'grafana/dashboard.json',
      'shared/consumer.mjs',
    ]) {
      expect(pages).toContain(`${folder}/systemd/consumers/${name}`);
    }
    for (const path of pages.filter((each) => each.endsWith('.md'))) {
      for (const [link, to = ''] of tree
        .get(path)
        ?.data.toString()
        .matchAll(/\]\((?!https?:)([^)#]+)/g) ?? []) {
        expect([...tree.keys()], `${path}: ${link}`).toContain(join(dirname(path), to));
      }
    }
    for (const to of ['broker/README.md', 'consumers/README.md'])
      expect(tree.has(`${folder}/systemd/${to}`)).toBe(true);
  });

  it('have each picture that a page shows and no other, those of the console in few colours and bytes', async () => {
    const tree = await documentTree(join(import.meta.dirname, '../..'));
    const shown = [...tree].flatMap(([path, { data }]) =>
      path.endsWith('.md')
        ? Array.from(data.toString().matchAll(/!\[[^\]]*\]\((?!https?:)([^)#]+)\)/g), ([, to = '']) =>
            join(dirname(path), to),
          )
        : [],
    );
    const pictures = [...tree.keys()].filter((path) => /\.(?:png|svg)$/.test(path));
    expect(pictures.sort()).toEqual([...new Set(shown)].sort());
    const photographs = [...tree].filter(([path]) => path.endsWith('.png'));
    expect(photographs.length).toBeGreaterThan(0);
    expect(photographs.reduce((sum, [, { data }]) => sum + data.length, 0)).toBeLessThan(120_000);
    // with a palette (ISO/IEC 15948, 11.2.2)
    for (const [, { data }] of photographs) expect(data[25]).toBe(3);
  });
});

describe('maintainer scripts and installers', () => {
  const root = join(import.meta.dirname, '../../systemd');

  it.each(['debian/postinst', 'debian/prerm', 'debian/postrm', 'tarball/install.sh', 'tarball/uninstall.sh'])(
    '%s is shell',
    (path) => {
      expect(spawnSync('sh', ['-n', join(root, path)]).status).toBe(0);
    },
  );

  it('sort a release candidate before its release', () => {
    expect(debianVersion('1.0.0-rc.1')).toBe('1.0.0~rc.1');
  });

  it('remove nothing below a folder that is not theirs', async () => {
    const target = await mkdtemp(join(tmpdir(), 'fieldward-pack-'));
    try {
      const { status, stderr } = spawnSync(join(root, 'tarball/uninstall.sh'), [], {
        env: { ...process.env, DESTDIR: target },
        encoding: 'utf8',
      });
      expect(status).toBe(1);
      expect(stderr).toContain('not installed');
    } finally {
      await rm(target, { recursive: true, force: true });
    }
  });
});

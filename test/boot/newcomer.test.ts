import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { BootedSystem } from '../support/boot.ts';
import { furnish, heard, LINE, packageOf } from '../support/boot-gateway.ts';
import { rootFor, type Suite } from '../support/boot-root.ts';

const SUITES: readonly Suite[] = ['trixie', 'bookworm'];
const roots = new Map(await Promise.all(SUITES.map(async (suite) => [suite, await rootFor(suite)] as const)));

/** The commands of a user who has the package, the password and the broker's authority, and a meter on a line. */
const COMMANDS = [
  'apt-get install -y /root/fieldward.deb',
  `fieldward init --url mqtts://localhost:8883 --gateway boot-gw --port ${LINE} --baud 19200 --units 1 --username boot-gw --password-file /root/password --ca /root/ca.pem </dev/null`,
  'fieldward check',
  'systemctl enable --now fieldward',
  'systemctl status --no-pager fieldward',
];
/** The text that has to be read for it: the page of `init`, and the output of the commands. */
const PAGE = 'systemd/docs/init.md';
const [MOST_COMMANDS, MOST_WORDS] = [12, 1000];

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => /[A-Za-z]/.test(word)).length;

describe.each(SUITES)('a newcomer on %s', (suite) => {
  const root = roots.get(suite) ?? { skip: 'there is no such root' };
  if ('skip' in root) {
    it.skip(`has values at a reader (${root.skip})`, () => {});
    return;
  }

  let system: BootedSystem;
  beforeAll(async () => {
    system = await BootedSystem.start(root.folder);
    await system.copyIn(await packageOf('amd64'), '/root/fieldward.deb');
    await furnish(system);
    await system.sh(
      'cd /etc/fieldward/credentials && mv mqtt-password /root/password && mv ca.pem /root && rm -r /etc/fieldward',
    );
  });
  afterAll(() => system?.stop());

  it('has values at a reader over TLS after few commands, and few words to be read', async () => {
    const began = performance.now();
    let words = wordsOf(readFileSync(join(checkout(), PAGE), 'utf8'));
    for (const command of COMMANDS) {
      const said = await system.sh(command);
      // apt tells of packages, and not of this one
      if (!command.startsWith('apt-get')) words += wordsOf(said);
    }
    const [reading = '{}'] = await heard(system, 'unit-1/readings', 1);
    const { quality, values } = JSON.parse(reading);
    expect(quality).toBe('good');
    // the rig's counter may look like the values of a model that is known
    expect(Object.values(values)).toContainEqual(expect.any(Number));
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`newcomer on ${suite}: ${COMMANDS.length} commands, ${words} words, ${seconds} s\n`);
    expect(COMMANDS.length).toBeLessThanOrEqual(MOST_COMMANDS);
    expect(words).toBeLessThanOrEqual(MOST_WORDS);
  });

  it('has made what check --security finds nothing bad in, but for what the broker and the clock are', async () => {
    const { out } = await system.run(['fieldward', 'check', '--security', '--json']);
    const findings: readonly { name: string; state: string }[] = JSON.parse(out);
    const bad = findings.filter(({ name, state }) => state === 'bad' && !/^(broker|clock)/.test(name));
    expect(bad).toEqual([]);
    expect(findings.find(({ name }) => name === 'mqtt.passwordFile')?.state).toBe('good');
  });
});

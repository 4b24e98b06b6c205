import type { EquipmentName } from '../../support/doc-scenes.ts';
import type { Command } from './blocks.ts';

/** Commands of a page that run together, in one place of their own. */
export interface Scene {
  readonly page: string;
  /** Absent: the whole page. */
  readonly section?: string;
  /** The equipment behind a port in place of the usual one. */
  readonly ports?: Readonly<Record<string, EquipmentName>>;
  /** The config of the quick start is there already. */
  readonly configured?: true;
  /** The events before the reader comes to this section. */
  readonly before?: string;
  /** The commands are entered in the checkout. */
  readonly inCheckout?: true;
}

const TUTORIALS = ['modbus-rtu', 'modbus-tcp', 'p1', 'm-bus', 'gps', 'own-profile'];
const RS485 = 'usb-FTDI_USB-RS485-if00-port0';
const TROUBLE = 'systemd/docs/troubleshooting.md';

export const SCENES: readonly Scene[] = [
  { page: 'README.md', inCheckout: true },
  { page: 'systemd/docs/quick-start.md' },
  { page: 'systemd/docs/diagnostics.md', configured: true, before: 'systemctl start fieldward' },
  { page: 'systemd/docs/metrics.md' },
  { page: 'systemd/docs/wiring.md' },
  { page: 'systemd/docs/line-budget.md' },
  { page: 'systemd/docs/commands.md' },
  { page: 'systemd/docs/integrations.md', configured: true, before: 'systemctl start fieldward' },
  ...TUTORIALS.map((name) => ({ page: `systemd/docs/tutorials/${name}.md` })),
  { page: TROUBLE, section: 'Silence', ports: { [RS485]: 'nobody' } },
  { page: TROUBLE, section: 'Echo', ports: { [RS485]: 'echo' } },
  { page: TROUBLE, section: 'Noise', ports: { [RS485]: 'garbled' } },
  { page: TROUBLE, section: 'Strange values', configured: true },
  { page: TROUBLE, section: 'Offline', configured: true, before: `rm /dev/serial/by-id/${RS485}` },
  { page: TROUBLE, section: 'Nothing at the broker', configured: true },
  {
    page: TROUBLE,
    section: 'Not started',
    configured: true,
    before: 'sed -i s/pollMs/polMs/ /etc/fieldward/fieldward.yaml',
  },
  { page: TROUBLE, section: 'Readings that are not kept' },
];

/** Commands that no test runs from its page, each with the reason. Their programs and flags are looked at all the same. */
export const NOT_RUN: readonly (readonly [begin: RegExp, reason: string])[] = [
  [/^sudo apt(?:-get)? /, 'it takes packages from a mirror; test/boot installs the package itself'],
  [/^systemctl status |^journalctl /, 'it asks the systemd of a booted machine; test/boot looks at both'],
  [/^\.\/scripts\/setup && \.\/scripts\/build$/, 'every system test runs what they have made'],
  [/^\.\/scripts\/demo /, 'test/system/demo.test.ts runs the demo'],
  [/^\.\/scripts\/test /, 'it is this run'],
];

/** Pages and sections without a command that runs here, each with the reason. */
export const CHECKED_ONLY: readonly (readonly [page: string, reason: string])[] = [
  ['systemd/docs/tutorials/sdi-12.md', 'a pseudo terminal passes no break on; test/drivers/sdi12 has a line that does'],
  ['systemd/docs/apply.md', 'it needs a service that starts again; test/system/apply.test.ts has one'],
  ['systemd/docs/console.md', 'it needs a broker with TLS and a person there; test/system/console.test.ts has both'],
  ['systemd/docs/contributing.md', 'test/system has the demo and new-driver.test.ts; the other lines are this run'],
  ['systemd/docs/packages.md', 'test/boot and test/scripts/pack-node.test.ts make, sign and install packages'],
  [
    'systemd/docs/init.md',
    'it asks every unit of a line for a minute; test/boot/newcomer.test.ts does so, and goes on',
  ],
  [`${TROUBLE}#Still there?`, 'it takes a minute by itself; test/system has traces'],
  ['systemd/OPERATING.md', 'it is about a broker and a service of a plant; test/boot and broker-acl.test.ts have both'],
  ['systemd/README.md', 'it installs and loads rules of udev, on a booted machine; test/boot does it'],
  ['systemd/broker/README.md', 'test/system/broker-acl.test.ts runs these files in a real broker'],
];

export function isRun({ text }: Command): boolean {
  return !NOT_RUN.some(([begin]) => begin.test(text));
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { BootedSystem } from '../support/boot.ts';
import { CONFIG, dropIn, furnish, gatewayConfig, heard, keptFor, packageOf } from '../support/boot-gateway.ts';
import { rootFor, type Suite } from '../support/boot-root.ts';

const SUITES: readonly Suite[] = ['trixie', 'bookworm'];
const roots = new Map(await Promise.all(SUITES.map(async (suite) => [suite, await rootFor(suite)] as const)));

describe.each(SUITES)('the Debian package on %s', (suite) => {
  const root = roots.get(suite) ?? { skip: 'there is no such root' };
  if ('skip' in root) {
    it.skip(`installs, upgrades and goes (${root.skip})`, () => {});
    return;
  }

  let system: BootedSystem;
  beforeAll(async () => {
    system = await BootedSystem.start(root.folder);
    for (const version of ['0.0.9', undefined, '99.0.0'] as const) {
      await system.copyIn(await packageOf('amd64', version), `/root/${version ?? 'own'}.deb`);
    }
  });
  afterAll(() => system?.stop());

  const show = (...names: string[]) => system.show('fieldward', ...names);
  const pid = async () => (await show('MainPID')).MainPID;
  const newest = async () => JSON.parse((await heard(system, 'unit-1/readings', 1))[0] ?? '{}');

  it('is installed with all that it depends on, neither started nor enabled', async () => {
    // apt would ask a mirror; dpkg refuses a package whose dependencies are not there just as well.
    expect(await system.sh('dpkg -i /root/0.0.9.deb')).toContain('fieldward check');
    expect(await show('ActiveState', 'UnitFileState')).toEqual({ ActiveState: 'inactive', UnitFileState: 'disabled' });
    expect(await system.sh('fieldward --version')).toBe('0.0.9');
    expect(await system.sh(`stat -c '%U %G %a' ${CONFIG}`)).toBe('root dialout 640');
    expect(await system.sh('dpkg --verify fieldward')).toBe('');
  });

  it('has a config that names what is to be filled in, and starts nothing by itself', async () => {
    const { code, err } = await system.run(['fieldward', 'check']);
    expect(code).toBe(78);
    expect(err).toMatch(/gateway: .*\n.*mqtt\.url: .*\n.*buses: /);
  });

  it('keeps config, state and numbers over an upgrade, and restarts what runs', async () => {
    await furnish(system);
    await dropIn(system);
    await system.write(CONFIG, gatewayConfig(), '640');
    await system.sh('systemctl enable --now fieldward');
    const before = { pid: await pid(), reading: await newest() };
    const { code, out, err } = await system.run(['dpkg', '--force-confold', '-i', '/root/own.deb']);
    expect(code, out + err).toBe(0);
    expect(await pid()).not.toBe(before.pid);
    expect(await show('ActiveState', 'UnitFileState')).toEqual({ ActiveState: 'active', UnitFileState: 'enabled' });
    expect(await system.sh(`cat ${CONFIG}`)).toBe(gatewayConfig());
    expect(await system.sh(`stat -c '%G %a' ${CONFIG}`)).toBe('dialout 640');
    const reading = await newest();
    expect(reading.boot).not.toBe(before.reading.boot);
    expect(reading.seq).toBeGreaterThan(before.reading.seq);
  });

  it('loses no reading that waits on disk while it is upgraded', async () => {
    const status = JSON.parse((await heard(system, 'status', 1))[0] ?? '{}');
    expect(status.outbox).toMatchObject({ durable: true, diskFault: null });
    const before = (await newest()).seq;
    // From here on no message is missed: the broker keeps those of the session that came before it went.
    const session = await keptFor(system, 'unit-1/readings');
    await system.sh('systemctl stop mosquitto');
    const waiting = () =>
      show('StatusText').then(({ StatusText = '' }) => Number(/(\d+) waiting/.exec(StatusText)?.[1] ?? 0));
    await system.until('readings that wait', async () => (await waiting()) > 20);
    await system.sh('dpkg --force-confold -i /root/99.0.0.deb && systemctl start mosquitto');
    const lines: string[] = [];
    const boots = () => new Set(lines.map((line) => JSON.parse(line).boot)).size;
    // how many waited when the agent was replaced is up to the machine
    await system.until('readings of both agents', async () => {
      lines.push(...(await heard(system, 'unit-1/readings', 40, session)));
      return boots() > 1;
    });
    const numbers = [...new Set(lines.map((line) => JSON.parse(line).seq as number))].sort((a, b) => a - b);
    const first = numbers[0] ?? 0;
    // it begins before the outage: the files that the last agent left behind are in it
    expect(first).toBeLessThan(before + 60);
    expect(numbers).toEqual(numbers.map((_, index) => first + index));
    expect(boots()).toBe(2);
    await system.sh('dpkg --force-confold -i /root/own.deb');
  });

  it('takes a step back to an older version without losing config or running state', async () => {
    await system.sh('dpkg --force-confold -i /root/0.0.9.deb');
    await system.until('readings', async () => (await newest()).quality === 'good');
    expect(await system.sh('fieldward --version')).toBe('0.0.9');
  });

  it('leaves a service that does not run as it is', async () => {
    await system.sh('systemctl stop fieldward && dpkg --force-confold -i /root/own.deb');
    expect((await show('ActiveState')).ActiveState).toBe('inactive');
  });

  it('leaves config and state when it is removed, and nothing when it is purged', async () => {
    await system.sh('systemctl start fieldward && dpkg --remove fieldward');
    expect((await show('ActiveState')).ActiveState).toBe('inactive');
    await system.sh(`test -e ${CONFIG} -a -d /var/lib/private/fieldward -a ! -e /usr/lib/fieldward`);
    await system.sh('rm -r /etc/systemd/system/fieldward.service.d && dpkg --purge fieldward');
    const left = await system.sh(
      "find / -xdev -iname '*fieldward*' -not -path '/proc/*' -not -path '/sys/*'; ls /run | grep fieldward || true",
    );
    expect(left).toBe('');
  });

  it('has a tarball that installs the same, and takes it away again', async () => {
    const version = JSON.parse(readFileSync(join(checkout(), 'package.json'), 'utf8')).version;
    const name = `fieldward-${version}`;
    await system.copyIn(join(dirname(await packageOf('amd64')), `${name}.tar.gz`), '/root/fieldward.tar.gz');
    expect(await system.sh(`cd /root && tar xf fieldward.tar.gz && ${name}/install.sh`)).toContain('systemctl enable');
    // The earlier files went with the purge.
    await system.sh('systemctl stop rig mosquitto');
    await furnish(system);
    await dropIn(system);
    await system.write(CONFIG, gatewayConfig(), '640');
    await system.sh(`chgrp dialout ${CONFIG} && systemctl start fieldward`);
    expect(await newest()).toMatchObject({ quality: 'good' });
    const before = await pid();
    await system.sh(`/root/${name}/install.sh`);
    expect(await pid()).not.toBe(before);
    expect(await system.sh(`cat ${CONFIG}`)).toBe(gatewayConfig());
    await system.sh(`/root/${name}/uninstall.sh --purge`);
    await system.sh('rm -r /etc/systemd/system/fieldward.service.d');
    expect(await system.sh("find /usr /etc /var/lib -xdev -iname '*fieldward*'")).toBe('');
  });
});

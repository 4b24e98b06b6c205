import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BootedSystem } from '../support/boot.ts';
import { CONFIG, dropIn, furnish, gatewayConfig, packageOf } from '../support/boot-gateway.ts';
import { rootFor, type Suite } from '../support/boot-root.ts';

const SUITES: readonly Suite[] = ['trixie', 'bookworm'];
const roots = new Map(await Promise.all(SUITES.map(async (suite) => [suite, await rootFor(suite)] as const)));

describe.each(SUITES)('the sandbox of fieldward.service on %s', (suite) => {
  const root = roots.get(suite) ?? { skip: 'there is no such root' };
  if ('skip' in root) {
    it.skip(`denies what the agent does not need (${root.skip})`, () => {});
    return;
  }

  let system: BootedSystem;
  beforeAll(async () => {
    system = await BootedSystem.start(root.folder);
    await system.copyIn(await packageOf('amd64'), '/root/fieldward.deb');
    await system.sh('dpkg -i /root/fieldward.deb');
    await furnish(system);
    await dropIn(system);
    await system.write(CONFIG, gatewayConfig(), '640');
    await system.sh(`chgrp dialout ${CONFIG}`);
  });
  afterAll(() => system?.stop());

  it('is judged as 1.1 by systemd 257, and its files as correct', async () => {
    const version = Number(/^systemd (\d+)/.exec(await system.sh('systemctl --version'))?.[1]);
    // Each version weighs anew: the bound is of the one that it was measured on.
    expect(version).toBe(suite === 'trixie' ? 257 : 252);
    const exposure = Number(
      /exposure level.*: ([\d.]+)/.exec(await system.sh('systemd-analyze security --no-pager fieldward'))?.[1],
    );
    expect(exposure).toBeLessThanOrEqual(suite === 'trixie' ? 1.1 : 1.3);
    const { code, err } = await system.run(['systemd-analyze', 'verify', '--man=no', 'fieldward.service']);
    expect(code).toBe(0);
    // 252 names the keys that came after it, as the drop-in for it says.
    const newer = /Unknown key '(OpenFile|RestartSteps|RestartMaxDelaySec)'/;
    const said = err
      .split('\n')
      .filter((line) => line.includes('fieldward') && !(suite === 'bookworm' && newer.test(line)));
    expect(said).toEqual([]);
  });

  it('denies files, devices, programs, sockets and signals, and grants what the agent needs', async () => {
    await system.copyIn(join(import.meta.dirname, 'probe.cjs'), '/usr/lib/fieldward/probe.cjs');
    await system.sh('echo x >/home/secret && echo x >/root/secret && chmod 644 /home/secret /root/secret');
    // Open to everybody, so that only the sandbox can refuse them: a disk's node, and a UART's, which may be absent.
    await system.sh('mknod -m 666 /dev/probe-disk b 7 0 && mknod -m 666 /dev/probe-uart c 4 64');
    await dropIn(
      system,
      [
        'Type=exec',
        'ExecStart=',
        'ExecStart=/usr/bin/node /usr/lib/fieldward/probe.cjs',
        'Restart=no',
        'WatchdogSec=0',
      ],
      'zz-probe',
    );
    await system.sh('systemctl start fieldward');
    const line = await system.until(
      'what it says',
      async () => /^probe (.*)$/m.exec(await system.journal('fieldward'))?.[1],
    );
    const said = JSON.parse(line);
    const denied = expect.stringMatching(/^(EACCES|EPERM|ENOENT|EROFS|EAFNOSUPPORT|ESRCH)$/);
    expect(said).toEqual({
      uid: expect.any(Number),
      capabilities: true,
      otherProcesses: 1,
      readShadow: denied,
      readOriginalSecret: denied,
      readCredential: 'done',
      readConfig: 'done',
      readHome: denied,
      readRoot: denied,
      writeConfig: denied,
      writeProgram: denied,
      writeState: 'done',
      writeRun: 'done',
      writeTunable: denied,
      openMemory: denied,
      openMessages: denied,
      openDisk: denied,
      // Past the sandbox: the answer then tells whether the machine has such a port.
      openUart: expect.stringMatching(/^(done|ENXIO|EIO|ENODEV)$/),
      runShell: denied,
      runOwn: denied,
      signalInit: denied,
      priority: denied,
      // Debian 12's systemd is built without what SocketBindDeny= needs, and its launcher needs AF_UNIX.
      listen: suite === 'trixie' ? denied : 'done',
      listenLocal: suite === 'trixie' ? denied : 'done',
      connectLocal: denied,
      connectBroker: 'done',
      bindDatagram: suite === 'trixie' ? denied : 'done',
    });
    expect(said.uid).not.toBe(0);
  });
});

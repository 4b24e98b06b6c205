import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BootedSystem } from '../support/boot.ts';
import { ask, CONFIG, dropIn, furnish, gatewayConfig, heard, packageOf, plugIn } from '../support/boot-gateway.ts';
import { rootFor, type Suite } from '../support/boot-root.ts';

const SUITES: readonly Suite[] = ['trixie', 'bookworm'];
const roots = new Map(await Promise.all(SUITES.map(async (suite) => [suite, await rootFor(suite)] as const)));

describe.each(SUITES)('fieldward.service on %s', (suite) => {
  const root = roots.get(suite) ?? { skip: 'there is no such root' };
  if ('skip' in root) {
    it.skip(`runs under systemd (${root.skip})`, () => {});
    return;
  }

  let system: BootedSystem;
  beforeAll(async () => {
    system = await BootedSystem.start(root.folder);
    await system.copyIn(await packageOf('amd64'), '/root/fieldward.deb');
    await system.sh('dpkg -i /root/fieldward.deb');
    await furnish(system);
    // Quick enough for a test, and a pause after a crash that can be seen to grow.
    await dropIn(system, ['WatchdogSec=4', 'RestartSec=200ms']);
    await system.write(CONFIG, gatewayConfig(), '640');
    await system.sh(`chgrp dialout ${CONFIG}`);
  });
  afterAll(() => system?.stop());

  const show = (...names: string[]) => system.show('fieldward', ...names);
  const pid = async () => Number((await show('MainPID')).MainPID);
  const isActive = async () => (await show('ActiveState')).ActiveState === 'active';
  /** Started anew, ready, and its restarts counted from zero. */
  const fresh = async () => {
    await system.sh(
      'systemctl stop fieldward; systemctl reset-failed fieldward 2>/dev/null; systemctl start fieldward',
    );
  };
  const flows = () => heard(system, 'unit-1/readings', 3).then((lines) => expect(lines).toHaveLength(3));
  /** After something that ended the process: another one runs, and systemd says how the last one ended. */
  const restarted = (before: number) =>
    system.until('a restart', async () => {
      const now = await pid();
      return now !== 0 && now !== before && (await isActive());
    });

  it('is ready, tells its state, and its readings arrive over TLS', async () => {
    await system.sh('systemctl start fieldward');
    expect(await show('ActiveState', 'SubState', 'Result')).toEqual({
      ActiveState: 'active',
      SubState: 'running',
      Result: 'success',
    });
    const [reading] = await heard(system, 'unit-1/readings', 1);
    expect(JSON.parse(reading ?? '')).toMatchObject({ quality: 'good', values: { counter: expect.any(Number) } });
    await system.until('the state', async () =>
      /^1 of 1 bus open, 1 of 1 device online, broker connected/.test((await show('StatusText')).StatusText ?? ''),
    );
  });

  it('is ready without a broker and without its port', async () => {
    await system.sh('systemctl stop mosquitto fieldward; systemctl stop rig');
    try {
      await system.sh('systemctl start fieldward');
      expect(await isActive()).toBe(true);
    } finally {
      await system.sh('systemctl start mosquitto');
      await plugIn(system);
    }
    await flows();
  });

  it('holds no secret in its environment and its arguments, and the credentials in a folder of its own', async () => {
    const main = await pid();
    const seen = await system.sh(`tr '\\0' '\\n' </proc/${main}/environ; tr '\\0' ' ' </proc/${main}/cmdline`);
    expect(seen).toContain('CREDENTIALS_DIRECTORY=');
    expect(seen).not.toContain('a password of this test');
    expect(await system.journal('fieldward')).not.toContain('a password of this test');
  });

  it('is restarted when it stands still', async () => {
    await fresh();
    const before = await pid();
    await system.sh(`kill -STOP ${before}`);
    await restarted(before);
    expect(await system.journal('fieldward')).toMatch(/Watchdog timeout/);
    await flows();
  });

  it('is restarted when its event loop hangs', async () => {
    // A module that is loaded before the agent: nothing that is installed could hang it.
    await system.write('/usr/lib/fieldward/hang.cjs', "process.on('SIGUSR2', () => { for (;;); });\n");
    await dropIn(system, ['Environment=NODE_OPTIONS=--require=/usr/lib/fieldward/hang.cjs'], 'hang');
    try {
      await fresh();
      const before = await pid();
      const since = await system.sh('date +%s');
      await system.sh(`kill -USR2 ${before}`);
      await restarted(before);
      expect(await system.sh(`journalctl -o cat -u fieldward --since @${since}`)).toMatch(/Watchdog timeout/);
    } finally {
      await system.sh('rm /etc/systemd/system/fieldward.service.d/hang.conf; systemctl daemon-reload');
    }
  });

  it('is restarted after a crash, each time later', async () => {
    await fresh();
    const pauses: number[] = [];
    for (let crash = 1; crash <= 5; crash += 1) {
      const before = await pid();
      await system.sh(`kill -KILL ${before}`);
      await restarted(before);
      // RestartSteps= came with systemd 254, and with it the word for what the next pause will be.
      if (suite === 'trixie') pauses.push(milliseconds((await show('RestartUSecNext')).RestartUSecNext));
    }
    expect(Number((await show('NRestarts')).NRestarts)).toBe(5);
    expect(pauses).toEqual([...new Set(pauses)].sort((a, b) => a - b));
    await flows();
  });

  it('stays up while its adapter is away, and goes on when it is back', async () => {
    await fresh();
    const before = await pid();
    await system.sh('systemctl kill --signal=HUP rig');
    await system.until('the loss', async () => /0 of 1 bus open/.test((await show('StatusText')).StatusText ?? ''));
    await system.until('the return', async () => /1 of 1 bus open/.test((await show('StatusText')).StatusText ?? ''));
    expect(await pid()).toBe(before);
    await flows();
  });

  it('reloads into a good config, and keeps the running one when the new one is bad', async () => {
    await fresh();
    const before = await pid();
    await system.write(CONFIG, gatewayConfig({ gateway: 'NOT GOOD' }), '640');
    const { code } = await system.run(['systemctl', 'reload', 'fieldward']);
    expect(code).not.toBe(0);
    expect(await system.journal('fieldward')).toMatch(/gateway: /);
    expect(await pid()).toBe(before);
    expect(await isActive()).toBe(true);

    // The agent itself refuses a fault that only it can see: the files of its credentials.
    await system.write(CONFIG, gatewayConfig().replace('mqtt-password', 'no-such-file'), '640');
    await system.run(['systemctl', 'reload', 'fieldward']);
    await system.until('the refusal', async () => /reload refused/.test(await system.journal('fieldward')));
    expect(await pid()).toBe(before);

    await system.write(CONFIG, gatewayConfig({ log: { level: 'warn' } }), '640');
    await system.sh('systemctl reload fieldward');
    await restarted(before);
    await flows();
    await system.write(CONFIG, gatewayConfig(), '640');
  });

  it('stays down with a refused config, and the journal says why', async () => {
    await system.sh('systemctl stop fieldward');
    const since = await system.sh('date +%s');
    await system.write(CONFIG, gatewayConfig({ surplus: true }), '640');
    try {
      await system.run(['systemctl', 'start', 'fieldward']);
      await system.until('the end', async () => (await show('ActiveState')).ActiveState === 'failed');
      expect(await show('ExecMainStatus', 'NRestarts')).toEqual({ ExecMainStatus: '78', NRestarts: '0' });
      expect(await system.sh(`journalctl -o cat -u fieldward --since @${since}`)).toMatch(
        /fieldward\.yaml:1:\d+: surplus: /,
      );
    } finally {
      await system.write(CONFIG, gatewayConfig(), '640');
    }
  });

  it('is not started when a credential is missing, and the journal says so; one that the unit does not hand over is named', async () => {
    await system.sh('systemctl stop fieldward; systemctl reset-failed fieldward 2>/dev/null; true');
    const since = await system.sh('date +%s');
    await system.sh('mv /etc/fieldward/credentials/mqtt-password /root/');
    try {
      await system.run(['systemctl', 'start', '--no-block', 'fieldward']);
      // systemd itself ends the start, before the agent runs, and does not tell which one it is: the README says how to see.
      await system.until('the reason', async () =>
        /Failed (to set up|at step) credentials/i.test(
          await system.sh(`journalctl --sync; journalctl -o cat -u fieldward --since @${since}`),
        ),
      );
      // The words are in the journal a moment before systemd has noted the end.
      await system.until('the status of the end', async () => (await show('ExecMainStatus')).ExecMainStatus === '243');
      expect(await isActive()).toBe(false);
    } finally {
      await system.sh('mv /root/mqtt-password /etc/fieldward/credentials/; systemctl stop fieldward');
    }
    // Read after the one that names both.
    const only = '/etc/systemd/system/fieldward.service.d/zz.conf';
    await system.write(only, '[Service]\nLoadCredential=\nLoadCredential=ca.pem:/etc/fieldward/credentials/ca.pem\n');
    await system.sh('systemctl daemon-reload');
    try {
      await system.run(['systemctl', 'start', 'fieldward']);
      await system.until('the end', async () => (await show('ActiveState')).ActiveState === 'failed');
      expect(await show('ExecMainStatus', 'NRestarts')).toEqual({ ExecMainStatus: '78', NRestarts: '0' });
      expect(await system.journal('fieldward')).toMatch(/mqtt\.passwordFile: must be a readable file/);
    } finally {
      await system.sh(
        'systemctl reset-failed fieldward; rm /etc/systemd/system/fieldward.service.d/zz.conf; systemctl daemon-reload',
      );
    }
  });

  it('stops in order and in time while a write is under way', async () => {
    await fresh();
    await flows();
    const expires = new Date(Date.now() + 20_000).toISOString();
    await ask(system, 'unit-1/command/write', { id: 'at-the-end', expiresAt: expires, args: { setpoint: 5 } });
    await system.sh('systemctl stop fieldward');
    // The manager kills a service that takes too long to stop, and says so in the result.
    expect(await show('Result', 'ExecMainStatus')).toEqual({ Result: 'success', ExecMainStatus: '0' });
    expect(await heard(system, 'availability', 1)).toEqual(['offline']);
  });

  it('keeps the lockout switch and its runtime folder over a restart', async () => {
    await fresh();
    await system.sh('touch /run/fieldward/lockout && systemctl restart fieldward && test -e /run/fieldward/lockout');
    await system.sh('rm /run/fieldward/lockout');
  });
});

/** `1.027s`, `462ms`, `1min 3s`: as systemctl writes a span. */
function milliseconds(span = ''): number {
  const units = { us: 0.001, ms: 1, s: 1000, min: 60_000 };
  const parts = [...span.matchAll(/([0-9.]+)(us|ms|min|s)/g)];
  expect(parts, `a span of time: ${span}`).not.toHaveLength(0);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check } from '../../../../agent/cli/check.ts';
import type { CliIo } from '../../../../agent/cli/io.ts';
import { inspectFiles, judgeMode } from '../../../../agent/cli/security/files.ts';
import type { SecurityFinding } from '../../../../agent/cli/security/finding.ts';
import { inspectSandbox, judgeProcess, judgeUnit, parseUnit } from '../../../../agent/cli/security/sandbox.ts';
import { describeFindings, judgeClock } from '../../../../agent/cli/security/security.ts';
import type { LoadedConfig } from '../../../../config/load.ts';
import { catalogueWith, minimal } from '../../../config/support.ts';
import { newFolder } from '../../../support/folder.ts';

/** As systemd 257 prints it for the unit of the package; 252 differs in the order only, and has AF_UNIX. */
const SHOWN = `NotifyAccess=main
WatchdogUSec=30s
MainPID=79
MemoryMax=17693548544
DevicePolicy=closed
IPAddressDeny=0.0.0.0/0 ::/0
SocketBindDeny=any
LimitCORE=0
RootDirectory=/run/fieldward-root
SyslogLevelPrefix=no
CapabilityBoundingSet=
User=fieldward
NoExecPaths=/
PrivateTmp=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
PrivateUsers=yes
ProtectHome=yes
ProtectSystem=strict
NoNewPrivileges=yes
SystemCallFilter=_llseek _newselect accept accept4 access
SystemCallArchitectures=native
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
ProtectProc=invisible
ProtectHostname=yes
ActiveState=active
NeedDaemonReload=no
`;
const STATUS =
  'Name:\tnode\nUid:\t62589\t62589\t62589\t62589\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n';

const states = (findings: readonly SecurityFinding[]) =>
  findings.filter(({ state }) => state !== 'good').map(({ name, state }) => `${state} ${name}`);
const shownWith = (from: string, to: string) => states(judgeUnit(parseUnit(SHOWN.replace(from, to))));

describe('the sandbox of the running unit', () => {
  it('is good as the package makes it, on both versions of systemd', () => {
    expect(judgeUnit(parseUnit(SHOWN))).toHaveLength(31);
    expect(states(judgeUnit(parseUnit(SHOWN)))).toEqual([]);
    expect(shownWith('AF_INET AF_INET6', 'AF_INET AF_INET6 AF_UNIX')).toEqual([]);
  });

  it.each([
    ['User=fieldward', 'User=', 'bad sandbox: a user of its own'],
    ['User=fieldward', 'User=root', 'bad sandbox: a user of its own'],
    ['CapabilityBoundingSet=', 'CapabilityBoundingSet=cap_sys_admin', 'bad sandbox: no capabilities'],
    ['ProtectSystem=strict', 'ProtectSystem=full', 'bad sandbox: the system can not be written'],
    ['DevicePolicy=closed', 'DevicePolicy=auto', 'bad sandbox: only serial ports of all devices'],
    ['RootDirectory=/run/fieldward-root', 'RootDirectory=', 'weak sandbox: a root folder of its own'],
    ['SystemCallFilter=_llseek', 'SystemCallFilter=~_llseek', 'weak sandbox: a filter of system calls'],
    ['AF_INET AF_INET6', 'AF_INET AF_PACKET', 'weak sandbox: only Internet sockets'],
    ['WatchdogUSec=30s', 'WatchdogUSec=0', 'weak sandbox: a watchdog'],
    ['LimitCORE=0', 'LimitCORE=infinity', 'weak sandbox: no core files'],
    ['NeedDaemonReload=no', 'NeedDaemonReload=yes', 'weak sandbox: the unit as it lies on the disk'],
  ])('with another line than %s: %s', (from, to, finding) => {
    expect(shownWith(from, to)).toEqual([finding]);
  });

  it('leaves out what the service manager does not know', () => {
    expect(shownWith('SocketBindDeny=any\n', '')).toEqual([]);
  });

  it('is also looked at in the kernel, which may not have done what it was asked for', () => {
    expect(states(judgeProcess(STATUS))).toEqual([]);
    expect(states(judgeProcess(STATUS.replace('Seccomp:\t2', 'Seccomp:\t0')))).toEqual([
      'bad process: filter of system calls in effect',
    ]);
    expect(states(judgeProcess(STATUS.replace('Uid:\t62589', 'Uid:\t0')))).toEqual(['bad process: not root']);
    expect(states(judgeProcess(''))).toHaveLength(4);
  });

  it('is unknown where the unit does not run, or nobody can be asked', async () => {
    const status = async () => STATUS;
    expect(states(await inspectSandbox(async () => SHOWN, status))).toEqual([]);
    expect(states(await inspectSandbox(async () => undefined, status))).toEqual(['unknown sandbox']);
    const stopped = SHOWN.replace('MainPID=79', 'MainPID=0');
    expect(states(await inspectSandbox(async () => stopped, status))).toEqual(['unknown sandbox']);
    const hidden = await inspectSandbox(
      async () => SHOWN,
      () => Promise.reject(new Error()),
    );
    expect(hidden.filter(({ state }) => state === 'unknown')).toHaveLength(4);
  });
});

describe('the modes of files', () => {
  it.each([
    ['secret', 0o600, 'good'],
    ['secret', 0o440, 'good'],
    ['secret', 0o644, 'bad'],
    ['private', 0o640, 'good'],
    ['private', 0o644, 'weak'],
    ['public', 0o644, 'good'],
    ['public', 0o664, 'weak'],
    ['public', 0o646, 'bad'],
    ['private', 0o602, 'bad'],
  ] as const)('%s with %o is %s', (privacy, mode, state) => {
    expect(judgeMode('file', privacy, { mode: 0o100_000 | mode, gid: 20 }).state).toBe(state);
  });

  it('are unknown where they can not be seen', () => {
    for (const unseen of ['absent', 'forbidden', 'failed'] as const) {
      const { state, advice } = judgeMode('file', 'secret', unseen);
      expect(state).toBe('unknown');
      // root has no rights to gain
      expect(/as root/.test(advice)).toBe(unseen === 'forbidden');
    }
  });

  it('are those of the files that the config names', async () => {
    const folder = await newFolder();
    const secret = join(folder, 'password');
    await writeFile(secret, 'x');
    await chmod(secret, 0o644);
    const mqtt = { passwordFile: secret, caFile: join(folder, 'gone') };
    const config = {
      mqtt,
      buses: [],
      outbox: { directory: folder },
      commands: { directory: folder, signing: { keys: [] } },
    };
    const found = await inspectFiles({ config, drivers: new Map() } as unknown as LoadedConfig, secret);
    expect(states(found)).toEqual(['weak config file', 'bad mqtt.passwordFile', 'unknown mqtt.caFile']);
    expect(JSON.stringify(found)).not.toContain(folder);
  });

  it('say of a state folder that the first start makes it, where there is none yet', async () => {
    const folder = await newFolder();
    const gone = { directory: join(folder, 'outbox') };
    const config = { mqtt: {}, buses: [], outbox: gone, commands: { ...gone, signing: { keys: [] } } };
    const found = await inspectFiles({ config, drivers: new Map() } as unknown as LoadedConfig, folder);
    const outbox = found.find(({ name }) => name === 'outbox.directory');
    expect(outbox).toMatchObject({
      state: 'unknown',
      advice: expect.stringMatching(/^it is not there; .*first time$/),
    });
  });
});

describe('check --security', () => {
  async function run(args: readonly string[], ...found: SecurityFinding[]) {
    const said: string[] = [];
    const out = (text: string) => void said.push(text);
    const io: CliIo = { out, err: out, environment: {}, isTerminal: false };
    const path = join(await newFolder(), 'c.yaml');
    await writeFile(path, minimal());
    const code = await check([path, ...args], io, await catalogueWith(), async () => found);
    return { code, said: said.join('\n') };
  }
  const bad: SecurityFinding = { name: 'a', state: 'bad', advice: 'do this' };
  const weak: SecurityFinding = { name: 'b', state: 'weak', advice: 'do that' };

  it('says what to do, the bad first, and ends with 77 where something is bad', async () => {
    expect(await run(['--security'], weak, bad)).toEqual({
      code: 77,
      said: 'bad     a\n        do this\nweak    b\n        do that\nSecurity: 1 bad, 1 weak, 0 unknown, 0 good.',
    });
    expect((await run(['--security'], weak)).code).toBe(0);
  });

  it('prints an array for programs', async () => {
    expect(JSON.parse((await run(['--security', '--json'], weak)).said)).toEqual([weak]);
  });

  it('does not mix with the budget, and is silent unless asked for', async () => {
    expect((await run(['--security', '--json', '--budget'], bad)).code).toBe(64);
    expect((await run([], bad)).code).toBe(0);
  });

  it('judges the clock', () => {
    expect(['synchronized', 'unsynchronized', 'unknown'].map((state) => judgeClock(state as never).state)).toEqual([
      'good',
      'bad',
      'unknown',
    ]);
    expect(describeFindings([judgeClock('synchronized')])).toBe('Security: 0 bad, 0 weak, 0 unknown, 1 good.');
  });
});

import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { MachineSources } from '../../../../agent/cli/diagnostics/collect.ts';
import { diagnostics } from '../../../../agent/cli/diagnostics/diagnostics.ts';
import { processStat } from '../../../../agent/files/process-stat.ts';
import { buildStatus } from '../../../../agent/status/status.ts';
import { openCatalogue } from '../../../../drivers/registry/loader.ts';
import { newFolder, removeFolders } from '../../../support/folder.ts';
import { SNAPSHOTS } from '../../status/snapshots.ts';
import { cliProcess } from '../cli-process.ts';

afterAll(removeFolders);

/** No text with this word must come out anywhere. */
const CANARY = 'canary7f3a';

const CONFIG = `
gateway: plant7-gw01
${CANARY}: 1
x-${CANARY}: { a: ${CANARY} }
mqtt:
  url: mqtts://${CANARY}.example:8883
  username: ${CANARY}
  passwordFile: ${CANARY}
  keepaliveMs: 30000
buses:
  - id: hall
    port: { path: /dev/${CANARY}, baudRate: 19200, parity: even }
    devices:
      - id: meter-1
        label: ${CANARY}
        driver: modbus-rtu
        identity: { serial: ${CANARY}, maker: 4711 }
        options: { unit: 1, profile: ${CANARY} x }
        points: [{ name: voltage, register: input, address: 7, type: float32, unit: ${CANARY}, enum: { 0: ${CANARY} } }]
`;
const JOURNAL = [
  'Started fieldward.service.',
  `{"level":"info","time":"2026-11-30T04:00:00.000Z","event":"bus opened","bus":"hall","speed":19200}`,
  `{"level":"warn","time":"2026-11-30T04:00:01.000Z","event":"device offline","device":"meter-1","other":"${CANARY}","fault":{"code":"device/silent","message":"${CANARY}"}}`,
  `{"level":"warn","event":"said ${CANARY}"}`,
  `{"level":"${CANARY}","event":"bus opened"}`,
  `{"level":"info","event":"bus closed","${CANARY}":1,"deep":{"a":"${CANARY}"},"why":"/etc/${CANARY}","time":"${CANARY}"}`,
  `Error: ${CANARY}`,
  '{"level":',
].join('\n');
const SOURCES: MachineSources = {
  journal: async () => JOURNAL,
  unit: async () => `ActiveState=active\nNRestarts=2\nFragmentPath=/etc/${CANARY}\nResult=${CANARY} x`,
  osRelease: async () => `ID=debian\nVERSION_ID="13"\nHOME_URL="https://${CANARY}"\nPRETTY_NAME="${CANARY}"`,
};

async function scene(config = CONFIG, sources = SOURCES) {
  const folder = await newFolder();
  const [file, output, run] = [join(folder, 'fieldward.yaml'), join(folder, 'out.tar.gz'), join(folder, 'run')];
  await Promise.all([writeFile(file, config), mkdir(run)]);
  const io = cliProcess({ RUNTIME_DIRECTORY: run, SECRET: CANARY });
  const make = (...more: readonly string[]) =>
    diagnostics(['--output', output, '--config', file, ...more], io, openCatalogue(), sources);
  /** Unpacked by the machine's own tar: name → text. */
  const unpacked = async () => {
    const into = await newFolder();
    execFileSync('tar', ['-xzf', output, '-C', into]);
    const files: Record<string, string> = {};
    for (const name of await readdir(into)) files[name] = await readFile(join(into, name), 'utf8');
    return files;
  };
  return { folder, file, output, run, io, make, unpacked };
}

describe('a bundle', () => {
  it('holds what helps and lists it, for its owner alone', async () => {
    const { make, unpacked, output, io, run } = await scene();
    const { pid, start } = await processStat('self');
    const status = buildStatus(SNAPSHOTS);
    await writeFile(join(run, 'status.json'), JSON.stringify({ version: 1, pid, start, status }));
    expect(await make()).toBe(0);
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const files = await unpacked();
    expect(Object.keys(files).sort()).toEqual(
      ['check.json', 'config.json', 'log.json', 'log.jsonl', 'status.json', 'unit.json', 'versions.json'].sort(),
    );
    for (const [name, text] of Object.entries(files)) {
      expect(io.printed.join('')).toContain(`${Buffer.byteLength(text)}  ${name}`);
    }
    expect(JSON.parse(files['status.json'] ?? '')).toEqual(status);
    expect(JSON.parse(files['config.json'] ?? '')).toMatchObject({
      gateway: 'plant7-gw01',
      mqtt: { url: '(left out)', username: '(left out)', keepaliveMs: 30_000 },
      buses: [
        {
          port: { path: '(left out)', baudRate: 19_200, parity: 'even' },
          devices: [
            {
              id: 'meter-1',
              driver: 'modbus-rtu',
              identity: { maker: '(left out)' },
              points: [{ address: 7, type: 'float32' }],
            },
          ],
        },
      ],
    });
    expect(JSON.parse(files['unit.json'] ?? '')).toEqual({ ActiveState: 'active', NRestarts: '2' });
    expect(JSON.parse(files['versions.json'] ?? '')).toMatchObject({
      fieldward: '1.2.3',
      os: { ID: 'debian', VERSION_ID: '13' },
    });
    const lines = (files['log.jsonl'] ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { level: 'info', time: '2026-11-30T04:00:00.000Z', event: 'bus opened', bus: 'hall', speed: 19_200 },
      {
        ...{ level: 'warn', time: '2026-11-30T04:00:01.000Z', event: 'device offline', device: 'meter-1' },
        ...{ other: '(left out)', fault: 'device/silent' },
      },
      { level: 'info', event: 'bus closed', deep: '(left out)', why: '(left out)', time: '(left out)' },
    ]);
    expect(JSON.parse(files['log.json'] ?? '')).toEqual({ kept: 3, leftOut: 5 });
  });

  it('holds no secret, user name, host, path, label or other text, whatever the config is', async () => {
    for (const config of [
      CONFIG,
      `gateway: [${CANARY}`,
      `${CANARY}`,
      `- ${CANARY}`,
      `mqtt: ${CANARY}\nbuses: ${CANARY}\n`,
    ]) {
      const { make, unpacked, io, folder } = await scene(config);
      expect(await make('--json')).toBe(0);
      const files = await unpacked();
      for (const [name, text] of Object.entries(files)) {
        expect(`${name} ${text}`).not.toContain(CANARY);
        expect(text).not.toContain(folder);
      }
      expect(io.printed.join('') + io.told.join('')).not.toContain(CANARY);
    }
  });

  it('is bounded, whatever the journal holds', async () => {
    const line = `{"level":"info","event":"bus opened","bus":"hall"}\n`;
    const { make, unpacked } = await scene(CONFIG, { ...SOURCES, journal: async () => line.repeat(100_000) });
    expect(await make()).toBe(0);
    const { 'log.jsonl': log = '', 'log.json': counts = '' } = await unpacked();
    expect(log.split('\n').length).toBe(2001);
    expect(JSON.parse(counts)).toEqual({ kept: 2000, leftOut: 98_000 });
  });

  it('is made without an agent, a journal, a service manager and a config', async () => {
    const nothing: MachineSources = {
      journal: async () => undefined,
      unit: async () => undefined,
      osRelease: () => Promise.reject(new Error(CANARY)),
    };
    const { make, unpacked, output, io } = await scene('', nothing);
    expect(await make('--config', join(dirname(output), 'nowhere'))).toBe(0);
    expect(JSON.parse((await unpacked())['status.json'] ?? '')).toBeNull();
    expect(io.told.map((line) => line.slice(0, 20))).toEqual(['There is no status i', 'There is no log in i']);
  });

  it('never takes the place of another file, nor follows a link', async () => {
    const { make, output, io, folder } = await scene();
    await writeFile(output, 'mine');
    expect(await make()).toBe(74);
    expect(await readFile(output, 'utf8')).toBe('mine');
    expect(io.told.join('')).toContain('there is such a file');
    const linked = await scene();
    await symlink(join(folder, 'victim'), linked.output);
    expect(await linked.make()).toBe(74);
    await expect(stat(join(folder, 'victim'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves nothing behind where a trace can not be had', async () => {
    const { make, folder, io } = await scene();
    const stopped = AbortSignal.abort();
    Object.assign(io, { stopping: stopped });
    expect(await make('--trace', 'hall')).toBe(69);
    expect((await readdir(folder)).sort()).toEqual(['fieldward.yaml', 'run']);
  });
});

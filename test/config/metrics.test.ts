import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../config/problem.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { newFolder } from '../support/folder.ts';
import { good, load } from './support.ts';

const catalogue = openCatalogue();
const config = (metrics: string) => `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
${metrics}
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - { id: m, driver: modbus-rtu, options: { unit: 1 }, points: [{ name: p, register: holding, address: 0, type: uint16 }] }
`;
const said = async (metrics: string): Promise<string> => {
  const loaded = await load(config(metrics), { catalogue });
  return (loaded.ok ? loaded.warnings : loaded.problems).map(formatProblem).join('\n');
};

describe('metrics', () => {
  it('are off where nothing is said, and have their usual periods', async () => {
    expect((await good(config(''), { catalogue })).config.metrics).toBeUndefined();
    const text =
      'metrics: { textfile: { path: /run/x/f.prom }, otlp: { url: "https://collector.example:4318/v1/metrics" } }';
    expect((await good(config(text), { catalogue })).config.metrics).toEqual({
      textfile: { path: '/run/x/f.prom', everyMs: 15_000 },
      otlp: { url: 'https://collector.example:4318/v1/metrics', everyMs: 60_000 },
    });
  });

  it.each([
    '/run/x/f.txt',
    'f.prom',
    '/etc/f.prom',
    '/proc/self/f.prom',
    '/sys/f.prom',
    '/dev/shm/f.prom',
    '/usr/share/f.prom',
    '/run/../etc/f.prom',
  ])('write no file at %s', async (path) => {
    expect(await said(`metrics: { textfile: { path: ${path} } }`)).toContain('metrics.textfile.path: must');
  });

  it.each<[string, (path: string, folder: string) => unknown]>([
    ['a link', (path, folder) => symlink(join(folder, 'other'), path)],
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdir(path)],
  ])('write no file where %s lies', async (_, lay) => {
    const folder = await newFolder();
    const path = join(folder, 'f.prom');
    await lay(path, folder);
    expect(await said(`metrics: { textfile: { path: ${path} } }`)).toContain('must be a file, and is a link, a pipe');
  });

  it.each([
    'http://collector.example/v1/metrics',
    'https://user:secret@collector.example/v1/metrics',
    'https://collector.example/v1/metrics?key=secret',
    'ftp://collector.example/x',
    'https://collector.example:0/x',
    'collector.example',
  ])('are pushed to no collector at %s, which is not printed', async (url) => {
    const problems = await said(`metrics: { otlp: { url: "${url}" } }`);
    expect(problems).toContain('metrics.otlp.url: must be https://');
    expect(problems).not.toMatch(/secret|collector\.example/);
  });

  it.each(['http://127.0.0.1:4318/v1/metrics', 'http://localhost/v1/metrics', 'http://[::1]:4318/v1/metrics'])(
    'may go to %s in plaintext',
    async (url) => {
      expect(await said(`metrics: { otlp: { url: "${url}" } }`)).toBe('');
    },
  );

  it('read their files among the credentials, and warn of headers that everybody may read', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'headers'), 'a: b\n', { mode: 0o644 });
    const text = config('metrics: { otlp: { url: "http://localhost/x", headersFile: headers } }');
    const environment = { CREDENTIALS_DIRECTORY: folder };
    const loaded = await good(text, { catalogue, environment });
    expect(loaded.config.metrics?.otlp?.headersFile).toBe(join(folder, 'headers'));
    expect(loaded.warnings.map(formatProblem).join()).toContain('every user of this machine may read the file');
    expect(await said('metrics: { otlp: { url: "http://localhost/x", caFile: missing } }')).toContain(
      'metrics.otlp.caFile: must be a readable file',
    );
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliProcess } from '../../../../agent/cli/io.ts';
import { reload } from '../../../../agent/cli/service/reload.ts';
import { catalogueWith, minimal } from '../../../config/support.ts';
import { newFolder } from '../../../support/folder.ts';

/** The words of `reload`, and the processes that it told. */
async function reloaded(text: string) {
  const file = join(await newFolder(), 'fieldward.yaml');
  await writeFile(file, text);
  const [said, told]: [string[], number[]] = [[], []];
  const io = {
    out: (line: string) => said.push(line),
    err: (line: string) => said.push(line),
    environment: {},
    tellToReload: (pid: number) => told.push(pid) > 0,
  } as unknown as CliProcess;
  const code = await reload(['4711', '--config', file], io, await catalogueWith());
  return { code, said: said.join('\n').replaceAll(file, 'FILE').split('\n'), told };
}

const WITH_FILES = minimal().replace(
  "mqtt: { url: 'mqtt://127.0.0.1' }",
  "mqtt: { url: 'mqtts://127.0.0.1', username: u, passwordFile: pw, caFile: ca.pem, certFile: c.pem, keyFile: c.key }",
);

test('files that only the agent sees are left to the agent', async () => {
  expect(await reloaded(WITH_FILES)).toEqual({ code: 0, said: [''], told: [4711] });
});

test('of a config with a typo only the typo is named', async () => {
  const { code, said, told } = await reloaded(WITH_FILES.replace('address: 0', 'adress: 0'));
  expect({ code, told }).toEqual({ code: 78, told: [] });
  expect(said).toEqual([
    expect.stringMatching(/points\[0\]\.address: is required$/),
    expect.stringMatching(/points\[0\]\.adress: unknown key; did you mean `address`\?$/),
    'The config is refused: 2 problems.',
  ]);
});

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { agentFor, temporaryFolder } from '../support/agent-process.ts';

/** The devices on the line, and a value that each shows. */
const DEVICES = {
  'eastron-sdm630': 'voltage-l1',
  'eltako-dsz15dzmod': 'voltage-l1',
  'abb-b23-b24': 'voltage-l1',
  'carlo-gavazzi-em24-e1': 'voltage-l1',
  'sunspec-inverter': 'power',
} as const;

/** A paste is the selection, its copy and its paste. */
const PASTE_KEYS = 3;

/** The simulator as a newcomer starts it. @returns the name of its line */
async function simulator(): Promise<string> {
  const program = join(checkout(), 'dist/scripts/simulator-program/main.js');
  const child = spawn(process.execPath, [program, ...Object.keys(DEVICES), '--baud', '115200'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  await expect.poll(() => said, { timeout: 60_000 }).toContain('Try: fieldward scan ');
  return /scan (\S+)/.exec(said)?.[1] ?? '';
}

it('comes from an unknown line of five devices to their values in few keystrokes', async () => {
  const line = await simulator();
  const folder = await temporaryFolder();
  let keys = 0;
  /** Types a command in the folder of the new config, which is the only thing that it names there. */
  const type = async (command: string) => {
    keys += `fieldward ${command}\n`.length;
    const file = join(folder, 'f.yaml');
    const program = agentFor({ args: command.split(' ').map((word) => (word === 'f.yaml' ? file : word)) });
    const { code } = await program.ended;
    return { code, out: program.stdout, err: program.stderr };
  };
  const scan = await type(`scan ${line} --baud 115200 --units 1-5`);
  expect(scan).toMatchObject({ code: 0 });
  // the text to be pasted begins with its remark, and is the end of the output
  const config = scan.out.slice(scan.out.indexOf('# A config'));
  keys += 'cat >f.yaml\n'.length + PASTE_KEYS + '\x04'.length;
  await writeFile(join(folder, 'f.yaml'), config);
  const check = await type('check f.yaml');
  expect(check).toMatchObject({ code: 0 });
  for (const [at, [name, point]] of Object.entries(DEVICES).entries()) {
    expect(config).toContain(name);
    const poll = await type(`poll unit-${at + 1} --once --config f.yaml`);
    expect(poll, name).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`${point} +-?[0-9]`)) });
  }
  process.stderr.write(`from an unknown line to the values of five devices: ${keys} keystrokes\n`);
  expect(keys).toBeLessThan(400);
});

import { describe, expect, it } from 'vitest';
import { dispatch } from '../../../agent/cli/dispatch.ts';
import type { CliProcess } from '../../../agent/cli/io.ts';
import { numberRange, portArgument, wholeNumberFlag } from '../../../agent/cli/ports/port-argument.ts';

async function say(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io: CliProcess = {
    out: (text) => {
      said.out += `${text}\n`;
    },
    err: (text) => {
      said.err += `${text}\n`;
    },
    environment: {},
    draw: () => undefined,
    keys: () => () => undefined,
    isTerminal: false,
    stopping: AbortSignal.abort(),
    width: 80,
    height: undefined,
    timingWorker: new URL('file:///nowhere'),
    consolePage: new URL('file:///nowhere/'),
    version: '1.2.3',
    pid: 1,
    onReload: () => undefined,
    tellToReload: () => false,
  };
  return { code: await dispatch(args, io), ...said };
}

const COMMANDS = [
  'run',
  'init',
  'check',
  'reload',
  'ports',
  'scan',
  'identify',
  'poll',
  'top',
  'audit',
  'ctl',
  'console',
  'drivers',
  'profile',
  'profiles',
  'schema',
];

describe('the command line', () => {
  it('lists its commands and exit codes', async () => {
    const { code, out } = await say('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(out).toContain('78 config refused');
  });

  it('prints its version', async () => {
    expect(await say('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  it.each(COMMANDS)('helps with %s, and refuses an unknown flag without repeating it', async (command) => {
    const help = await say(command, '--help');
    expect(help.code).toBe(0);
    expect(help.out).toMatch(new RegExp(`^Usage: fieldward ${command}`));
    const wrong = await say(command, '--nonsense7f3a');
    expect(wrong).toMatchObject({ code: 64, out: '' });
    expect(wrong.err).toContain('wrong usage');
    expect(wrong.err).not.toContain('nonsense7f3a');
  });

  it.each(['nonsense', '__proto__', 'constructor', 'toString'])('does not know %s', async (command) => {
    const { code, err } = await say(command);
    expect(code).toBe(64);
    expect(err).toContain('there is no such command');
  });

  it.each([
    ['poll'],
    ['scan'],
    ['identify'],
    ['identify', '/dev/ttyS0', '--driver', 'lines'],
    ['identify', '/dev/ttyS0', '--driver', 'modbus-tcp'],
    ['identify', '/dev/ttyS0', '--driver', 'sml', '--unit', '1'],
    ['identify', '/dev/ttyS0', '--driver', 'mbus'],
    ['identify', '/dev/ttyS0', '--unit', '256'],
    ['identify', '/dev/ttyS0', '--listen-ms', '1'],
    ['identify', 'meter-1', '--unit', '1'],
    ['scan', '/dev/../etc'],
    ['scan', '/dev/ttyS0', '--baud', '12345'],
    ['scan', '/dev/ttyS0', '--units', '0-9'],
  ])('refuses %s %s %s %s', async (...args) => {
    expect((await say(...args)).code).toBe(64);
  });

  it.each([
    ['run'],
    ['check'],
    ['top'],
    ['ctl', 'gw', 'ping'],
    ['console'],
    ['poll', 'meter-1'],
    ['identify', 'meter-1'],
    ['scan', 'rs485'],
  ])('refuses a config that is not there: %s', async (...args) => {
    const file = args[0] === 'check' ? ['/nowhere/fieldward.yaml'] : ['--config', '/nowhere/fieldward.yaml'];
    expect((await say(...args, ...file)).code).toBe(78);
  });
});

describe('numbers on the command line', () => {
  it('are plain and within bounds', () => {
    expect(wholeNumberFlag('247', 1, 247)).toBe(247);
    for (const text of ['0', '248', '1e2', '0x10', '-1', ' 1', '1.0', '', undefined, true]) {
      expect(wholeNumberFlag(text, 1, 247)).toBeUndefined();
    }
  });

  it('come in ranges', () => {
    expect(numberRange('3-5', 1, 247)).toEqual([3, 4, 5]);
    expect(numberRange('7', 1, 247)).toEqual([7]);
    for (const text of ['5-3', '1-2-3', '-', '1-', '0-3', 'a']) expect(numberRange(text, 1, 247)).toBeUndefined();
  });

  it('describe a port', () => {
    expect(portArgument('/dev/ttyUSB0', {})).toMatchObject({ baudRate: 9600, parity: 'none', stopBits: 1 });
    expect(portArgument('/dev/ttyUSB0', { baud: '19200', parity: 'even', 'stop-bits': '2' })).toMatchObject({
      baudRate: 19_200,
      parity: 'even',
      stopBits: 2,
    });
    expect(portArgument('/dev/ttyUSB0', { parity: 'mark' })).toBeUndefined();
    expect(portArgument('dev/ttyUSB0', {})).toBeUndefined();
  });
});

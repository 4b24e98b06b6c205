import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { init } from '../../../../agent/cli/init/init.ts';
import { UNTOUCHED } from '../../../../agent/cli/init/places.ts';
import { newFolder } from '../../../support/folder.ts';
import { cliProcess } from '../cli-process.ts';

const TEMPLATE = join(import.meta.dirname, '../../../../systemd/fieldward.yaml');
const CONFIG = 'etc/fieldward/fieldward.yaml';
const CREDENTIALS = 'etc/fieldward/credentials';
const OVERRIDE = 'etc/systemd/system/fieldward.service.d/override.conf';
const USUAL = ['--url', 'broker.example', '--gateway', 'gw-1', '--port', '/dev/tty-none', '--no-scan'];

/** A root with the unit of the package. */
async function machine(): Promise<string> {
  const root = await newFolder();
  await mkdir(join(root, 'usr/lib/systemd/system'), { recursive: true });
  await writeFile(join(root, 'usr/lib/systemd/system/fieldward.service'), '');
  return root;
}

async function run(args: readonly string[], answers?: readonly (string | undefined)[]) {
  const left = [...(answers ?? [])];
  const questions: [string, boolean][] = [];
  const ask = (question: string, hidden = false) => {
    questions.push([question, hidden]);
    return Promise.resolve(left.shift());
  };
  const io = { ...cliProcess(), ...(answers && { ask }) };
  const code = await init(args, io);
  return { code, out: io.printed.join(''), err: io.told.join('\n'), questions };
}

const mode = async (...path: string[]) => ((await stat(join(...path))).mode & 0o777).toString(8);
const text = (...path: string[]) => readFile(join(...path), 'utf8');

describe('init without a terminal', () => {
  it('makes config, credentials and drop-in of what the options say, and tells what comes next', async () => {
    const root = await machine();
    const password = join(await newFolder(), 'p');
    await writeFile(password, 'a secret\n');
    const login = ['--username', 'gw-1', '--password-file', password];
    const { code, out, err } = await run([...USUAL, ...login, '--root', root, '--json']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      gateway: 'gw-1',
      made: [CREDENTIALS, `${CREDENTIALS}/mqtt-password`, CONFIG, OVERRIDE].map((path) => join(root, path)),
      kept: [],
      buses: [{ id: 'line-1', port: { path: '/dev/tty-none' }, devices: [] }],
    });
    const { next } = JSON.parse(out) as { next: readonly string[] };
    expect(next.map((line) => /fieldward \w+/.exec(line)?.[0])).toEqual(['fieldward check', 'fieldward run']);
    expect(await text(root, CONFIG)).toMatch(
      /^ {2}url: mqtts:\/\/broker\.example:8883\n {2}username: gw-1\n {2}passwordFile: mqtt-password$/m,
    );
    expect(await text(root, CREDENTIALS, 'mqtt-password')).toBe('a secret\n');
    expect([await mode(root, CONFIG), await mode(root, CREDENTIALS)]).toEqual(['640', '700']);
    expect([await mode(root, CREDENTIALS, 'mqtt-password'), await mode(root, OVERRIDE)]).toEqual(['600', '644']);
    expect(out + err).not.toContain('a secret');
  });

  it('makes folders that the service can pass through, also with a strict umask', async () => {
    const root = await machine();
    const before = process.umask(0o077);
    try {
      expect((await run([...USUAL, '--root', root])).code).toBe(0);
    } finally {
      process.umask(before);
    }
    expect([await mode(root, 'etc'), await mode(root, 'etc/fieldward')]).toEqual(['755', '755']);
    expect([await mode(root, CONFIG), await mode(root, CREDENTIALS)]).toEqual(['640', '700']);
  });

  it.each(['0042', '123', 'true', 'null', '1e3'])('takes the name %s as text', async (name) => {
    const root = await machine();
    const { code, err } = await run([...USUAL.with(3, name), '--root', root]);
    expect(code, err).toBe(0);
    expect(await text(root, CONFIG)).toMatch(`gateway: "${name}"`);
  });

  it('asks nothing: it names the options that must be there', async () => {
    const { code, err } = await run(['--root', await machine()]);
    expect(code).toBe(64);
    expect(err).toContain('give --url and --port');
    // nor with --json, where somebody could be asked
    expect((await run(['--root', await machine(), '--json'], ['broker'])).questions).toEqual([]);
  });

  it.each([
    [['--url', 'mqtt://broker.example'], 64, '--url: must be mqtts:// or wss:// off the loopback'],
    [['--gateway', 'Upper'], 64, '--gateway: must begin with'],
    [['--port', 'ttyUSB0'], 64, 'a port is a PATH'],
    [['--port', '/dev/tty-none=toaster'], 64, 'a driver is one of'],
    [['--port', '/dev/tty-none=modbus-tcp'], 64, 'needs a server'],
    [['--ca', '/nowhere.pem'], 78, '--ca /nowhere.pem: does not exist'],
    [['--units', '0-999'], 64, '--units is'],
  ])('refuses %j, and leaves nothing behind', async (more, code, words) => {
    const root = await machine();
    const usual = USUAL.filter((_, at) => !(USUAL[at] === more[0] || USUAL[at - 1] === more[0]));
    const said = await run([...usual, ...more, '--root', root]);
    expect([said.code, said.err]).toEqual([code, expect.stringContaining(words)]);
    expect(await readdir(root)).toEqual(['usr']);
  });

  it('takes its secrets back where the config would be refused', async () => {
    const root = await machine();
    const password = join(await newFolder(), 'p');
    await writeFile(password, 'a secret\n');
    // the same server twice
    const twice = [
      '--port',
      '10.0.0.9:502',
      '--port',
      '10.0.0.9:502=modbus-rtu',
      '--username',
      'u',
      '--password-file',
      password,
    ];
    const { code, err } = await run([...USUAL, ...twice, '--root', root]);
    expect([code, err]).toEqual([78, expect.stringContaining('refused')]);
    expect(await readdir(join(root, 'etc/fieldward'))).toEqual(['credentials']);
    expect(await readdir(join(root, CREDENTIALS))).toEqual([]);
  });
});

describe('init where something stands already', () => {
  it('overwrites no config, and asks nobody before it says so', async () => {
    const root = await machine();
    await run([...USUAL, '--root', root]);
    const before = await text(root, CONFIG);
    const { code, err, questions } = await run(['--root', root], ['broker']);
    expect(code).toBe(73);
    expect(err).toContain('a config stands there already: change it by hand, or move it away (mv)');
    expect(questions).toEqual([]);
    const { standing } = JSON.parse((await run([...USUAL, '--root', root, '--json'])).out);
    expect(standing).toEqual([{ file: join(root, CONFIG), advice: expect.stringContaining('stands there') }]);
    expect(await text(root, CONFIG)).toBe(before);
  });

  it('takes the place of the package’s config only while nobody has changed it', async () => {
    const template = await readFile(TEMPLATE);
    expect(UNTOUCHED).toContain(createHash('sha256').update(template).digest('hex'));
    const root = await machine();
    await mkdir(join(root, 'etc/fieldward'), { recursive: true });
    await writeFile(join(root, CONFIG), `${template}# mine\n`);
    expect((await run([...USUAL, '--root', root])).code).toBe(73);
    await writeFile(join(root, CONFIG), template);
    expect((await run([...USUAL, '--root', root])).code).toBe(0);
    expect(await text(root, CONFIG)).toContain('gateway: gw-1');
    expect(await readdir(join(root, 'etc/fieldward'))).toEqual(['credentials', 'fieldward.yaml']);
  });

  it('follows no link, be it one that leads nowhere', async () => {
    const root = await machine();
    await mkdir(join(root, 'etc/fieldward'), { recursive: true });
    await symlink(join(root, 'elsewhere'), join(root, CONFIG));
    expect((await run([...USUAL, '--root', root])).code).toBe(73);
    expect(await readdir(root)).toEqual(['etc', 'usr']);
  });

  it('overwrites no credential, and takes one of the same content as its own', async () => {
    const root = await machine();
    const password = join(await newFolder(), 'p');
    await writeFile(password, 'new\n');
    await mkdir(join(root, CREDENTIALS), { recursive: true });
    await writeFile(join(root, CREDENTIALS, 'mqtt-password'), 'old\n');
    const args = [...USUAL, '--username', 'u', '--password-file', password, '--root', root];
    const { code, err } = await run(args);
    expect([code, err]).toEqual([73, expect.stringContaining('another file stands there already')]);
    await writeFile(join(root, CREDENTIALS, 'mqtt-password'), 'new\n');
    expect((await run(args)).code).toBe(0);
  });

  it('leaves a drop-in as it is, and says what it lacks', async () => {
    const root = await machine();
    await mkdir(join(root, 'etc/systemd/system/fieldward.service.d'), { recursive: true });
    await writeFile(join(root, OVERRIDE), 'mine');
    // a device of another kind than serial ports have
    const port = ['--url', 'b.example', '--gateway', 'gw', '--port', '/dev/null', '--no-scan'];
    const { code, err } = await run([...port, '--root', root]);
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('add to [Service], if it is not there: DeviceAllow=char-1 rw'),
    ]);
    expect(await text(root, OVERRIDE)).toBe('mine');
  });
});

describe('init at a terminal', () => {
  it('asks for broker, name, ports and login, hides the password, and asks again where an answer is wrong', async () => {
    const root = await machine();
    const answers = [
      'mqtt://far.example',
      'broker.example:8884',
      'Bad Name',
      'gw-7',
      'tty',
      '/dev/tty-a /dev/tty-b=mbus',
      'gw-7',
      'a secret',
      '',
    ];
    const { code, err, questions } = await run(['--no-scan', '--root', root], answers);
    expect(code, err).toBe(0);
    expect(questions.map(([, hidden]) => hidden)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(err).toContain('must be mqtts:// or wss:// off the loopback');
    const config = await text(root, CONFIG);
    expect(config).toContain('url: mqtts://broker.example:8884');
    expect(config).toContain('port: { path: /dev/tty-b, baudRate: 2400, parity: even }');
    expect(await text(root, CREDENTIALS, 'mqtt-password')).toBe('a secret\n');
    expect(err).not.toContain('a secret');
  });

  it('takes the machine’s name where none is typed, and this machine’s own broker without TLS', async () => {
    const root = await machine();
    expect((await run(['--no-scan', '--root', root], ['localhost', '', '10.0.0.7:502', ''])).code).toBe(0);
    expect(await text(root, CONFIG)).toMatch(
      /^gateway: [a-z0-9][a-z0-9-]*\n\nmqtt:\n {2}url: mqtt:\/\/localhost:1883$/m,
    );
  });

  it('makes nothing where the answers end', async () => {
    const root = await machine();
    const { code, err } = await run(['--root', root], ['broker.example']);
    expect([code, err]).toEqual([73, expect.stringContaining('Nothing was made.')]);
    expect(await readdir(root)).toEqual(['usr']);
  });
});

it('makes a config elsewhere with its credentials beside it, and no drop-in', async () => {
  const folder = await newFolder();
  await chmod(folder, 0o755);
  const file = join(folder, 'mine.yaml');
  const password = join(await newFolder(), 'p');
  await writeFile(password, 'x');
  const { code, out } = await run([...USUAL, '--username', 'u', '--password-file', password, '--config', file]);
  expect(code).toBe(0);
  expect(await text(file)).toContain('passwordFile: credentials/mqtt-password');
  expect(out).toContain(`fieldward check ${file}`);
  expect((await readdir(folder)).sort()).toEqual(['credentials', 'mine.yaml']);
});

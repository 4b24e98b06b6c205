import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientIdFor, openDesk } from '../../../../agent/cli/ctl/desk.ts';
import { top } from '../../../../agent/cli/top/top.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { newFolder } from '../../../support/folder.ts';

let folder: string;
let certificates: Certificates;

beforeAll(async () => {
  folder = await newFolder();
  certificates = makeCertificates(folder);
});

function capture() {
  const said: string[] = [];
  const stop = AbortSignal.abort();
  const io = {
    out: () => undefined,
    err: (text: string) => void said.push(text),
    ...{
      environment: {},
      isTerminal: false,
      draw: () => undefined,
      keys: () => () => undefined,
      stopping: stop,
      width: 80,
      height: undefined,
      version: '1.2.3',
      pid: 1,
    },
    timingWorker: new URL('file:///nowhere'),
    consolePage: new URL('file:///nowhere/'),
    onReload: () => undefined,
    tellToReload: () => false,
  };
  return { io, said };
}

async function open(flags: object, needsConfig = false) {
  const { io, said } = capture();
  const desk = await openDesk('ctl', { ...flags }, io, needsConfig);
  return { desk, code: desk.ok ? 0 : desk.code, said: said.join('\n') };
}

/** A config whose gateway is named as told. The certificate `client` has the name `client`. */
function configOf(gateway: string, mqtt: object = {}): string {
  mkdirSync(join(folder, gateway), { recursive: true });
  const { ca, client } = certificates;
  const file = join(folder, gateway, 'c.yaml');
  const devices = [{ id: 'gnss', driver: 'nmea0183' }];
  const whole = {
    gateway,
    mqtt: { url: 'mqtts://localhost:8883', caFile: ca, certFile: client.cert, keyFile: client.key, ...mqtt },
    buses: [{ id: 'gps', port: { path: '/dev/ttyS9', baudRate: 9600 }, devices }],
  };
  writeFileSync(file, JSON.stringify(whole));
  return file;
}

const secure = (more: object = {}) => {
  const { ca, client } = certificates;
  return { url: 'mqtts://localhost:8883', ca, cert: client.cert, 'key-file': client.key, ...more };
};

describe('the way of ctl and top to a broker', () => {
  it('is open for files that are in order', async () => {
    expect(await open(secure())).toMatchObject({ code: 0, said: '' });
    expect(await open({})).toMatchObject({ code: 0, said: '' });
  });

  it.each(['ca', 'cert', 'key-file'])('names a wrong path of --%s, all of them at once', async (flag) => {
    const { code, said } = await open(secure({ [flag]: '/nowhere/mine.pem' }));
    expect(code).toBe(78);
    expect(said).toBe(`fieldward: --${flag} /nowhere/mine.pem: does not exist (config/credential)`);
    const both = await open(secure({ ca: folder, [flag]: '/nowhere' }));
    expect(both.said).toContain(`--${flag} /nowhere: does not exist`);
    if (flag !== 'ca') expect(both.said).toContain(`--ca ${folder}: is not a file`);
  });

  it('names a file that holds something else, and a key that is not the certificate’s', async () => {
    const { client, server } = certificates;
    const cases = [
      [{ ca: client.key }, `--ca ${client.key}: holds no certificate (PEM)`],
      [{ cert: client.key }, `--cert ${client.key}: holds no certificate (PEM)`],
      [{ 'key-file': client.cert }, `--key-file ${client.cert}: holds no private key (PEM)`],
      [{ 'key-file': server.key }, `--cert ${client.cert} and --key-file ${server.key} do not belong together`],
    ] as const;
    for (const [flags, words] of cases) {
      expect(await open(secure(flags))).toMatchObject({ code: 78, said: `fieldward: ${words} (config/credential)` });
    }
  });

  it('never prints what was typed as the file of a password', async () => {
    const { code, said } = await open({ username: 'anna', 'password-file': 's3cret' });
    expect(code).toBe(78);
    expect(said).toBe('fieldward: --password-file: does not exist (config/credential)');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    expect((await open({ username: 'anna', 'password-file': empty })).said).toContain('is empty or too long');
  });

  it('names what is wrong with a file of the config by its key', async () => {
    const keyFile = certificates.server.key;
    const { code, said } = await open({ config: configOf('gw', { keyFile }) });
    expect(code).toBe(78);
    expect(said).toContain('mqtt.keyFile: does not belong to the certificate in certFile');
    expect(said).not.toContain(keyFile);
  });

  it('does not take the gateway’s own certificate from its config, only one that is given', async () => {
    const config = configOf('client');
    const own = await open({ config });
    expect(own.code).toBe(64);
    expect(own.said).toContain('the certificate of the config is the gateway’s own');
    const { server, client } = certificates;
    expect(await open({ config, cert: server.cert, 'key-file': server.key })).toMatchObject({ code: 0 });
    expect(await open({ config, cert: client.cert, 'key-file': client.key })).toMatchObject({ code: 0 });
    // a config whose certificate is a person's is a way like any other
    expect(await open({ config: configOf('gw') })).toMatchObject({ code: 0 });
  });

  it('has a client id of its own for each run, which every broker takes', () => {
    const ids = Array.from({ length: 1000 }, () => clientIdFor('ctl'));
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^ctl-[0-9a-f-]{13}$/);
    expect(clientIdFor('top')).toMatch(/^top-[0-9a-f-]{13}$/);
    expect(clientIdFor('ctl').length).toBeLessThanOrEqual(23);
  });
});

describe('top', () => {
  const run = async (...args: string[]) => {
    const { io, said } = capture();
    return { code: await top(args, io), said: said.join('\n') };
  };

  it('of a named gateway needs no config', async () => {
    expect(await run('gw-1')).toEqual({ code: 0, said: '' });
    expect(await run('gw-1', '--config', configOf('gw'))).toEqual({ code: 0, said: '' });
  });

  it('of no gateway is that of a config, and says how it is done without one', async () => {
    expect(await run('--config', configOf('gw'))).toEqual({ code: 0, said: '' });
    const nothing = await run();
    expect(nothing.code).toBe(78);
    expect(nothing.said).toContain('fieldward top GATEWAY --url');
  });

  it('ends with 78 for a wrong certificate path, and with 64 for what is no gateway', async () => {
    const { ca, client } = certificates;
    const files = ['--ca', ca, '--cert', '/nowhere/reader.pem', '--key-file', client.key];
    const wrong = await run('gw-1', '--url', 'mqtts://localhost', ...files);
    expect(wrong).toEqual({ code: 78, said: expect.stringContaining('--cert /nowhere/reader.pem: does not exist') });
    expect(await run('gw/#')).toMatchObject({ code: 64 });
    expect(await run('gw-1', 'gw-2')).toMatchObject({ code: 64 });
  });
});

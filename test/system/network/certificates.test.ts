import { spawn } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, whileFrozen } from '../../support/agent-process.ts';
import { type Certificates, makeCertificates, type Pair } from '../../support/certificates.ts';
import { BROKER_ADDRESS, type Network, networkMissing } from '../../support/network.ts';
import { expectNothingLost, live, pollsIn, sceneFor, troubles } from '../../support/network-scene.ts';
import { until } from '../../support/patience.ts';

const PORT = 8883;
/** Words that must not be readable on the wire: names of topics and clients, the user and the password. */
const SECRETS = ['fieldward', 'system', 'unit-1', 'readings', 'the-user', 'the-password'];
/** TLS 1.2 and 1.3: a handshake record, and all else is cut at the same places (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;

/** Stands before the broker's TLS port and writes down what the gateway says: a line of hex for each piece. */
const RECORDER = `
const { connect, createServer } = require('node:net');
const { appendFileSync } = require('node:fs');
let count = 0;
createServer((near) => {
  const [far, which] = [connect(${PORT}, '127.0.0.1'), count++];
  for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => {}).on('close', () => other.destroy());
  near.on('data', (bytes) => appendFileSync(process.argv[1], which + ' ' + bytes.toString('hex') + '\\n'));
  near.pipe(far).pipe(near);
}).listen(${PORT}, '${BROKER_ADDRESS}', () => console.log('ready'));
`;

/** @returns what each connection of the gateway said so far */
async function recorderFor(network: Network): Promise<() => Promise<readonly Buffer[]>> {
  const file = join(await temporaryFolder(), 'said');
  await writeFile(file, '');
  const [enter = '', ...into] = network.inBroker;
  const child = spawn(enter, [...into, process.execPath, '-e', RECORDER, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  onTestFinished(() => {
    process.off('exit', kill);
    kill();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the recorder did not start')));
  });
  return async () => {
    const said: Buffer[] = [];
    for (const line of (await readFile(file, 'latin1')).split('\n').slice(0, -1)) {
      const [which = '', hex = ''] = line.split(' ');
      said[Number(which)] = Buffer.concat([said[Number(which)] ?? Buffer.alloc(0), Buffer.from(hex, 'hex')]);
    }
    // a connection that ended before its first byte said nothing
    return said.filter((bytes) => bytes !== undefined);
  };
}

const cases: readonly [what: string, code: string, pair: (made: Certificates) => Pair, foreign?: true][] = [
  ['has expired', 'link/certificate-expired', ({ expired }) => expired],
  ['is not yet valid', 'link/certificate-early', (made) => made.early()],
  ['is of another authority', 'link/certificate-untrusted', ({ server }) => server, true],
  ['is for another name', 'link/certificate-name', ({ wrongName }) => wrongName],
];

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'where the broker’s certificate', () => {
  it.each(cases)(
    '%s, the agent says %s, tells it nothing, and goes on once it is right',
    async (_, code, pair, foreign) => {
      const folder = await temporaryFolder();
      const made = makeCertificates(folder, `IP:${BROKER_ADDRESS}`);
      const file = (name: string) => join(folder, name);
      const serve = async ({ cert, key }: Pair) => {
        await copyFile(cert, file('served.pem'));
        await copyFile(key, file('served.key'));
      };
      await serve(pair(made));
      await copyFile(foreign ? made.otherCa : made.ca, file('trusted.pem'));
      await writeFile(file('password'), 'the-password');
      const served = [`cafile ${made.ca}`, `certfile ${file('served.pem')}`, `keyfile ${file('served.key')}`];
      let said: () => Promise<readonly Buffer[]> = async () => [];
      const scene = await sceneFor({
        // the plain listener is there too, for an agent that would fall back to it
        broker: { lines: [`listener ${PORT} 127.0.0.1`, 'allow_anonymous true', ...served] },
        mqtt: {
          ...{ url: `mqtts://${BROKER_ADDRESS}:${PORT}`, allowPlaintext: false, caFile: file('trusted.pem') },
          ...{ username: 'the-user', passwordFile: file('password') },
        },
        before: async (network) => {
          said = await recorderFor(network);
        },
      });
      const { network, broker, witness, agent, rig } = scene;
      await until('attempts', async () => (await said()).length >= 3);
      expect(troubles(scene)).toEqual([code]);
      expect(await pollsIn(rig, 1_000)).toBeGreaterThan(0.7);
      expect(witness.messages).toEqual([]);

      await whileFrozen(agent, async () => {
        await copyFile(made.ca, file('trusted.pem'));
        await serve(made.server);
        await broker.kill();
        await broker.start();
        await witness.hears();
      });
      await live(witness);
      await expectNothingLost(scene);
      const wire = await said();
      for (const connection of wire) expect(connection[0]).toBe(HANDSHAKE);
      for (const secret of SECRETS) expect(Buffer.concat(wire).includes(secret)).toBe(false);
      expect(await network.attempts()).toBe(0);
    },
  );
});

import { randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Config, MqttConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readCredentials } from '../../link/connection/credentials.ts';
import { NameLookup } from '../../link/connection/name-lookup.ts';
import { openTransport } from '../../link/connection/socket.ts';
import { wayTo } from '../../link/connection/way.ts';
import { brokerAddress, isSecure } from '../../link/failover/broker-address.ts';
import { Brokers } from '../../link/failover/brokers.ts';
import { silentLog } from '../../log/log.ts';
import { showUnit } from '../service/systemctl.ts';
import { type Probed, probeAcl } from './acl.ts';
import { judgeExpiry } from './certificate.ts';
import { good, type SecurityFinding } from './finding.ts';

export interface BrokerInspection {
  readonly config: Config;
  readonly signal: AbortSignal;
  /** Also where the service runs, whose connection the broker may end for this one. */
  readonly interrupt: boolean;
  readonly clock?: Clock;
  /** Whether the service runs on this machine. */
  readonly isRunning?: () => Promise<boolean>;
}

/** Nothing that is probed is larger. */
const LONGEST_PAYLOAD = 4096;
const GOODBYE = milliseconds(1000);
const FORBIDDEN = 'broker: forbidden topics';

/**
 * Meets the broker as the gateway does, with its credentials: is the way encrypted, how long are the certificates good,
 * and does the access list hold? Every wait is bounded by `mqtt.connectTimeoutMs` or seconds of its own.
 */
export async function inspectBroker(inspection: BrokerInspection): Promise<readonly SecurityFinding[]> {
  const { config, signal, interrupt, clock = new SystemClock(), isRunning = serviceRuns } = inspection;
  const { mqtt } = config;
  const findings = [...judgeWay(mqtt), ...(await clientCertificate(mqtt, clock))];
  let socket: Socket | undefined;
  try {
    const address = brokerAddress(mqtt.url, mqtt.allowPlaintext);
    const credentials = await readCredentials(mqtt, address.secure);
    const way = wayTo(address, mqtt, credentials, new NameLookup());
    socket = await inTime(mqtt, clock, signal, (inner) => openTransport(way, inner));
    findings.push(...judgeSocket(socket, clock.wall()));
    if (!interrupt && (await isRunning())) {
      // Not a client id of its own helps where a broker takes the name for the id, as that of systemd/broker does.
      findings.push({
        name: FORBIDDEN,
        state: 'unknown',
        advice:
          'not tried, because the broker may end the connection of the running service for it: stop the service first, or use --interrupt',
      });
      return findings;
    }
    socket.destroy();
    findings.push(...(await probe(config, clock, signal)));
  } catch (thrown) {
    findings.push(notReached(toFault(thrown)));
  } finally {
    socket?.destroy();
  }
  return findings;
}

/** The verdict on the way by the config alone. Pure. */
export function judgeWay(mqtt: MqttConfig): readonly SecurityFinding[] {
  const { url, caFile, certFile, username, allowPlaintext } = mqtt;
  const secure = isSecure(url);
  const [encrypted, authority, identity] = ['broker: encryption', 'broker: authority', 'broker: identity'];
  const way: SecurityFinding = secure
    ? good(encrypted)
    : {
        name: encrypted,
        state: allowPlaintext ? 'bad' : 'weak',
        advice: allowPlaintext
          ? 'passwords, readings and commands cross the network in the open: use mqtts:// and take allowPlaintext away'
          : 'another program of this machine may stand in for the broker while that is down: use mqtts://, if others work here',
      };
  const trust: readonly SecurityFinding[] = secure
    ? [
        caFile === undefined
          ? {
              name: authority,
              state: 'weak',
              advice: 'any public authority is trusted: set mqtt.caFile to the one of the broker',
            }
          : good(authority),
      ]
    : [];
  const who: SecurityFinding =
    certFile !== undefined || username !== undefined
      ? good(identity)
      : {
          name: identity,
          state: secure || allowPlaintext ? 'bad' : 'weak',
          advice: 'the gateway has no identity: give it a certificate (mqtt.certFile, keyFile)',
        };
  return [way, ...trust, who];
}

/** Pure. @param fault why the broker was not reached, or did not let the gateway in */
export function notReached({ code }: Fault): SecurityFinding {
  const { message, advice } = FAULTS[code];
  const wrong = code.startsWith('link/certificate') || code === 'link/tls' || code === 'link/credentials';
  return {
    name: 'broker: connection',
    state: wrong ? 'bad' : 'unknown',
    advice: `${message} (${code}). ${advice}`,
  };
}

async function serviceRuns(): Promise<boolean> {
  const shown = await showUnit(['MainPID']);
  return /^MainPID=[1-9]/m.test(shown ?? '');
}

async function clientCertificate({ certFile }: MqttConfig, clock: Clock): Promise<readonly SecurityFinding[]> {
  if (certFile === undefined) return [];
  const validTo = await readFile(certFile)
    .then(
      (pem) => new X509Certificate(pem).validTo,
      () => undefined,
    )
    .catch(() => undefined);
  return [judgeExpiry('mqtt.certFile: not expired', validTo, clock.wall())];
}

function judgeSocket(socket: Socket, now: number): readonly SecurityFinding[] {
  if (!(socket instanceof TLSSocket)) return [];
  return [judgeExpiry('broker: certificate not expired', socket.getPeerCertificate().valid_to, now)];
}

/** @throws Fault `link/timeout` where it takes longer than a connection may, and the errors of `work` */
async function inTime<T>(
  { connectTimeoutMs }: MqttConfig,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, milliseconds(connectTimeoutMs), signal, work);
  } catch (thrown) {
    const fault = toFault(thrown);
    throw fault.code === 'internal/deadline' ? new Fault('link/timeout') : fault;
  }
}

async function probe(
  { mqtt, gateway }: Config,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly SecurityFinding[]> {
  const nobody = `self-test-${randomUUID().slice(0, 8)}`;
  const heard: string[] = [];
  const over = new AbortController();
  let end: Fault | undefined;
  const events = {
    message: ({ topic }: { readonly topic: string }) => {
      if (heard.length < 16) heard.push(topic);
    },
    ended: (fault: Fault) => {
      end = fault;
      over.abort();
    },
  };
  const brokers = new Brokers({
    ...{ config: mqtt, clientId: nobody, longestPayload: LONGEST_PAYLOAD, clock },
    log: silentLog,
  });
  const { connection, greeting } = await inTime(mqtt, clock, signal, (inner) => brokers.open(0, events, inner));
  const said = (ask: (done: (fault: Fault | undefined) => void) => void) =>
    new Promise<Fault | undefined>((resolve) => {
      if (end !== undefined) return resolve(end);
      over.signal.addEventListener('abort', () => resolve(end), { once: true });
      ask(resolve);
    });
  const probed: Probed = {
    publish: (message) => said((done) => connection.publish(message, done)),
    subscribe: (filter) => said((done) => connection.subscribe([filter], done)),
    heard,
  };
  try {
    const { version } = greeting;
    return await probeAcl({ connection: probed, clock, signal, version, prefix: mqtt.topicPrefix, gateway, nobody });
  } finally {
    await withDeadline(clock, GOODBYE, new AbortController().signal, (inner) => connection.close(inner)).catch(
      () => undefined,
    );
  }
}

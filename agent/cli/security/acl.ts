import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { OutgoingMessage } from '../../link/link.ts';
import { good, type SecurityFinding } from './finding.ts';

/** The acts of a connection that a probe needs; a fault is the broker's word against it, or the end of the connection. */
export interface Probed {
  publish(message: OutgoingMessage): Promise<Fault | undefined>;
  subscribe(filter: string): Promise<Fault | undefined>;
  /** Topics that have come so far. */
  readonly heard: readonly string[];
}

export interface AclProbe {
  readonly connection: Probed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** 3.1.1 has no way to say that a publish was refused. */
  readonly version: 4 | 5;
  readonly prefix: string;
  readonly gateway: string;
  /** A topic level that nobody else has. */
  readonly nobody: string;
}

/** For each answer of the broker. */
const ANSWER = milliseconds(5000);
/** Retained messages come with the broker's answer to the subscription. */
const LISTEN = milliseconds(500);
const REFUSED: ReadonlySet<FaultCode> = new Set<FaultCode>(['link/denied', 'link/rejected']);
const SHIPPED = 'compare its access list with systemd/broker/gateways.acl';

/**
 * Tries what a gateway must not be able to do, and one thing that it must. Nothing is kept by the broker, and all topics
 * but one are of gateways that do not exist.
 */
export async function probeAcl(probe: AclProbe): Promise<readonly SecurityFinding[]> {
  const { prefix, gateway, nobody } = probe;
  const own = await publish(probe, `${prefix}/${gateway}/reply/${nobody}`);
  const findings = [judgeOwn(own)];
  for (const [name, topic] of [
    ['broker: may not speak for another gateway', `${prefix}/${nobody}/${nobody}/readings`],
    ['broker: may not command another gateway', `${prefix}/${nobody}/command/ping`],
    // without an id and an expiry no agent does anything with it
    ['broker: may not command itself', `${prefix}/${gateway}/command/${nobody}`],
    ['broker: may not write outside its prefix', `${nobody}/${nobody}`],
  ] as const) {
    findings.push(judgeForbidden(name, await publish(probe, topic), probe.version));
  }
  findings.push(await others(probe));
  return findings;
}

/** Pure. @param said the broker's word to a publish in the gateway's own tree */
export function judgeOwn(said: Fault | undefined): SecurityFinding {
  const name = 'broker: may write in its own tree';
  if (said === undefined) return good(name);
  if (!REFUSED.has(said.code)) return { name, state: 'unknown', advice: 'the broker did not answer: see its log' };
  return { name, state: 'weak', advice: `the broker refuses what the gateway needs: ${SHIPPED}` };
}

/** Pure. @param said the broker's word to a publish that it should refuse */
export function judgeForbidden(name: string, said: Fault | undefined, version: 4 | 5): SecurityFinding {
  if (said === undefined) {
    if (version === 5) return { name, state: 'bad', advice: `the broker took it: ${SHIPPED}` };
    return { name, state: 'unknown', advice: 'MQTT 3.1.1 can not tell: set mqtt.protocolVersion to 5' };
  }
  if (REFUSED.has(said.code)) return good(name);
  return { name, state: 'unknown', advice: 'the broker ended the connection or did not answer: see its log' };
}

/** Pure. @param said the broker's word to a subscription to all gateways @param foreign whether something of others came */
export function judgeForeign(said: Fault | undefined, foreign: boolean): SecurityFinding {
  const name = 'broker: may not hear other gateways';
  if (foreign) return { name, state: 'bad', advice: `what others said came: ${SHIPPED}` };
  if (said !== undefined && REFUSED.has(said.code)) return good(name);
  const advice =
    said === undefined
      ? 'the subscription was granted and brought nothing: mosquitto grants every one and holds back what may not be read. Others may be silent'
      : 'the broker ended the connection or did not answer: see its log';
  return { name, state: 'unknown', advice };
}

async function others({ connection, clock, signal, prefix, gateway }: AclProbe): Promise<SecurityFinding> {
  const said = await bounded(clock, signal, () => connection.subscribe(`${prefix}/+/availability`));
  if (said === undefined) await clock.sleep(LISTEN, signal).catch(() => undefined);
  return judgeForeign(
    said,
    connection.heard.some((topic) => !topic.startsWith(`${prefix}/${gateway}/`)),
  );
}

function publish({ connection, clock, signal }: AclProbe, topic: string): Promise<Fault | undefined> {
  const message: OutgoingMessage = { topic, payload: '{}', qos: 1, retain: false };
  return bounded(clock, signal, () => connection.publish(message));
}

/** The broker's word; its silence is `link/timeout`. */
async function bounded(
  clock: Clock,
  signal: AbortSignal,
  ask: () => Promise<Fault | undefined>,
): Promise<Fault | undefined> {
  try {
    return await withDeadline(clock, ANSWER, signal, ask);
  } catch (thrown) {
    return new Fault('link/timeout', undefined, toFault(thrown));
  }
}

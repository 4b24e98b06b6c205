import type { TextMessage } from '../../../support/fake-link.ts';
import { type ReadPayload, readPayload } from './decode.ts';

/** A message of a session, as a host would see it. */
export interface Recorded {
  readonly type: string;
  readonly device: string | undefined;
  readonly payload: ReadPayload;
  readonly qos: number;
  readonly retain: boolean;
  readonly topic: string;
}

export function recorded(messages: readonly TextMessage[]): readonly Recorded[] {
  return messages.map(({ topic, bytes, qos, retain }) => {
    const [, , type = '', , device] = topic.split('/');
    return { type, device, payload: readPayload(bytes), qos, retain, topic };
  });
}

/**
 * Grades the messages of one node over one connection by the rules that bind their order and their form (Sparkplug
 * 3.0.0). @returns ids of the rules that were broken, each with the place
 */
export function broken(messages: readonly Recorded[], node: { readonly group: string; readonly id: string }): string[] {
  const faults: string[] = [];
  let expected: number | undefined;
  let births = new Map<string, ReadonlySet<string>>();
  let bdSeq: number | undefined;
  for (const [at, { type, device, payload, qos, retain, topic }] of messages.entries()) {
    const fail = (rule: string) => faults.push(`${at} ${topic}: ${rule}`);
    const { seq, metrics, timestamp } = payload;
    if (topic !== ['spBv1.0', node.group, type, node.id, ...(device === undefined ? [] : [device])].join('/')) {
      fail('topic-structure');
    }
    if ((device !== undefined) !== type.startsWith('D')) fail('topic-structure-namespace-device-id');
    if (timestamp === undefined) fail('timestamp');
    if (retain) fail('retain');
    if (type === 'NDEATH') {
      if (qos !== 1) fail('ndeath-will-message-qos');
      if (seq !== undefined) fail('ndeath-seq');
      if (metrics.length !== 1 || metrics[0]?.name !== 'bdSeq') fail('ndeath-payload');
      if (bdSeq !== undefined && metrics[0]?.value !== bdSeq) fail('ndeath-bdseq');
      expected = undefined;
      continue;
    }
    if (qos !== 0) fail('qos');
    if (type === 'NBIRTH') {
      if (seq !== 0) fail('nbirth-seq');
      births = new Map();
      const own = new Map(metrics.map((metric) => [metric.name, metric]));
      const number = own.get('bdSeq');
      if (number?.type !== 'Int64' || typeof number.value !== 'number') fail('nbirth-bdseq');
      bdSeq = Number(number?.value);
      const rebirth = own.get('Node Control/Rebirth');
      if (rebirth?.type !== 'Boolean' || rebirth.value !== false || rebirth.alias !== undefined) fail('rebirth-metric');
    } else {
      if (expected === undefined) fail('nbirth-wait');
      if (seq !== expected) fail('sequence-num-incrementing');
    }
    expected = ((seq ?? 0) + 1) % 256;
    const owner = device ?? '';
    if (type === 'NBIRTH' || type === 'DBIRTH') {
      for (const metric of metrics) {
        if (metric.type === undefined) fail('metric-datatype-req');
        if (metric.name === undefined) fail('alias-birth-requirement');
        if (metric.timestamp === undefined) fail('name-birth-data-requirement');
        if (metric.isNull === (metric.value !== undefined)) fail('birth-values');
      }
      births.set(owner, new Set(metrics.map(keyOf)));
      const names = metrics.map(({ name }) => name?.toLowerCase());
      if (new Set(names).size < names.length) fail('case-sensitivity-metric-names');
    } else if (type === 'NDATA' || type === 'DDATA') {
      const born = births.get(owner);
      if (born === undefined) fail('data-order');
      for (const metric of metrics) {
        if (metric.type !== undefined) fail('metric-datatype-not-req');
        if (metric.timestamp === undefined) fail('name-birth-data-requirement');
        if ((metric.name === undefined) === (metric.alias === undefined)) fail('name-requirement');
        if (metric.isNull === (metric.value !== undefined)) fail('data-values');
        const known = [...(born ?? [])].some(
          (key) => key.startsWith(`${metric.name ?? ''}\0`) || key.endsWith(`\0${metric.alias ?? 'none'}`),
        );
        if (!known) fail('operational-behavior-data-publish-birth');
      }
      if (metrics.length === 0) fail('data-publish-change');
      const live = metrics.filter(({ historical }) => !historical).map((metric) => metric.timestamp ?? 0);
      if (live.some((time, index) => time < (live[index - 1] ?? 0))) fail('data-publish-order');
    } else if (type === 'DDEATH') {
      if (!births.delete(owner)) fail('ddeath-without-birth');
    } else fail('unknown-type');
  }
  return faults;
}

function keyOf({ name, alias }: { readonly name?: string | undefined; readonly alias?: number | undefined }): string {
  return `${name}\0${alias ?? ''}`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutboxRecord } from '../../agent/outbox/outbox.ts';
import { checkout } from './place.ts';

const MAP = join(checkout(), 'test', 'bench', 'meter-map.json');
const NAMES: readonly string[] = Object.keys(JSON.parse(readFileSync(MAP, 'utf8')).points);
const STARTED = 1_764_000_000_000;

/**
 * A reading of an energy meter with 40 points, about 1,300 bytes long. Measured values wander a little, in all seven digits
 * of a float32; counted ones grow slowly; a third stands still. The same one for the same number.
 */
export function meterReading(seq: number, devices: number, perS = 36): OutboxRecord {
  const unit = seq % devices;
  const noise = noiseOf(seq);
  const values = NAMES.map((name, index) => {
    const base = 10 + ((index * 37 + unit * 11) % 400);
    if (index % 3 === 0) return `"${name}":${index === 0 ? 0 : base}`;
    if (name.startsWith('energy')) return `"${name}":${(base * 100 + Math.floor(seq / 50) / 100).toFixed(2)}`;
    return `"${name}":${Number((base * (1 + 0.002 * noise())).toPrecision(7))}`;
  });
  const wall = STARTED + Math.floor((seq * 1000) / perS);
  return {
    seq,
    device: `meter-${unit}`,
    payload: `{"seq":${seq},"boot":"6f1c2a90-54d3-4b2e-9a55-0c7d1e8f3b62","at":"${new Date(wall).toISOString()}","clock":"synchronized","ts":${wall},"quality":"good","values":{${values.join(',')}}}`,
  };
}

/** From -1 to 1. */
function noiseOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x8000_0000 - 1;
  };
}

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Memory } from '../../drivers/contract/memory.ts';
import { dlmsSubjects } from '../../scripts/bench-program/decode/dlms.ts';
import { iecSubjects } from '../../scripts/bench-program/decode/iec.ts';
import { p1Subjects } from '../../scripts/bench-program/decode/p1.ts';
import { smlSubjects } from '../../scripts/bench-program/decode/sml.ts';

const SUBJECTS = [...p1Subjects, ...smlSubjects, ...dlmsSubjects, ...iecSubjects];

describe('the telegrams of the bench case decode', () => {
  it.each(SUBJECTS)('each give values, and no two in a row are the same: $name', ({ device, telegrams }) => {
    const framer = device.framer();
    let memory: Memory | undefined;
    const counts: number[] = [];
    framer.push(Buffer.concat(telegrams), (frame) => {
      const decoded = device.decode(frame, memory);
      memory = decoded.memory ?? memory;
      counts.push('samples' in decoded ? decoded.samples.length : 0);
    });
    expect(counts).toHaveLength(telegrams.length);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    for (const [at, telegram] of telegrams.entries()) expect(telegram).not.toEqual(telegrams[at - 1]);
  });

  it('are decoded by smartmeter-obis too where it knows the protocol, with packages of its own', () => {
    expect(SUBJECTS.flatMap(({ name, peer }) => (peer === undefined ? [] : [[name, peer]]))).toEqual([
      ['sml', 'SmlProtocol'],
      ['iec62056-21, mode d', 'D0Protocol'],
    ]);
    const lock = new URL('../bench/peer-obis/package-lock.json', import.meta.url);
    expect(existsSync(lock)).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { lineText } from '../../../../agent/capture/write.ts';
import { portArgument } from '../../../../agent/cli/ports/port-argument.ts';
import { partMs, spanText, sweepParts } from '../../../../agent/cli/ports/sweep-plan.ts';

const port = portArgument('/dev/ttyUSB0', { baud: '4800', parity: 'odd' });
const units = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

it('asks the likely settings and units first, and each unit at each setting once', () => {
  if (!port) throw new Error();
  const parts = sweepParts(port, { baud: true, parity: true }, units(1, 247));
  expect(parts.slice(0, 5).map((part) => lineText(part.port))).toEqual([
    '9600 8N1',
    '9600 8E1',
    '9600 8O1',
    '19200 8E1',
    '19200 8N1',
  ]);
  expect(parts[0]?.units).toEqual(units(1, 10));
  const pairs = parts.flatMap((part) => part.units.map((unit) => `${lineText(part.port)} ${unit}`));
  expect(new Set(pairs).size).toBe(pairs.length);
  expect(pairs.length).toBe(8 * 3 * 247);
});

it('keeps what is not to be swept', () => {
  if (!port) throw new Error();
  expect(sweepParts(port, { baud: false, parity: true }, [37]).map((part) => lineText(part.port))).toEqual([
    '4800 8N1',
    '4800 8E1',
    '4800 8O1',
  ]);
  expect(new Set(sweepParts(port, { baud: true, parity: false }, [37]).map((part) => part.port.parity))).toEqual(
    new Set(['odd']),
  );
});

it('foresees the timeout of each unit, what the line takes, and the listening', () => {
  if (!port) throw new Error();
  const ms = partMs({ port, units: units(1, 10) }, 100, 300);
  expect(ms).toBeGreaterThan(10 * 100 + 300);
  expect(ms).toBeLessThan(10 * 200 + 1000);
  expect([spanText(1), spanText(119_001), spanText(120_000), spanText(601_000)]).toEqual([
    '1 s',
    '120 s',
    '2 min',
    '11 min',
  ]);
});

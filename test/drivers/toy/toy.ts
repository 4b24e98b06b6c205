import * as z from 'zod';
import { ask, type Dialogue, type Exchange, type Leg, type Step } from '../../../drivers/contract/dialogue.ts';
import { DRIVER_CONTRACT, type Driver, type PollDevice, type Setup } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { legOf } from '../../../drivers/contract/single.ts';

const options = z.strictObject({ unit: z.number().int().min(1).max(9) });
const point = z.strictObject({ name: z.string() });

type Options = z.output<typeof options>;
type Point = z.output<typeof point>;

/** A scale that is woken by `W<unit>` and says `!`, and then answers `R` by three digits and a sum: `042+6`. */
export const driver: Driver<Options, Point> = {
  ...{ contract: DRIVER_CONTRACT, name: 'toy', summary: 'a scale that sleeps', options, point },
  create({ options: { unit }, points, line }: Setup<Options, Point>): PollDevice {
    const exchange = (text: string, usual: number, form: RegExp): Exchange<string> => ({
      request: Uint8Array.from(text, (each) => each.charCodeAt(0)),
      answer: { usual, most: 64 },
      timeout: milliseconds(300 + usual * line.characterMs),
      signature: `${unit} ${text[0]}`,
      lateWithin: milliseconds(1000),
      judge(received, ended) {
        const found = form.exec(String.fromCharCode(...received));
        if (found) return { state: 'done', result: found[0], used: found.index + found[0].length, strays: [] };
        if (!ended) return { state: 'more' };
        const isMute = received.length === 0;
        const fault = new Fault(isMute ? 'device/silent' : 'device/garbled');
        const strays = isMute ? [] : (['noise'] as const);
        return { state: 'failed', fault, consequence: isMute ? 'silent' : 'damaged', answered: !isMute, strays };
      },
    });
    const wake = exchange(`W${unit}`, 1, /!/);
    const read = exchange('R', 5, /[0-9]{3}\+[0-9]/);
    const rest = milliseconds(50);
    const legs: Leg[] = [{ ...legOf(wake), rest }, legOf(read)];
    const reading = (names: readonly string[]): Step =>
      ask(read, (end) => {
        if (end.state === 'failed') return { kind: 'fail', ...end, repeat: 'whole' };
        const [a = 0, b = 0, c = 0, , sum] = Array.from(end.result, Number);
        const fault = new Fault('device/garbled');
        if ((a + b + c) % 10 !== sum) return { kind: 'fail', fault, consequence: 'damaged', repeat: 'whole' };
        return { kind: 'end', samples: names.map((name) => ({ point: name, value: a * 100 + b * 10 + c })) };
      });
    const weighing = (names: readonly string[]): Dialogue => ({
      ...{ key: 'weigh', points: names, cost: { usual: legs, most: legs } },
      begin: () =>
        ask(wake, (end) => {
          if (end.state === 'failed') return { kind: 'fail', ...end, repeat: 'never' };
          return { kind: 'rest', span: rest, next: () => reading(names) };
        }),
    });
    return {
      kind: 'poll',
      points: points.map(({ name }) => ({ name, type: 'number', writable: false })),
      plan: (names) => (names.length === 0 ? [] : [weighing(names)]),
      write(values) {
        const known = [...values.keys()].every((name) => points.some((each) => each.name === name));
        throw new Fault(known ? 'command/not-writable' : 'command/unknown-point');
      },
    };
  },
};

import { onTestFinished } from 'vitest';
import type { AskedCommand, CommandReply, PlantEvent } from '../../../agent/console/wire.ts';
import { type PlantSize, swungValue, wholePlant } from './made-up-plant.ts';
import { PageServer } from './page-server.ts';

export interface OperatedPlant {
  readonly server: PageServer;
  /** The commands that the page has asked for. */
  readonly asked: AskedCommand[];
  /** The answer to them from now on. */
  answer: (asked: AskedCommand) => Partial<CommandReply>;
}

const STEP_MS = 10_000;

/** A made-up plant that somebody looks at, with an hour of history. */
export async function operatedPlant(
  size: PlantSize = { gateways: 12, devices: 10, points: 8 },
  change: (plant: PlantEvent) => PlantEvent = (plant) => plant,
): Promise<OperatedPlant> {
  const asked: AskedCommand[] = [];
  const whole = () => change(wholePlant(size, Date.now()));
  const server = await PageServer.start({
    whole,
    history: (series) => {
      const device = whole().devices.find(
        ({ gateway, id }) => gateway === series.get('gateway') && id === series.get('device'),
      );
      const point = device?.points.find(({ name }) => name === series.get('point'));
      const to = Math.floor(Date.now() / STEP_MS) * STEP_MS;
      const at = Array.from({ length: 360 }, (_, place) => to - (359 - place) * STEP_MS);
      const shift = Number(device?.id.replace(/\D/g, ''));
      return { at, values: at.map((each) => (point === undefined ? null : Number(swungValue(point, each, shift)))) };
    },
    command: async (command) => {
      asked.push(command);
      return {
        outcome: 'done',
        words: 'It was done.',
        fault: null,
        values: null,
        confirm: null,
        ...plant.answer(command),
      };
    },
  });
  const plant: OperatedPlant = { server, asked, answer: () => ({}) };
  onTestFinished(() => server.dispose());
  return plant;
}

import uPlot from 'uplot';
import { clockWords } from '../words/spans.ts';
import type { Curve, CurveData } from './series.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

interface ChartOptions {
  readonly host: HTMLElement;
  readonly curves: readonly Curve[];
  readonly height: number;
  /** Something was chosen by dragging; undefined: back to the whole. */
  readonly onZoom: (span: Span | undefined) => void;
  /** Milliseconds, or undefined: the pointer left. */
  readonly onPointed: (at: number | undefined) => void;
}

/** Dashes that tell curves apart without colour. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [10, 3, 2, 3],
  [12, 4],
  [4, 6],
  [1, 3],
  [8, 2, 2, 2, 2, 2],
];

/** Curves over time, with an axis for each unit. Times are milliseconds outside and seconds within. */
export class Chart {
  readonly #plot: uPlot;
  readonly #host: HTMLElement;
  readonly #height: number;

  constructor({ host, curves, height, onZoom, onPointed }: ChartOptions) {
    const style = getComputedStyle(host);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const units = [...new Set(curves.map(({ unit }) => unit))];
    const scaleOf = (unit: string) => `y${units.indexOf(unit)}`;
    const grid = { stroke: colour('--line'), width: 1 };
    const shown = { stroke: colour('--dim'), font: `12px ${style.fontFamily}`, labelFont: `12px ${style.fontFamily}` };
    this.#host = host;
    this.#height = height;
    this.#plot = new uPlot(
      {
        width: Math.max(200, host.clientWidth),
        height,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        scales: Object.fromEntries(
          units.map((unit) => [scaleOf(unit), unit === 'on/off' ? { range: [-0.1, 1.1] } : {}]),
        ),
        axes: [
          {
            ...shown,
            grid,
            ticks: grid,
            space: 70,
            values: (_, splits, __, ___, apart) => splits.map((at) => timeOf(at, apart)),
          },
          ...units.map(
            (unit, place): uPlot.Axis => ({
              ...shown,
              scale: scaleOf(unit),
              side: place % 2 === 0 ? 3 : 1,
              label: unit,
              labelSize: unit === '' ? 0 : 16,
              labelGap: 0,
              size: 48,
              grid: place === 0 ? grid : { show: false },
              ticks: grid,
              ...(unit === 'on/off' && { splits: () => [0, 1], values: () => ['off', 'on'] }),
            }),
          ),
        ],
        series: [
          {},
          ...curves.map(
            (curve, place): uPlot.Series => ({
              scale: scaleOf(curve.unit),
              stroke: colour(`--curve-${place % 8}`),
              width: 1.75,
              dash: [...(DASHES[place % DASHES.length] ?? [])],
              points: { show: false },
              ...(curve.isBoolean && uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
            }),
          ),
        ],
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width } = plot.select;
              if (width < 4) return;
              const at = (pixel: number) => plot.posToVal(pixel, 'x') * 1000;
              onZoom({ from: at(left), to: at(left + width) });
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
          setCursor: [
            ({ cursor, data }) => onPointed(cursor.idx == null ? undefined : (data[0][cursor.idx] ?? 0) * 1000),
          ],
        },
      },
      [[], ...curves.map(() => [])],
      host,
    );
    this.#plot.over.addEventListener('dblclick', () => onZoom(undefined));
  }

  show(data: readonly CurveData[], { from, to }: Span): void {
    // A curve without a value would make the joined table lose its column.
    const tables = data.map(({ at, values }): uPlot.AlignedData => [at.map((ms) => ms / 1000), values]);
    const joined = tables.length === 1 ? tables[0] : uPlot.join(tables);
    if (joined === undefined) return;
    this.#plot.batch(() => {
      this.#plot.setData(joined, true);
      this.#plot.setScale('x', { min: from / 1000, max: to / 1000 });
    });
  }

  /** After its place became wider or narrower. */
  fit(): void {
    this.#plot.setSize({ width: Math.max(200, this.#host.clientWidth), height: this.#height });
  }

  end(): void {
    this.#plot.destroy();
  }
}

/** `10:15`, and the second where the marks are closer than a minute. */
function timeOf(at: number, apart: number): string {
  const words = clockWords(at * 1000);
  return apart < 60 ? words : words.slice(0, 5);
}

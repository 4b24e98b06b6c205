import { useEffect, useRef, useState } from 'preact/hooks';
import { desk, NOW } from '../state/desk.ts';
import { valuesTopic } from '../state/plant.ts';
import { askHistory } from '../state/server.ts';
import type { Span } from './chart.ts';
import { CurveData } from './series.ts';

/** The data of the plotted points: the kept hour first, then each new value. */
export function useCurves(plots: readonly string[]): ReadonlyMap<string, CurveData> {
  const held = useRef(new Map<string, CurveData>());
  const [, again] = useState(0);
  const wanted = plots.join(' ');
  useEffect(() => {
    for (const plot of held.current.keys()) if (!plots.includes(plot)) held.current.delete(plot);
    const ends = plots.flatMap((plot) => {
      const { key, point, ...series } = partsOf(plot);
      const data = held.current.get(plot) ?? new CurveData();
      if (!held.current.has(plot)) {
        held.current.set(plot, data);
        askHistory({ ...series, point }).then((history) => {
          if (history !== undefined) data.begin(history);
          again((count) => count + 1);
        }, ignored);
      }
      const take = () => {
        const device = desk.plant.device(key);
        const now = device?.values.get(point);
        // A good value that has not changed holds until now: the curve goes on.
        if (device !== undefined && now !== undefined)
          data.add(now.quality === 'good' ? device.toldAt : now.at, now.value);
      };
      return [valuesTopic(key), NOW].map((topic) => desk.wakes.listen(topic, take));
    });
    again((count) => count + 1);
    return () => {
      for (const end of ends) end();
    };
  }, [wanted]);
  return held.current;
}

/** Every value of a span, where the hour as a whole was thinned. */
export function useDetail(
  plots: readonly string[],
  span: Span | undefined,
  whole: ReadonlyMap<string, CurveData>,
): ReadonlyMap<string, CurveData> {
  const [detail, setDetail] = useState<{ readonly span: Span; readonly data: ReadonlyMap<string, CurveData> }>();
  const wanted = plots.join(' ');
  useEffect(() => {
    if (span === undefined || !plots.some((plot) => whole.get(plot)?.thinned === true)) return;
    Promise.all(
      plots.map(async (plot) => {
        const { gateway, device, point } = partsOf(plot);
        const data = new CurveData();
        const history = await askHistory({ gateway, device, point }, span);
        if (history !== undefined) data.begin(history);
        return [plot, history === undefined ? (whole.get(plot) ?? data) : data] as const;
      }),
    ).then((all) => setDetail({ span, data: new Map(all) }), ignored);
  }, [wanted, span]);
  return span !== undefined && detail?.span === span ? detail.data : whole;
}

export function partsOf(plot: string) {
  const [gateway = '', device = '', point = ''] = plot.split('/');
  return { key: `${gateway}/${device}`, gateway, device, point };
}

/** Every error that it could reject with is told by the curve that stays empty. */
function ignored(): void {}

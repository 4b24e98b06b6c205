import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { desk } from '../state/desk.ts';
import { useMedia, useNow, useTopics } from '../state/hooks.ts';
import { ROSTER } from '../state/plant.ts';
import { clockWords } from '../words/spans.ts';
import { withUnit } from '../words/values.ts';
import { Chart, DASHES, type Span } from './chart.ts';
import { type Curve, CurveData, curveOf, HOUR_MS } from './series.ts';
import { partsOf, useCurves, useDetail } from './use-curves.ts';

const NO_DATA = new CurveData();
/** No closer than this can anybody look, milliseconds. */
const LEAST_SPAN = 1000;

/** The curves of the values that were chosen: the last hour, or the part of it that was zoomed into. */
export function PlotPanel({ plots }: { readonly plots: readonly string[] }) {
  useTopics(ROSTER);
  const now = useNow();
  const isDark = useMedia('(prefers-color-scheme: dark)');
  const [zoom, setZoom] = useState<Span>();
  const [pointed, setPointed] = useState<number>();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  const whole = useCurves(plots);
  const data = useDetail(plots, zoom, whole);
  const curves = plots.map(curve);
  const span = zoom ?? { from: now - HOUR_MS, to: now };
  const made = JSON.stringify([curves, isDark]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const drawn = new Chart({ host: element, curves, height: 280, onZoom: setZoom, onPointed: setPointed });
    chart.current = drawn;
    const watched = new ResizeObserver(() => drawn.fit());
    watched.observe(element);
    return () => {
      watched.disconnect();
      drawn.end();
    };
  }, [made]);
  useEffect(() =>
    chart.current?.show(
      plots.map((plot) => data.get(plot) ?? NO_DATA),
      span,
    ),
  );

  const move = (change: (span: Span) => Span) => setZoom(bounded(change(span), now));
  const width = span.to - span.from;
  return (
    <section class="plot" aria-labelledby="plot-title">
      <div class="plot-head">
        <h2 id="plot-title">Plot</h2>
        <p class="dim">{zoom === undefined ? 'Last hour' : `${clockWords(span.from)} to ${clockWords(span.to)}`}</p>
        <Button kind="small" label="Close the plot" onPress={() => desk.adjust({ plots: [] })}>
          Close
        </Button>
      </div>
      <div ref={host} class="chart" role="img" aria-label={`Curves of ${curves.map(({ name }) => name).join(', ')}`} />
      <fieldset class="actions" aria-label="What the plot shows">
        <Button
          kind="small"
          label="Zoom in"
          onPress={() => move(({ from, to }) => ({ from: from + width / 4, to: to - width / 4 }))}
        >
          Zoom in
        </Button>
        <Button
          kind="small"
          label="Zoom out"
          onPress={() => move(({ from, to }) => ({ from: from - width / 2, to: to + width / 2 }))}
        >
          Zoom out
        </Button>
        <Button kind="small" onPress={() => move(({ from, to }) => ({ from: from - width / 2, to: to - width / 2 }))}>
          Earlier
        </Button>
        <Button kind="small" onPress={() => move(({ from, to }) => ({ from: from + width / 2, to: to + width / 2 }))}>
          Later
        </Button>
        <Button kind="small" disabled={zoom === undefined} onPress={() => setZoom(undefined)}>
          Whole hour
        </Button>
        {[...new Set(plots.map((plot) => partsOf(plot).gateway))].map((gateway) => (
          <a key={gateway} class="csv" href={csvOf(gateway, plots)} download={`${gateway}.csv`}>
            CSV of {gateway}
          </a>
        ))}
      </fieldset>
      <ul class="curves">
        {curves.map((each, place) => (
          <CurveLine
            key={each.plot}
            curve={each}
            place={place}
            data={data.get(each.plot)}
            span={span}
            pointed={pointed}
          />
        ))}
      </ul>
      <p class="dim hint">Drag over the plot to zoom. Press another value to add it.</p>
    </section>
  );
}

function CurveLine(props: {
  readonly curve: Curve;
  readonly place: number;
  readonly data: CurveData | undefined;
  readonly span: Span;
  readonly pointed: number | undefined;
}) {
  const { curve: own, place, data, span, pointed } = props;
  const within = data?.within(span.from, span.to);
  const at = pointed === undefined ? undefined : data?.within(span.from, pointed)?.last;
  const words = (value: number) => (own.isBoolean ? (value === 1 ? 'on' : 'off') : withUnit(value, own.unit));
  return (
    <li>
      <svg class={`swatch curve-${place % 8}`} viewBox="0 0 24 4" aria-hidden="true">
        <path d="M0 2h24" stroke-dasharray={(DASHES[place % DASHES.length] ?? []).join(' ')} />
      </svg>
      <span class="curve-name">
        {own.name} <span class="dim">{own.device}</span>
      </span>
      <span class="number">
        {within === undefined ? <span class="dim">nothing kept</span> : <strong>{words(at ?? within.last)}</strong>}
      </span>
      <span class="dim number">
        {within !== undefined && !own.isBoolean && `${words(within.low)} to ${words(within.high)}`}
      </span>
      <Button
        kind="small"
        label={`Remove ${own.name} from the plot`}
        onPress={() => desk.adjust({ plots: desk.route.plots.filter((plot) => plot !== own.plot) })}
      >
        Remove
      </Button>
    </li>
  );
}

function curve(plot: string): Curve {
  const { key, device, point } = partsOf(plot);
  const held = desk.plant.device(key);
  return curveOf(plot, held?.told.label ?? device, held?.points.get(point));
}

/** Within the hour that is kept, no shorter than a second. */
function bounded({ from, to }: Span, now: number): Span | undefined {
  const width = Math.max(LEAST_SPAN, to - from);
  if (width >= HOUR_MS) return undefined;
  const begin = Math.min(Math.max(from, now - HOUR_MS), now - width);
  return { from: begin, to: begin + width };
}

function csvOf(gateway: string, plots: readonly string[]): string {
  const query = new URLSearchParams({ gateway });
  for (const plot of plots) {
    const parts = partsOf(plot);
    if (parts.gateway === gateway) query.append('series', `${parts.device}/${parts.point}`);
  }
  return `/api/history.csv?${query}`;
}

import type { ComponentChildren } from 'preact';
import type { ShownPoint } from '../../wire.ts';
import { MOST_PLOTS } from '../route.ts';
import { desk } from '../state/desk.ts';
import type { DeviceNow } from '../state/plant.ts';

/** A value that opens its plot, or adds itself to the open one; pressed again it leaves. A text has no plot. */
export function PlotButton(props: {
  readonly device: DeviceNow;
  readonly point: ShownPoint;
  readonly of: string;
  readonly children: ComponentChildren;
}) {
  const { device, point } = props;
  if (point.type === 'text' || typeof device.values.get(point.name)?.value === 'string') return <>{props.children}</>;
  const plot = `${device.key}/${point.name}`;
  const { plots } = desk.route;
  const isOn = plots.includes(plot);
  const next = isOn ? plots.filter((each) => each !== plot) : [...plots, plot].slice(-MOST_PLOTS);
  return (
    <button
      type="button"
      class="value"
      aria-pressed={isOn}
      aria-label={`${String(props.children)}: plot of ${props.of}`}
      onClick={() => desk.adjust({ plots: next })}
    >
      {props.children}
    </button>
  );
}

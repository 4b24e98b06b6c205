import type { ShownGateway, ShownPoint } from '../../wire.ts';
import { Age } from '../parts/age.tsx';
import { Badge, Share } from '../parts/sign.tsx';
import type { Concern } from '../state/concerns.ts';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { type DeviceNow, deviceTopic, gatewayTopic, valuesTopic } from '../state/plant.ts';
import type { ValueRow } from '../state/search.ts';
import { healthTone, qualityTone } from '../words/tones.ts';
import { countWords, shareWords, valueWords } from '../words/values.ts';
import { PlotButton } from './plot-button.tsx';
import { mayWrite, WriteButton } from './write-button.tsx';

export const CONCERN_HEADS = [
  { name: 'State', column: 'state' },
  { name: 'What', column: 'name' },
  { name: 'Gateway', column: 'gateway' },
  { name: 'Why', column: 'why' },
];

export function ConcernCells({ item }: { readonly item: Concern }) {
  return (
    <>
      <td class="state">
        <Badge tone={item.tone} words={item.state} />
      </td>
      <td class="name">
        <a href={desk.hrefOf(item.place)}>{item.name}</a>
      </td>
      <td class="gateway">{item.name === item.gateway ? '' : item.gateway}</td>
      <td class="why" title={item.words}>
        {item.words}
      </td>
    </>
  );
}

export const GATEWAY_HEADS = [
  { name: 'State', column: 'state' },
  { name: 'Gateway', column: 'name' },
  { name: 'Status', column: 'age' },
  { name: 'Buses open', column: 'buses number' },
  { name: 'Busiest bus', column: 'share' },
  { name: 'Outbox', column: 'outbox number' },
  { name: 'Reconnects', column: 'reconnects number' },
  { name: 'Certificate', column: 'certificate number' },
  { name: 'Version', column: 'version' },
];

export function GatewayCells({ item }: { readonly item: ShownGateway }) {
  useTopics(gatewayTopic(item.id));
  const gateway = desk.plant.gateway(item.id) ?? item;
  const { buses, outbox, link } = gateway;
  const shares = buses.flatMap(({ utilisation }) => (utilisation === null ? [] : [utilisation]));
  const busiest = shares.length === 0 ? null : Math.max(...shares);
  return (
    <>
      <td class="state">
        <GatewayBadge online={gateway.online} />
      </td>
      <td class="name">
        <a href={desk.hrefOf({ view: 'gateway', gateway: gateway.id })}>{gateway.id}</a>
      </td>
      <td class="age">
        <Age at={gateway.statusAt} />
      </td>
      <td class="buses number">
        {buses.filter(({ open }) => open).length} of {buses.length}
      </td>
      <td class="share">
        <Share share={busiest} words={shareWords(busiest)} />
      </td>
      <td class="outbox number">{countWords(outbox.held)} held</td>
      <td class="reconnects number">{countWords(link.reconnects)}</td>
      <td class="certificate number">
        {link.certificateDaysLeft === null ? '–' : `${Math.floor(link.certificateDaysLeft)} days`}
      </td>
      <td class="version">{gateway.version ?? '–'}</td>
    </>
  );
}

export function GatewayBadge({ online }: { readonly online: boolean | null }) {
  if (online === null) return <Badge tone="off" words="not known" />;
  return online ? <Badge tone="good" words="online" /> : <Badge tone="bad" words="offline" />;
}

export const DEVICE_HEADS = [
  { name: 'Health', column: 'state' },
  { name: 'Device', column: 'name' },
  { name: 'Gateway', column: 'gateway' },
  { name: 'Bus', column: 'bus' },
  { name: 'Driver', column: 'driver' },
  { name: 'Latency', column: 'latency number' },
  { name: 'Last good', column: 'age' },
  { name: 'Fault', column: 'why' },
];

export function DeviceCells({ item }: { readonly item: DeviceNow }) {
  useTopics(deviceTopic(item.key), gatewayTopic(item.told.gateway));
  const { told } = item;
  return (
    <>
      <td class="state">
        <HealthBadge device={item} />
      </td>
      <td class="name">
        <a href={desk.hrefOf({ view: 'device', gateway: told.gateway, device: told.id })}>{told.label ?? told.id}</a>
      </td>
      <td class="gateway">{told.gateway}</td>
      <td class="bus">{told.bus ?? '–'}</td>
      <td class="driver">{told.driver ?? '–'}</td>
      <td class="latency number">{told.latencyMs === null ? '–' : `${Math.round(told.latencyMs)} ms`}</td>
      <td class="age">
        <Age at={told.lastGoodAt} />
      </td>
      <td class="why" title={told.fault?.message}>
        {told.fault?.message ?? ''}
      </td>
    </>
  );
}

/** A device behind a gateway that is away is not known, against its last word. */
export function HealthBadge({ device }: { readonly device: DeviceNow }) {
  const { gateway, health, fault } = device.told;
  if (desk.plant.gateway(gateway)?.online === false) return <Badge tone="off" words="not known" />;
  return <Badge tone={healthTone(health, fault)} words={health ?? 'not known'} />;
}

/** One value with its unit, age, quality and controls, as every table of values has it. */
function PointCells({ device, point }: { readonly device: DeviceNow; readonly point: ShownPoint }) {
  useTopics(valuesTopic(device.key), deviceTopic(device.key));
  useRoute();
  const now = device.values.get(point.name);
  const text = valueWords(now?.value);
  const quality = now === undefined ? 'not read' : now.quality;
  const of = `${point.label ?? point.name} of ${device.told.label ?? device.told.id}`;
  return (
    <>
      <td class={typeof now?.value === 'number' ? 'value number' : 'value text'} title={text}>
        <PlotButton device={device} point={point} of={of}>
          {text}
        </PlotButton>
      </td>
      <td class="unit">{point.unit ?? ''}</td>
      <td class="quality">
        {quality === 'good' ? <span class="dim">good</span> : <Badge tone={qualityTone(quality)} words={quality} />}
      </td>
      <td class="age">
        <Age at={now === undefined ? null : now.quality === 'good' ? device.toldAt : now.at} />
      </td>
      <td class="act">{mayWrite(device, point) && <WriteButton device={device} point={point} of={of} />}</td>
    </>
  );
}

const POINT_HEADS = [
  { name: 'Value', column: 'value number' },
  { name: 'Unit', column: 'unit' },
  { name: 'Quality', column: 'quality' },
  { name: 'Age', column: 'age' },
  { name: 'Change', column: 'act' },
];

export const VALUE_HEADS = [{ name: 'Value of', column: 'name' }, { name: 'Device', column: 'device' }, ...POINT_HEADS];
export const OWN_VALUE_HEADS = [{ name: 'Value of', column: 'name' }, ...POINT_HEADS];

export function ValueCells({ item: { device, point } }: { readonly item: ValueRow }) {
  const { gateway, id, label } = device.told;
  return (
    <>
      <td class="name" title={point.name}>
        {point.label ?? point.name}
      </td>
      <td class="device">
        <a href={desk.hrefOf({ view: 'device', gateway, device: id })}>{label ?? id}</a>
        <span class="dim"> {gateway}</span>
      </td>
      <PointCells device={device} point={point} />
    </>
  );
}

export function OwnValueCells({ item: { device, point } }: { readonly item: ValueRow }) {
  return (
    <>
      <td class="name" title={point.name}>
        {point.label ?? point.name}
      </td>
      <PointCells device={device} point={point} />
    </>
  );
}

import { useMemo } from 'preact/hooks';
import { LongTable } from '../parts/long-table.tsx';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { QUALITIES, ROSTER } from '../state/plant.ts';
import { devicesWith, valuesWith } from '../state/search.ts';
import { DEVICE_HEADS, DeviceCells, VALUE_HEADS, ValueCells } from './rows.tsx';
import { ViewTitle } from './title.tsx';

export function DeviceList() {
  useTopics(ROSTER);
  const { typed, faultyOnly } = useRoute();
  const found = devicesWith(desk.plant.devices, typed, faultyOnly);
  return (
    <>
      <ViewTitle title="Devices">
        <Found count={found.length} of={desk.plant.devices.length} />
      </ViewTitle>
      <LongTable
        label="Devices"
        of="devices"
        heads={DEVICE_HEADS}
        items={found}
        keyOf={({ key }) => key}
        Cells={DeviceCells}
        empty={faultyOnly ? 'No device has a fault.' : 'No device fits.'}
      />
    </>
  );
}

export function ValueList() {
  const { typed, faultyOnly } = useRoute();
  useTopics(ROSTER, ...(faultyOnly ? [QUALITIES] : []));
  const { devices, qualityRound } = desk.plant;
  const round = faultyOnly ? qualityRound : 0;
  const found = useMemo(() => valuesWith(devices, typed, faultyOnly), [devices, typed, faultyOnly, round]);
  return (
    <>
      <ViewTitle title="Values">
        <Found count={found.length} of={devices.reduce((sum, { told }) => sum + told.points.length, 0)} />
      </ViewTitle>
      <LongTable
        label="Values"
        of="values"
        heads={VALUE_HEADS}
        items={found}
        keyOf={({ key }) => key}
        Cells={ValueCells}
        empty={faultyOnly ? 'Every value is good.' : 'No value fits.'}
      />
    </>
  );
}

function Found({ count, of }: { readonly count: number; readonly of: number }) {
  return (
    <p class="dim" role="status">
      {count === of ? `${of} in all` : `${count} of ${of}`}
    </p>
  );
}

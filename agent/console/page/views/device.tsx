import { useMemo } from 'preact/hooks';
import { Age } from '../parts/age.tsx';
import { Button } from '../parts/button.tsx';
import { FactList } from '../parts/facts.tsx';
import { FaultNote } from '../parts/fault-note.tsx';
import { LongTable } from '../parts/long-table.tsx';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { type DeviceNow, deviceTopic, gatewayTopic, ROSTER } from '../state/plant.ts';
import { valuesWith } from '../state/search.ts';
import { deviceCommands, reopenBus } from './gateway-commands.ts';
import { HealthBadge, OWN_VALUE_HEADS, OwnValueCells } from './rows.tsx';
import { ViewTitle } from './title.tsx';

export function DevicePage({ gateway, id }: { readonly gateway: string; readonly id: string }) {
  const key = `${gateway}/${id}`;
  useTopics(ROSTER, deviceTopic(key), gatewayTopic(gateway));
  const device = desk.plant.device(key);
  if (device === undefined) {
    return (
      <>
        <ViewTitle title={id} />
        <p class="empty">The broker tells of no device with this name at {gateway}.</p>
      </>
    );
  }
  return <Known device={device} />;
}

function Known({ device }: { readonly device: DeviceNow }) {
  const { gateway, id, label, bus, driver, fault, latencyMs, lastGoodAt, identity, commands } = device.told;
  const name = label ?? id;
  return (
    <>
      <ViewTitle title={name}>
        <HealthBadge device={device} />
      </ViewTitle>
      {fault !== null && (
        <section class="fault" aria-label="Fault">
          <FaultNote fault={fault} />
          {bus !== null && (
            <Button label={`Reopen ${bus}`} onPress={() => reopenBus(gateway, bus)}>
              Reopen {bus}
            </Button>
          )}
        </section>
      )}
      <FactList
        facts={[
          [
            'Gateway',
            <a key="gateway" href={desk.hrefOf({ view: 'gateway', gateway })}>
              {gateway}
            </a>,
          ],
          ['Id', id],
          ['Bus', bus ?? '–'],
          ['Driver', driver ?? '–'],
          ['Latency', latencyMs === null ? '–' : `${Math.round(latencyMs)} ms`],
          ['Last good reading', <Age key="age" at={lastGoodAt} />],
          ...Object.entries(identity ?? {}).map(([what, text]) => [capital(what), text] as const),
        ]}
      />
      <fieldset class="actions" aria-label={`Commands of ${name}`}>
        {deviceCommands(commands).map(([command, title, explained]) => (
          <Button
            key={command}
            onPress={() =>
              desk.ask({
                kind: 'command',
                asked: { gateway, device: id, command, args: {} },
                title: `${title}: ${name}?`,
                explained,
              })
            }
          >
            {title}
          </Button>
        ))}
      </fieldset>
      <Values device={device} />
    </>
  );
}

function Values({ device }: { readonly device: DeviceNow }) {
  const { typed } = useRoute();
  const { points } = device.told;
  const rows = useMemo(() => valuesWith([device], typed, false), [device, points, typed]);
  return (
    <section aria-labelledby="values">
      <h2 id="values">
        Values <span class="count">{points.length}</span>
      </h2>
      <LongTable
        label={`Values of ${device.told.label ?? device.told.id}`}
        of="values own"
        heads={OWN_VALUE_HEADS}
        items={rows}
        keyOf={({ key }) => key}
        Cells={OwnValueCells}
        empty="No value fits."
      />
    </section>
  );
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

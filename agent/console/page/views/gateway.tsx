import type { ShownBus, ShownGateway } from '../../wire.ts';
import { Age } from '../parts/age.tsx';
import { Button } from '../parts/button.tsx';
import { FactList } from '../parts/facts.tsx';
import { FaultNote } from '../parts/fault-note.tsx';
import { LongTable } from '../parts/long-table.tsx';
import { Badge, Share } from '../parts/sign.tsx';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { gatewayTopic, ROSTER } from '../state/plant.ts';
import { devicesWith } from '../state/search.ts';
import { spanWords } from '../words/spans.ts';
import { bytesWords, countWords, shareWords } from '../words/values.ts';
import { OFFERED_COMMANDS, reopenBus } from './gateway-commands.ts';
import { DEVICE_HEADS, DeviceCells, GatewayBadge } from './rows.tsx';
import { ViewTitle } from './title.tsx';

export function GatewayPage({ id }: { readonly id: string }) {
  useTopics(ROSTER, gatewayTopic(id));
  const { typed, faultyOnly } = useRoute();
  const gateway = desk.plant.gateway(id);
  if (gateway === undefined) {
    return (
      <>
        <ViewTitle title={id} />
        <p class="empty">The broker tells of no gateway with this name.</p>
      </>
    );
  }
  const devices = desk.plant.devices.filter(({ told }) => told.gateway === id);
  return (
    <>
      <ViewTitle title={id}>
        <GatewayBadge online={gateway.online} />
      </ViewTitle>
      <FactList facts={factsOf(gateway)} />
      <fieldset class="actions" aria-label={`Commands of ${id}`}>
        {OFFERED_COMMANDS.map(({ name, title, asks, explained, args }) => (
          <Button
            key={name}
            onPress={() =>
              desk.ask({
                kind: 'command',
                asked: { gateway: id, command: name, args },
                title: `${asks} ${id}?`,
                explained,
              })
            }
          >
            {title}
          </Button>
        ))}
      </fieldset>
      <section aria-labelledby="buses">
        <h2 id="buses">
          Buses <span class="count">{gateway.buses.length}</span>
        </h2>
        <ul class="bus-list">
          {gateway.buses.map((bus) => (
            <Bus key={bus.id} gateway={id} bus={bus} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="devices">
        <h2 id="devices">
          Devices <span class="count">{devices.length}</span>
        </h2>
        <LongTable
          label={`Devices of ${id}`}
          of="devices own"
          heads={DEVICE_HEADS}
          items={devicesWith(devices, typed, faultyOnly)}
          keyOf={({ key }) => key}
          Cells={DeviceCells}
          empty="No device fits."
        />
      </section>
    </>
  );
}

function factsOf({ statusAt, version, uptimeS, link, outbox, memoryBytes, auditHead }: ShownGateway) {
  return [
    ['Status', <Age key="status" at={statusAt} />],
    ['Version', version ?? '–'],
    ['Running for', uptimeS === null ? '–' : spanWords(uptimeS)],
    ['Reconnects', countWords(link.reconnects)],
    ['Certificate', link.certificateDaysLeft === null ? '–' : `${Math.floor(link.certificateDaysLeft)} days left`],
    ['Outbox', `${countWords(outbox.held)} held, ${bytesWords(outbox.bytes)}`],
    ['Dropped', countWords(outbox.dropped)],
    ['Kept over a power cut', outbox.durable === null ? '–' : outbox.durable ? 'yes' : 'no'],
    ['Memory', bytesWords(memoryBytes)],
    [
      'Audit head',
      <code key="audit" class="hash" title={auditHead ?? undefined}>
        {auditHead ?? '–'}
      </code>,
    ],
  ] as const;
}

function Bus({ gateway, bus }: { readonly gateway: string; readonly bus: ShownBus }) {
  const tone = bus.fault !== null ? (bus.open ? 'warn' : 'bad') : bus.open ? 'good' : 'bad';
  return (
    <li class="bus-card">
      <div class="bus-head">
        <h3>{bus.id}</h3>
        <Badge tone={tone} words={bus.open ? 'open' : 'closed'} />
        <Button kind="small" label={`Reopen ${bus.id}`} onPress={() => reopenBus(gateway, bus.id)}>
          Reopen
        </Button>
      </div>
      <FactList
        facts={[
          ['In use', <Share key="share" share={bus.utilisation} words={shareWords(bus.utilisation)} />],
          ['Questions', countWords(bus.exchanges)],
          ['No answer', countWords(bus.timeouts)],
          ['Wrong checksum', countWords(bus.checksumErrors)],
          ['Late', countWords(bus.lateFrames)],
          ['Reopened', countWords(bus.reopens)],
        ]}
      />
      {bus.fault !== null && <FaultNote fault={bus.fault} />}
    </li>
  );
}

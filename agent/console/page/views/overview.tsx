import { LongTable } from '../parts/long-table.tsx';
import { concernsOf, isFaulty } from '../state/concerns.ts';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { ROSTER } from '../state/plant.ts';
import { findGateways } from '../state/search.ts';
import { CONCERN_HEADS, ConcernCells, GATEWAY_HEADS, GatewayCells } from './rows.tsx';
import { ViewTitle } from './title.tsx';

/** The plant at a glance: how many are well, the troubles that need a person, and each gateway. */
export function Overview() {
  useTopics(ROSTER);
  const { typed, faultyOnly } = useRoute();
  const { gateways, devices } = desk.plant;
  const concerns = concernsOf(gateways, devices);
  const found = new Set(findGateways(gateways, typed).map(({ id }) => id));
  const troubled = new Set(concerns.map(({ gateway }) => gateway));
  const listed = gateways.filter(({ id }) => found.has(id) && (!faultyOnly || troubled.has(id)));
  return (
    <>
      <ViewTitle title="Plant" />
      <ul class="tiles">
        <Tile
          count={gateways.filter(({ online }) => online === true).length}
          of={gateways.length}
          words="gateways online"
        />
        <Tile
          count={gateways.reduce((sum, { buses }) => sum + buses.filter(({ open }) => open).length, 0)}
          of={gateways.reduce((sum, { buses }) => sum + buses.length, 0)}
          words="buses open"
        />
        <Tile
          count={devices.filter((device) => !isFaulty(device)).length}
          of={devices.length}
          words="devices without fault"
        />
      </ul>
      <section aria-labelledby="attention">
        <h2 id="attention">
          Needs attention <span class="count">{concerns.length}</span>
        </h2>
        <LongTable
          label="Needs attention"
          of="concerns"
          heads={CONCERN_HEADS}
          items={concerns.filter(
            ({ gateway, name }) => found.has(gateway) || name.toLowerCase().includes(typed.toLowerCase()),
          )}
          keyOf={({ key }) => key}
          Cells={ConcernCells}
          empty={
            gateways.length === 0 ? 'Nothing has been heard of a gateway yet.' : 'Nothing. All that is known is well.'
          }
        />
      </section>
      <section aria-labelledby="gateways">
        <h2 id="gateways">
          Gateways <span class="count">{listed.length}</span>
        </h2>
        <LongTable
          label="Gateways"
          of="gateways"
          heads={GATEWAY_HEADS}
          items={listed}
          keyOf={({ id }) => id}
          Cells={GatewayCells}
          empty="No gateway fits."
        />
      </section>
    </>
  );
}

function Tile({ count, of, words }: { readonly count: number; readonly of: number; readonly words: string }) {
  return (
    <li class={count === of ? 'tile' : 'tile short'}>
      <span class="figure">
        {count}
        <span class="dim"> of {of}</span>
      </span>
      <span class="dim">{words}</span>
    </li>
  );
}

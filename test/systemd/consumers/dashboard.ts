/** The part of the database that a query of the Grafana dashboard asks for. */
export interface Asked {
  readonly measurement: string;
  /** Tags and fields that it names; the points come from a variable. */
  readonly names: readonly string[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly query: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

/** @throws Error for a query of another form, a variable that is not there, panels that lie over each other */
export function askedBy(text: string): readonly Asked[] {
  const { panels, templating }: Dashboard = JSON.parse(text);
  const variables = new Set(['timeFilter', '__interval', ...templating.list.map(({ name }) => name)]);
  checkPlaces(panels);
  const queries = [...panels.flatMap(({ targets }) => targets), ...templating.list].map(({ query }) => query);
  return queries.map((query) => {
    for (const [, name = ''] of query.matchAll(/\$(\w+)/g)) if (!variables.has(name)) throw new Error(`no $${name}`);
    const measurement = /\bFROM "(\w+)"/.exec(query)?.[1];
    if (measurement === undefined || !/^(SELECT|SHOW (TAG VALUES|FIELD KEYS)) /.test(query)) throw new Error(query);
    const renamed = query.replace(/ AS "\w+"/g, '').replace(/FROM "\w+"/, '');
    return { measurement, names: [...renamed.matchAll(/"(\w+)"/g)].map(([, name = '']) => name) };
  });
}

function checkPlaces(panels: Dashboard['panels']): void {
  const taken = new Set<string>();
  for (const { id, gridPos } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        if (x >= 24 || taken.has(`${x} ${y}`)) throw new Error(`panel ${id} lies over another or beside the page`);
        taken.add(`${x} ${y}`);
      }
    }
  }
}

/** A value that every device of a case has, as Fieldward's config and the peers' plan have it. */
export interface Quantity {
  readonly name: string;
  readonly register: 'holding' | 'input';
  readonly address: number;
  readonly type: 'uint16' | 'float32';
}

export function registersOf({ type }: Quantity): number {
  return type === 'float32' ? 2 : 1;
}

/** The first of so many holding registers. */
export function holdingRegisters(count: number): readonly Quantity[] {
  return Array.from({ length: count }, (_, address) => ({
    name: `r${address}`,
    register: 'holding',
    address,
    type: 'uint16',
  }));
}

/** The requests that a careful user writes down by hand: one for each run of addresses without a hole. */
export function withoutHoles(quantities: readonly Quantity[], most: number): readonly (readonly Quantity[])[] {
  const groups: Quantity[][] = [];
  let [start, end] = [0, -1];
  for (const quantity of quantities.toSorted((a, b) => a.address - b.address)) {
    const after = quantity.address + registersOf(quantity);
    if (quantity.address !== end || after - start > most) {
      groups.push([]);
      start = quantity.address;
    }
    groups.at(-1)?.push(quantity);
    end = after;
  }
  return groups;
}

/** The entry of package-lock.json for an installed package. */
export interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** By the folder of each: `node_modules/mqtt`. */
export type LockedPackages = Readonly<Record<string, Locked>>;

/**
 * The packages of a set that a package of it needs, by their folders; packages between them that are not in the set are
 * passed through. Pure.
 * @param from the folder whose needs are asked for; empty: the product itself
 */
export function neededBy(from: string, within: ReadonlySet<string>, packages: LockedPackages): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const follow = (folder: string): void => {
    for (const name of namesOf(packages[folder])) {
      const to = installedAs(name, folder, packages);
      if (to === undefined || seen.has(to)) continue;
      seen.add(to);
      if (within.has(to)) found.add(to);
      else follow(to);
    }
  };
  follow(from);
  found.delete(from);
  return [...found].sort();
}

function namesOf(locked: Locked | undefined): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies } = locked ?? {};
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/** As Node looks for it: in the package's own folder, then in those above it. */
function installedAs(name: string, from: string, packages: LockedPackages): string | undefined {
  for (let folder = from; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder}/node_modules/${name}`;
    if (Object.hasOwn(packages, place)) return place;
  }
  const place = `node_modules/${name}`;
  return Object.hasOwn(packages, place) ? place : undefined;
}

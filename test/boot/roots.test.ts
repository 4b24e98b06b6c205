import { expect, it } from 'vitest';
import { rootFor } from '../support/boot-root.ts';

// Built while other tests run (scripts/test), because it is the network that they take time for.
it.each(['trixie', 'bookworm', 'bullseye', 'trixie-arm64'] as const)(
  'the root of %s can be had, or it is known why not',
  async (suite) => {
    expect(Object.values(await rootFor(suite))).toEqual([expect.stringMatching(/./)]);
  },
);

import { defineConfig } from 'vitest/config';
import { ALONE, COMPUTED, LONG, PACE, TIMING, UNBOOTED } from './suites.ts';

// A limit only ends a test that hangs: none of them says how fast something must be.
const shared = {
  setupFiles: ['test/support/setup.ts'],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  pool: 'forks' as const,
  expect: { poll: { timeout: 120_000, interval: 10 } },
};

/** Tests that compare times come before other load of the machine, and are tried again where it was busy all the same. */
const timed = { ...shared, retry: 2, setupFiles: [...shared.setupFiles, 'test/support/first.ts'] };
const unit = { ...shared, maxWorkers: 2, sequence: { groupOrder: 0 } };
// The built agent as a process of its own. These wait for conditions, most of the time for nothing but a period.
const system = {
  ...shared,
  maxWorkers: 4,
  sequence: { groupOrder: 1 },
  // Node itself loads the build, as it is.
  server: { deps: { external: [/\/dist\//] } },
};
// In one process, in which a package is built once.
const boot = {
  ...shared,
  testTimeout: 900_000,
  hookTimeout: 900_000,
  maxWorkers: 1,
  fileParallelism: false,
  isolate: false,
};

const alone = Object.keys(ALONE).map((name) => `test/${name}`);
const [systemAlone, unitAlone] = [true, false].map((isSystem) =>
  alone.filter((path) => path.startsWith('test/system/') === isSystem),
) as [string[], string[]];
const unbooted = UNBOOTED.map((name) => `test/boot/${name}`);
const leftOut = (
  process.env.FIELDWARD_QUICK === '1' ? LONG : process.env.FIELDWARD_SECOND_NODE === '1' ? COMPUTED : []
).map((name) => `test/${name}`);
const [pace, timing] = [PACE, TIMING].map((list) => Object.keys(list).map((name) => `test/system/${name}`)) as [
  string[],
  string[],
];

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    coverage: {
      provider: 'v8',
      include: ['agent/**/*.ts', 'config/**/*.ts', 'drivers/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/bench/**', 'test/boot/**', ...alone, ...leftOut],
          isolate: false,
        },
      },
      { test: { ...unit, name: 'unit-alone', include: unitAlone, exclude: leftOut } },
      {
        test: {
          ...system,
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: [...pace, ...timing, ...alone],
          isolate: false,
        },
      },
      { test: { ...system, name: 'system-alone', include: systemAlone } },
      {
        // They compare times with a wide bound: nothing else runs beside them.
        test: { ...timed, name: 'pace', include: pace, maxWorkers: 3, sequence: { groupOrder: 2 } },
      },
      {
        // They compare times closely: one after the other, and nothing beside them.
        test: {
          ...timed,
          name: 'timing',
          include: timing,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      // The package in Debian roots with systemd as PID 1. Building a root takes a minute, once.
      {
        test: {
          ...boot,
          name: 'boot',
          include: ['test/boot/**/*.test.ts'],
          exclude: unbooted,
          sequence: { groupOrder: 4 },
        },
      },
      { test: { ...boot, name: 'packages', include: unbooted, sequence: { groupOrder: 5 } } },
    ],
  },
});

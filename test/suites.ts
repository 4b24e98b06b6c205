/**
 * Unit tests and system tests share a few processes: to start one for each file takes longer than most files do. These files
 * have a process of their own, each with the reason: they replace modules, or measure what their process holds or takes.
 */
export const ALONE: Readonly<Record<string, string>> = {
  'agent/clock/handover.test.ts': 'its threads end with its process',
  'agent/clock/system-clock.test.ts': 'it counts the timers of its process',
  'agent/clock/timing-places.test.ts': 'it replaces how a thread waits',
  'agent/clock/timing-thread.test.ts': 'its threads end with its process',
  'agent/command/fuzz.test.ts': 'it measures the heap of its process',
  'agent/files/lock.test.ts': 'it replaces a module',
  'agent/link/connection/mqtt-connection.test.ts': 'it replaces a method of the MQTT library',
  'agent/link/connection/socket.test.ts': 'it changes the environment of its process',
  'agent/link/mqtt-link.test.ts': 'it measures the memory of its process, and replaces a method of the MQTT library',
  'agent/log/output.test.ts': 'it opens and closes descriptors by number',
  'agent/outbox/disk/real-disk.test.ts': 'it reads what its process made the kernel write',
  'agent/outbox/memory-outbox.test.ts': 'it measures the heap of its process',
  'agent/sequence/sequence-tail.test.ts': 'it replaces a module',
  'agent/service/datagrams.test.ts': 'it hands descriptors to programs by number',
  'drivers/port/fake-port.test.ts': 'it measures the processor time of its process, and counts its descriptors',
  'drivers/port/serial-binding.test.ts': 'it replaces the serial library',
  'drivers/port/serial-contract.test.ts': 'it measures the processor time of its process, and counts its descriptors',
  'drivers/port/serial-empty-calls.test.ts': 'it replaces a module',
  'drivers/port/serial-latency.test.ts': 'it replaces the serial library',
  'drivers/port/serial-library.test.ts': 'it replaces the serial library',
  'drivers/port/serial-port.test.ts': 'it measures the processor time and the memory of its process',
  'drivers/port/tcp-port.test.ts': 'it measures the processor time of its process, and counts its descriptors',
  'drivers/registry/loader.test.ts': 'the modules that it loads stay in its process',
  'system/link/reconnects.test.ts': 'it measures the heap of its process, and counts its timers',
};

/**
 * System tests that compare times or rates with a wide bound, each with the reason. A few of them run at once, and they come
 * before what runs beside them; nothing does where they may not.
 */
export const PACE: Readonly<Record<string, string>> = {
  'backlog.test.ts': 'the age of live readings beside a backlog, and the rate of that backlog',
  'budget.test.ts': 'a cycle and the share of the line in use: 5 % beside what check announces',
  'clock-jumps.test.ts': 'the longest interval between two readings',
  'dead-devices.test.ts': 'the rates of two lines beside each other',
  'exceptions.test.ts': 'how often a device is asked that refuses, beside one that does not',
  'faults.test.ts': 'the share of good answers where answers are made late on purpose',
  'hung-port.test.ts': 'how long the end takes',
  'ports.test.ts': 'how soon an unplugged port is seen',
  'silent-devices.test.ts': 'the longest gap of living devices beside dead ones',
  'stop.test.ts': 'how long the end takes',
  'network/certificates.test.ts': 'the rate of polls while a broker is refused',
  'network/names.test.ts': 'the rate of polls while a name is not known',
  'network/outages.test.ts': 'the rates of polls and attempts in an outage, and how soon it is seen',
  'network/slow.test.ts': 'the age of states and answers on a slow network, and the rate of polls',
};

/** System tests that compare times, rates or shares of a processor closely, each with the reason. One runs at a time, and nothing beside it. */
export const TIMING: Readonly<Record<string, string>> = {
  'bench.test.ts': 'the share of the line’s limit that the bench measures',
  'command-flood.test.ts': 'polls per second in a flood of 1000 commands a second, and the delay of the loop',
  'echo.test.ts': 'that no answer is late on a line where a second program may take it',
  'flood.test.ts': 'the share of a processor and the delay of the loop while a line floods',
  'shared-line.test.ts': 'gaps of milliseconds between two protocols of one line',
  'link/latency.test.ts': 'milliseconds from a sample to a subscriber, and that a backlog is sent within a second',
  'outbox/day.test.ts': 'the age of live readings beside 200,000 that waited, and the most memory',
};

/** Tests of the packages that boot no system: they run beside those that do. */
export const UNBOOTED: readonly string[] = [
  'arm64.test.ts',
  'packaging.test.ts',
  'roots.test.ts',
  'standalone.test.ts',
];

/** Unit tests that take seconds each, mostly because they try thousands of cases: `./scripts/test --quick` leaves them out. */
export const LONG: readonly string[] = [
  'agent/audit/journal.test.ts',
  'agent/audit/verify.test.ts',
  'agent/bus/fairness.test.ts',
  'agent/bus/orderly-end.test.ts',
  'agent/bus/stuck-for.test.ts',
  'agent/bus/throwing-driver.test.ts',
  'agent/cli/ports/modbus-tcp-probe.test.ts',
  'agent/clock/timing-places.test.ts',
  'agent/command/flood.test.ts',
  'agent/command/fuzz.test.ts',
  'agent/command/ledger/ledger-kill.test.ts',
  'agent/link/mqtt-link.test.ts',
  'agent/outbox/disk/disk-outbox.test.ts',
  'agent/sequence/sequence-tail.test.ts',
  'agent/telemetry/forwarder/forwarder-lanes.test.ts',
  'config/leak.test.ts',
  'config/load.test.ts',
  'drivers/port/serial-port.test.ts',
  'drivers/registry/build.test.ts',
];

/**
 * Unit tests that only compute: they ask Node for nothing that differs from one version to the next, so that once is
 * enough. Tests that open files, sockets, processes or threads run on both. `scripts/build` takes the Node of the PATH, whichever
 * Node runs its test.
 */
export const COMPUTED: readonly string[] = [
  'agent/{bus,convention,device,telemetry,throttle}/**/*.test.ts',
  'agent/audit/verify.test.ts',
  'agent/capture/form.test.ts',
  'agent/cli/ctl/reply.test.ts',
  'agent/cli/dispatch.test.ts',
  'agent/cli/ports/naming/*.test.ts',
  'agent/command/flood.test.ts',
  'agent/command/fuzz.test.ts',
  'agent/link/connection/inbound-gate.test.ts',
  'agent/log/escape.test.ts',
  'agent/outbox/disk/constant-cost.test.ts',
  'agent/outbox/disk/disk-blocks.test.ts',
  'agent/outbox/disk/disk-outbox.test.ts',
  'agent/outbox/disk/disk-readers.test.ts',
  'agent/outbox/disk/slow-disk.test.ts',
  'agent/outbox/fair-queue.test.ts',
  'agent/outbox/fairness.test.ts',
  'agent/outbox/segments/read-windows.test.ts',
  'architecture/**/*.test.ts',
  'captures/**/*.test.ts',
  'config/leak.test.ts',
  'config/load.test.ts',
  'config/profile.test.ts',
  'config/rules.test.ts',
  'config/source/yaml.test.ts',
  'drivers/properties.test.ts',
  'drivers/!(port|registry)/**/*.test.ts',
  'drivers/registry/build.test.ts',
  'reference/**/*.test.ts',
  'scripts/measure*.test.ts',
];

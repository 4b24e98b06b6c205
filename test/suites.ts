/**
 * Unit tests that need a process of their own, each with the reason. All other unit tests share two processes: to start one
 * for each file takes longer than most files do.
 */
export const ALONE: Readonly<Record<string, string>> = {
  'agent/clock/system-clock.test.ts': 'it counts the timers of its process',
  'agent/command/fuzz.test.ts': 'it measures the heap of its process',
  'agent/files/lock.test.ts': 'it puts another module in the place of one',
  'agent/outbox/disk/disk-outbox.test.ts': 'it reads what its process made the kernel write',
  'agent/outbox/memory-outbox.test.ts': 'it measures the heap of its process',
  'agent/sequence/sequence-tail.test.ts': 'it puts another module in the place of one',
  'drivers/port/serial-binding.test.ts': 'it puts another native library in the place of ours',
  'drivers/port/serial-empty-calls.test.ts': 'it puts another native library in the place of ours',
  'drivers/port/serial-latency.test.ts': 'it puts another native library in the place of ours',
  'drivers/port/serial-library.test.ts': 'it puts another native library in the place of ours',
  'drivers/port/serial-port.test.ts': 'it measures the memory of its process',
};

/**
 * System tests that compare times, rates or shares of a processor, each with the reason. They run one after the other
 * with nothing beside them. All other system tests wait for conditions only, and run side by side.
 */
export const TIMING: Readonly<Record<string, string>> = {
  'backlog.test.ts': 'the age of live readings beside a backlog, and the rate of that backlog',
  'bench.test.ts': 'the share of the line’s limit that the bench measures',
  'budget.test.ts': 'a cycle and the share of the line in use, 5 % beside what check announces',
  'clock-jumps.test.ts': 'the longest interval between two readings',
  'command-flood.test.ts':
    'polls per second before and in a flood of 1000 commands a second, and the delay of the loop',
  'dead-devices.test.ts': 'the rate of living devices on two lines',
  'echo.test.ts': 'that no answer comes too late on a line where a second program may take it',
  'faults.test.ts': 'the share of good answers where answers are made late on purpose',
  'flood.test.ts': 'the share of a processor and the delay of the loop while a line floods',
  'hung-port.test.ts': 'how long the end takes',
  'ports.test.ts': 'how soon an unplugged port is seen',
  'shared-line.test.ts': 'gaps of milliseconds between two protocols of one line',
  'silent-devices.test.ts': 'the longest gap of living devices beside dead ones',
  'stop.test.ts': 'how long the end takes',
  'link/latency.test.ts': 'milliseconds from a sample to a subscriber',
  'network/certificates.test.ts': 'the rate of polls while a broker is refused',
  'network/names.test.ts': 'the rate of polls while a name is not known',
  'network/outages.test.ts': 'the rate of polls and of attempts in an outage, and how soon it is seen',
  'network/slow.test.ts': 'the age of states and answers on a slow network, and the rate of polls',
  'outbox/day.test.ts': 'the age of live readings beside 200,000 that waited, and the most memory',
};

/** CPU time of this process so far, milliseconds: unlike a clock it does not count what other programs take of the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

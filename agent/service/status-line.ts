/** The contents of the one line about a gateway. */
export interface Summary {
  readonly buses: number;
  readonly busesOpen: number;
  readonly devices: number;
  readonly devicesOnline: number;
  readonly connected: boolean;
  /** Topics that the broker's access list denies. */
  readonly denied: number;
  /** Readings that wait for the broker. */
  readonly waiting: number;
  /** Devices whose outputs for when the broker is away are due and not set. */
  readonly outputsNotSet: number;
  /** Names of parts that withhold the watchdog's ping. */
  readonly stuck: readonly string[];
}

/** The line that `systemctl status` shows: `3 of 4 buses open, 11 of 12 devices online, broker connected, 0 waiting`. */
export function statusLine(summary: Summary): string {
  const { buses, busesOpen, devices, devicesOnline, connected, denied, waiting, outputsNotSet: unset, stuck } = summary;
  const refusal = denied === 0 ? '' : ` but denies ${denied} ${denied === 1 ? 'topic' : 'topics'}`;
  return [
    `${busesOpen} of ${buses} ${buses === 1 ? 'bus' : 'buses'} open`,
    `${devicesOnline} of ${devices} ${devices === 1 ? 'device' : 'devices'} online`,
    `broker ${connected ? `connected${refusal}` : 'away'}`,
    `${waiting} waiting`,
    ...(unset > 0 ? [`outputs of ${unset} ${unset === 1 ? 'device' : 'devices'} not set`] : []),
    ...(stuck.length > 0 ? [`stuck: ${stuck.join(' and ')}`] : []),
  ].join(', ');
}

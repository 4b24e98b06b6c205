/** The names under which a gateway publishes: `fieldward/plant7-gw01/…`. */
export class Topics {
  /** The prefix and the gateway, without a slash at the end. */
  readonly root: string;

  constructor(prefix: string, gateway: string) {
    this.root = `${prefix}/${gateway}`;
  }

  /** Also the topic of the will. */
  get availability(): string {
    return `${this.root}/availability`;
  }

  get status(): string {
    return `${this.root}/status`;
  }

  deviceAvailability(device: string): string {
    return `${this.root}/${device}/availability`;
  }

  state(device: string): string {
    return `${this.root}/${device}/state`;
  }

  readings(device: string): string {
    return `${this.root}/${device}/readings`;
  }
}

/** Words of a point's name that say of what it is, or how it is summed. */
const NOT_QUANTITY = /^(?:l[123]|ln|ll|net|total|sum|average|resettable)$/;
const SUMMED = /^(?:total|sum|average|resettable)$/;

interface Phase {
  voltage: number;
  current: number;
  active: number;
  apparent: number;
  reactive: number;
  factor: number;
  energy: number;
  reactiveEnergy: number;
}

/** Three phases and the energy that they have used; everything a meter shows follows from these. */
export class Plant {
  readonly #unit: number;
  readonly #extra: () => number;
  readonly #phases: Phase[];
  #at: number;
  #frequency = 50;

  constructor(unit: number, extra: () => number, at: number) {
    this.#unit = unit;
    this.#extra = extra;
    this.#at = at;
    this.#phases = [0, 1, 2].map((index) => ({
      voltage: 230,
      current: 0,
      active: 0,
      apparent: 0,
      reactive: 0,
      factor: 1,
      energy: 1000 + 137 * unit + 31 * index,
      reactiveEnergy: 100 + 7 * index,
    }));
    this.advance(at);
  }

  advance(now: number): void {
    const hours = Math.max(0, now - this.#at) / 3_600_000;
    this.#at = Math.max(now, this.#at);
    this.#frequency = 50 + 0.03 * wander(now, this.#unit + 0.5);
    this.#phases.forEach((phase, index) => {
      const seed = this.#unit * 3 + index;
      phase.voltage = 230 + 3 * wander(now, seed);
      phase.factor = 0.95 + 0.04 * wander(now, seed + 10);
      phase.active = 1500 + 900 * wander(now, seed + 20) + (index === 0 ? this.#extra() : 0);
      phase.apparent = phase.active / phase.factor;
      phase.current = phase.apparent / phase.voltage;
      phase.reactive = Math.sqrt(phase.apparent ** 2 - phase.active ** 2);
      phase.energy += (phase.active * hours) / 1000;
      phase.reactiveEnergy += (phase.reactive * hours) / 1000;
    });
  }

  /** By the name of a point. A value of one phase that the name leaves out is the first's: a single-phase meter's. */
  value(name: string): number {
    const words = name.split('-');
    const phases = words.filter((word) => /^l[123]$/.test(word));
    const base = words.filter((word) => !NOT_QUANTITY.test(word)).join('-');
    if (base === 'voltage' && (phases.length === 2 || words.includes('ll'))) {
      return this.#mean((phase) => phase.voltage) * Math.sqrt(3);
    }
    const only = phases[0] ?? (words.some((word) => SUMMED.test(word)) ? undefined : 'l1');
    if (only !== undefined) {
      const phase = this.#phases[Number(only.slice(1)) - 1];
      return phase === undefined ? 0 : this.#of(phase, base);
    }
    if (base === 'power-factor') return this.#sum((phase) => phase.active) / this.#sum((phase) => phase.apparent);
    if (words.includes('average')) return this.#mean((phase) => this.#of(phase, base));
    return this.#sum((phase) => this.#of(phase, base));
  }

  #of(phase: Phase, base: string): number {
    switch (base) {
      case 'frequency':
        return this.#frequency;
      case 'voltage':
        return phase.voltage;
      case 'current':
        return phase.current;
      case 'power-active':
      case 'power-active-import':
      case 'power-active-demand':
        return phase.active;
      case 'power-apparent':
      case 'power-apparent-demand':
        return phase.apparent;
      case 'power-reactive':
        return phase.reactive;
      case 'power-factor':
        return phase.factor;
      case 'phase-angle':
        return (Math.acos(phase.factor) * 180) / Math.PI;
      case 'energy':
      case 'energy-import':
        return phase.energy;
      case 'energy-reactive':
      case 'energy-reactive-import':
        return phase.reactiveEnergy;
      default:
        return 0;
    }
  }

  #sum(of: (phase: Phase) => number): number {
    return this.#phases.reduce((sum, phase) => sum + of(phase), 0);
  }

  #mean(of: (phase: Phase) => number): number {
    return this.#sum(of) / this.#phases.length;
  }
}

/** Between -1 and 1, smooth, without a period that could be seen, and another for each seed. */
function wander(now: number, seed: number): number {
  const seconds = now / 1000;
  const wave = (period: number, phase: number) => Math.sin((2 * Math.PI * seconds) / period + phase * seed);
  return (wave(7.3, 1.7) + 2 * wave(41, 2.9) + 3 * wave(193, 5.3)) / 6;
}

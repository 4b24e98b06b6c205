import type { CommandReply, ShownFault } from '../../wire.ts';

/** A state's colour. It never stands alone: a sign and a word say the same. */
export type Tone = 'good' | 'warn' | 'bad' | 'off';

export function healthTone(health: string | null, fault: ShownFault | null): Tone {
  if (health === 'offline' || health === 'unloaded') return 'bad';
  if (fault !== null) return 'warn';
  return health === 'online' ? 'good' : 'off';
}

const OUTCOMES: Readonly<Record<CommandReply['outcome'], Tone>> = {
  done: 'good',
  applied: 'good',
  verified: 'good',
  selected: 'off',
  refused: 'warn',
  failed: 'bad',
  unknown: 'warn',
};

export function outcomeTone(outcome: CommandReply['outcome']): Tone {
  return OUTCOMES[outcome];
}

export function qualityTone(quality: string): Tone {
  return quality === 'bad' ? 'bad' : quality === 'not read' ? 'off' : 'warn';
}

import { desk, REQUEST } from '../state/desk.ts';
import { useTopics } from '../state/hooks.ts';
import { CommandDialog } from './command-dialog.tsx';
import { WriteDialog } from './write-dialog.tsx';

/** The dialog that is open, if one is. */
export function OpenDialog() {
  useTopics(REQUEST);
  const { request } = desk;
  if (request === undefined) return null;
  if (request.kind === 'command') return <CommandDialog {...request} />;
  const device = desk.plant.device(request.device);
  const point = device?.points.get(request.point);
  if (device === undefined || point === undefined) return null;
  return <WriteDialog device={device} point={point} />;
}

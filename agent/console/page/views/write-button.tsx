import type { ShownPoint } from '../../wire.ts';
import { Button } from '../parts/button.tsx';
import { desk } from '../state/desk.ts';
import type { DeviceNow } from '../state/plant.ts';

export function mayWrite(device: DeviceNow, point: ShownPoint): boolean {
  return point.write !== undefined && device.told.commands.includes('write');
}

export function WriteButton(props: { readonly device: DeviceNow; readonly point: ShownPoint; readonly of: string }) {
  return (
    <Button
      kind="small"
      label={`Change ${props.of}`}
      onPress={() => desk.ask({ kind: 'write', device: props.device.key, point: props.point.name })}
    >
      Change
    </Button>
  );
}

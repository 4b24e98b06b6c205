import type { ShownFault } from '../../wire.ts';

/** A fault as the table has it: its message, its remedy, and its code for a reader who wants to look it up. */
export function FaultNote({ fault }: { readonly fault: ShownFault }) {
  return (
    <div class="fault-note">
      <p class="fault-message">{fault.message}</p>
      {fault.advice !== undefined && <p class="advice">{fault.advice}</p>}
      <p class="code">{fault.code}</p>
    </div>
  );
}

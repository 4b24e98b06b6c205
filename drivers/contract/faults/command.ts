import type { FaultRows } from './row.ts';

export const COMMAND_FAULTS = {
  'command/malformed': {
    message: 'the request is not of the form that the interface gives',
    remedy: 'refuse',
    advice: 'See the topics reference.',
  },
  'command/too-large': { message: 'the request is too large', remedy: 'refuse', advice: 'Send less in one request.' },
  'command/retained': {
    message: 'retained requests are never executed',
    remedy: 'refuse',
    advice: 'Publish commands without the retain flag.',
  },
  'command/expired': { message: 'the request has expired', remedy: 'refuse', advice: 'Check both clocks; send anew.' },
  'command/expires-too-late': {
    message: 'the request would stay valid for too long, or the clocks of sender and gateway differ',
    remedy: 'refuse',
    advice:
      'Set expiresAt within commands.maxAgeMs. Where it is, compare both clocks: `clock` and `at` of the status are those of the gateway.',
  },
  'command/unknown': { message: 'there is no such command', remedy: 'refuse', advice: 'See the topics reference.' },
  'command/unknown-device': {
    message: 'there is no such device',
    remedy: 'refuse',
    advice: 'See the device ids in the config.',
  },
  'command/unknown-bus': {
    message: 'there is no such bus',
    remedy: 'refuse',
    advice: 'See the bus ids in the config.',
  },
  'command/unknown-point': {
    message: 'there is no such point',
    remedy: 'refuse',
    advice: 'See the device’s points in the config or profile.',
  },
  'command/not-writable': {
    message: 'the point is not writable',
    remedy: 'refuse',
    advice: 'Set `writable: true` on the point, if that is meant.',
  },
  'command/not-readable': {
    message: 'the point is something that the device does, and can not be read',
    remedy: 'refuse',
    advice: 'Read the other points of the device.',
  },
  'command/value': {
    message: 'the value is outside what the point allows',
    remedy: 'refuse',
    advice:
      'See type, min, max, step and enum of the point. A whole number beyond 9007199254740992 must be one that a double holds.',
  },
  'command/not-allowed': {
    message: 'the config does not allow this command',
    remedy: 'refuse',
    advice: 'See commands.allow of the gateway and of the device.',
  },
  'command/disabled': {
    message: 'commands are switched off',
    remedy: 'refuse',
    advice: 'Set commands.enabled to true, if that is meant.',
  },
  'command/lockout': {
    message: 'commands are locked out at the gateway',
    remedy: 'refuse',
    advice: 'Somebody on site has set the lockout switch: ask them.',
  },
  'command/unsigned': {
    message: 'the config takes this command only signed',
    remedy: 'refuse',
    advice: 'Sign the request with a key that commands.signing lists; `fieldward ctl --sign-key` does.',
  },
  'command/signature': {
    message: 'the signature does not fit the request',
    remedy: 'refuse',
    advice: 'Check the key, and that gateway, device and command in what was signed are those of the topic.',
  },
  'command/key': {
    message: 'the key that signed the request may not do this',
    remedy: 'refuse',
    advice: 'See commands, devices and points of the key in commands.signing.',
  },
  'command/select-first': {
    message: 'the point is only written by select and operate',
    remedy: 'refuse',
    advice: 'Send `select` with the values, then `operate` with the token of its reply.',
  },
  'command/token': {
    message: 'there is no such selection, or its time is over',
    remedy: 'refuse',
    advice: 'Select anew; the values of `operate` must be those that were selected.',
  },
  'command/selected': {
    message: 'the point is selected already',
    remedy: 'refuse',
    advice: 'Operate with the token of that selection, or wait until its time is over.',
  },
  'command/interlock': {
    message: 'an interlock forbids the write',
    remedy: 'refuse',
    advice: 'See writableWhen of the point, and what its other point reads.',
  },
  'command/too-soon': {
    message: 'the point was written too short a time ago',
    remedy: 'refuse',
    advice: 'See minIntervalMs of the point.',
  },
  'command/too-fast': {
    message: 'the value would change faster than the point allows',
    remedy: 'refuse',
    advice: 'See maxRatePerS of the point: go there in smaller steps.',
  },
  'command/write-budget': {
    message: 'the point has had all of its writes for today',
    remedy: 'refuse',
    advice: 'See dailyWrites of the point: its memory wears out.',
  },
  'command/read-budget': {
    message: 'the read had taken the line for as long as one command may',
    remedy: 'refuse',
    advice: 'Read fewer points in one request. Where the device refuses many of them, correct the profile.',
  },
  'command/interrupted': {
    message: 'the agent stopped while the command ran',
    remedy: 'give-up',
    advice: 'It may have acted: read the device before asking again.',
  },
  'command/not-recorded': {
    message: 'the command could not be recorded, so it was not executed',
    remedy: 'refuse',
    advice: 'Check space and permissions of commands.directory.',
  },
  'command/not-kept': {
    message: 'the device confirmed the write and kept another value',
    remedy: 'give-up',
    advice:
      'See the values as read back, and the device’s manual. Local operation, a write protection or a limit of its own may win. Set `readBack: false` on a point that never reads as it was written, as a coil that pulses.',
  },
  'command/unconfirmed': {
    message: 'nobody confirms a write of this kind',
    remedy: 'give-up',
    advice: 'Read the device to see whether it has acted.',
  },
  'command/device-busy': {
    message: 'an earlier command to the same device was not over in time',
    remedy: 'retry-later',
    advice: 'Send fewer writes to this device, or give its bus less to do; nothing was sent.',
  },
  'command/rate': { message: 'too many requests', remedy: 'refuse', advice: 'Send more slowly.' },
  'command/reply-too-large': {
    message: 'the answer is too large for one reply',
    remedy: 'refuse',
    advice: 'Name fewer points in one request; the status is published by itself.',
  },
  'command/unloaded': {
    message: 'the device’s driver is not loaded',
    remedy: 'refuse',
    advice: 'See the device’s fault code in the status.',
  },
  'command/clock': {
    message: 'the gateway does not know the time, so it can not tell whether the request has expired',
    remedy: 'refuse',
    advice: 'Repair time synchronization of the gateway.',
  },
  'command/clock-behind': {
    message: 'the gateway’s clock is behind the time of requests that it executed before its start',
    remedy: 'refuse',
    advice:
      'Set the gateway’s clock, and repair its time synchronization: until then requests are refused as expired or as valid for too long.',
  },
} as const satisfies FaultRows<'command'>;

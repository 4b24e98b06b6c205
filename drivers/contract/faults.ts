import { AUDIT_FAULTS } from './faults/audit.ts';
import { BUS_FAULTS } from './faults/bus.ts';
import { COMMAND_FAULTS } from './faults/command.ts';
import { CONFIG_FAULTS } from './faults/config.ts';
import { CONSOLE_FAULTS } from './faults/console.ts';
import { DEVICE_FAULTS } from './faults/device.ts';
import { DRIVER_FAULTS } from './faults/driver.ts';
import { FRAMING_FAULTS } from './faults/framing.ts';
import { INTERNAL_FAULTS } from './faults/internal.ts';
import { LINK_FAULTS } from './faults/link.ts';
import { METRICS_FAULTS } from './faults/metrics.ts';
import { OUTBOX_FAULTS } from './faults/outbox.ts';
import { PORT_FAULTS } from './faults/port.ts';
import { DLMS_FAULTS } from './faults/protocol/dlms.ts';
import { IEC62056_FAULTS } from './faults/protocol/iec62056.ts';
import { LINES_FAULTS } from './faults/protocol/lines.ts';
import { MBUS_FAULTS } from './faults/protocol/mbus.ts';
import { MODBUS_FAULTS } from './faults/protocol/modbus.ts';
import { NMEA0183_FAULTS } from './faults/protocol/nmea0183.ts';
import { P1_FAULTS } from './faults/protocol/p1.ts';
import { SDI12_FAULTS } from './faults/protocol/sdi12.ts';
import { SML_FAULTS } from './faults/protocol/sml.ts';
import { SUNSPEC_FAULTS } from './faults/protocol/sunspec.ts';
import { VEDIRECT_FAULTS } from './faults/protocol/vedirect.ts';
import { THROTTLE_FAULTS } from './faults/throttle.ts';

/**
 * The one table of failures. A code is `area/what`; it is part of the interface and never changes its meaning. The
 * areas lie in a file each; a code begins with its area, so that none stands twice.
 */
export const FAULTS = {
  ...INTERNAL_FAULTS,
  ...PORT_FAULTS,
  ...BUS_FAULTS,
  ...THROTTLE_FAULTS,
  ...DRIVER_FAULTS,
  ...DEVICE_FAULTS,
  ...MBUS_FAULTS,
  ...MODBUS_FAULTS,
  ...NMEA0183_FAULTS,
  ...LINES_FAULTS,
  ...DLMS_FAULTS,
  ...P1_FAULTS,
  ...SML_FAULTS,
  ...SUNSPEC_FAULTS,
  ...VEDIRECT_FAULTS,
  ...IEC62056_FAULTS,
  ...SDI12_FAULTS,
  ...FRAMING_FAULTS,
  ...CONFIG_FAULTS,
  ...LINK_FAULTS,
  ...COMMAND_FAULTS,
  ...AUDIT_FAULTS,
  ...OUTBOX_FAULTS,
  ...METRICS_FAULTS,
  ...CONSOLE_FAULTS,
} as const;

export type FaultCode = keyof typeof FAULTS;

/** Every code, for schemas and the generated reference. */
export const FAULT_CODES = Object.freeze(Object.keys(FAULTS)) as readonly FaultCode[];

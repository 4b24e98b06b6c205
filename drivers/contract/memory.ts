/**
 * Plain data that a driver wants back in its next run (a frame counter, a frame count bit, a SunSpec map). The device
 * owns it: at most 4 KiB as JSON, dropped when the line reopens.
 */
export type Memory = Readonly<Record<string, number | string | readonly number[]>>;

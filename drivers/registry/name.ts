/** The form of a driver's name: lower-case words, at most 32 characters. */
export const DRIVER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Whether it has the form of a driver's name; says nothing about whether there is one. */
export function isDriverName(name: unknown): name is string {
  return typeof name === 'string' && DRIVER_NAME.test(name);
}

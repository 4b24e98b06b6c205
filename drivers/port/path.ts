/** Linux's PATH_MAX, with the NUL that C puts behind it. */
const LONGEST = 4096;

// The binding hands the path to C, where a NUL cuts it short. Control characters have no business in a device's name.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Whether a text can be the path of a port: absolute, at most 4095 bytes, without control characters and without the
 * segments `.` and `..`. Whether anything is there is only known when it is opened.
 */
export function isPortPath(path: string): boolean {
  if (!path.startsWith('/') || path.endsWith('/')) return false;
  if (Buffer.byteLength(path) >= LONGEST || FORBIDDEN.test(path)) return false;
  return !path.split('/').some((segment) => segment === '.' || segment === '..');
}

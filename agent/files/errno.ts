/** Whether the operating system said this: `ENOENT` and the like. */
export function isCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

/** The operating system's code: `ENOENT` and the like; empty where it was not the operating system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

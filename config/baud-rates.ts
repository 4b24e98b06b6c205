/** The rates of Linux's termios.h from 300 on; B134 and slower are of no device that this agent could serve. */
export const BAUD_RATES: readonly number[] = Object.freeze([
  300, 600, 1_200, 1_800, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000,
  921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
]);

/**
 * How much of a line the devices that do not answer may take from those that do, all of a bus together. Constants, not
 * options: nobody has a reason to give the dead more, and with less a device that is back would be seen too late.
 */
export const PROBES = {
  /** Of offline devices, while others want the line: the living keep 98 %, and a bus may lose 97 % at the most. */
  share: 0.02,
  /**
   * Of devices that have just fallen silent and are not offline yet, while others want the line. Enough to know within
   * seconds how a device stands, little enough that a dead branch of a line does not stop the rest meanwhile.
   */
  doubtedShare: 0.25,
  /**
   * Of offline devices while nobody else wants the line. Such a probe costs the others nothing, but a command that
   * comes meanwhile waits until it is over: so not all the time.
   */
  idleShare: 0.5,
} as const;

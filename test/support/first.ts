import { setPriority } from 'node:os';

/**
 * A gateway's agent has its machine to itself, this one may not: where the system lets a test do so, the test and all that
 * it starts come before the other processes. Then the times that it compares are its own.
 */
try {
  setPriority(-10);
} catch {
  // Only root may. These tests are tried again where the machine was busy.
}

/* Runs a program for a part of each period only, in the manner of cpulimit: duty RUN_US PERIOD_US PROGRAM ARGUMENT...
 * The process becomes PROGRAM; a child of it stops and continues it (SIGSTOP, SIGCONT) until it is gone. So the number of
 * the process stays, and nothing else is ever sent a signal.
 *
 * scripts/bench-program/slow/handicap.ts builds it; by hand: gcc -O2 -Wall -o duty duty.c
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void rest(long us) {
  struct timespec span = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&span, NULL);
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  long run = atol(argv[1]), period = atol(argv[2]);
  if (run < 100 || period <= run || period > 10000000) return 64;
  pid_t program = getpid();
  pid_t child = fork();
  if (child < 0) return 71;
  if (child > 0) {
    execvp(argv[3], argv + 3);
    return 127;
  }
  /* the program's open files are not this one's, and its reader must see that they are closed */
  for (int file = 0; file < 1024; file++) close(file);
  /* the kernel ends this with the thread that made it, and that is the program's first */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sched_param first = {.sched_priority = 60};
  sched_setscheduler(0, SCHED_FIFO, &first);
  while (getppid() == program) {
    rest(run);
    if (getppid() != program || kill(program, SIGSTOP)) break;
    rest(period - run);
    if (getppid() != program || kill(program, SIGCONT)) break;
  }
  return 0;
}

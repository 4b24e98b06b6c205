/* tty-witness: to be preloaded. Writes down what a program does to terminals: bytes that it sends, and changes of the line.
 * gcc -shared -fPIC -o tty-witness.so tty-witness.c -ldl; TTY_WITNESS=FILE LD_PRELOAD=./tty-witness.so PROGRAM
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

static int is_serial(int fd) {
  char link[64], name[256]; snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, name, sizeof name - 1); if (n <= 0) return 0;
  name[n] = 0; return !strncmp(name, "/dev/pts/", 9) || !strncmp(name, "/dev/tty", 8);
}
static void note(const char *what) {
  static ssize_t (*out)(int, const void *, size_t); if (!out) out = dlsym(RTLD_NEXT, "write");
  const char *path = getenv("TTY_WITNESS"); if (!path) return;
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); if (fd < 0) return;
  if (out(fd, what, strlen(what)) < 0) {}
  close(fd);
}
ssize_t write(int fd, const void *b, size_t n) {
  static ssize_t (*next)(int, const void *, size_t); if (!next) next = dlsym(RTLD_NEXT, "write");
  if (is_serial(fd)) note("write\n");
  return next(fd, b, n);
}
ssize_t writev(int fd, const struct iovec *v, int n) {
  static ssize_t (*next)(int, const struct iovec *, int); if (!next) next = dlsym(RTLD_NEXT, "writev");
  if (is_serial(fd)) note("writev\n");
  return next(fd, v, n);
}
int tcsendbreak(int fd, int d) { static int (*next)(int, int); if (!next) next = dlsym(RTLD_NEXT, "tcsendbreak"); note("break\n"); return next(fd, d); }
int tcsetattr(int fd, int how, const struct termios *t) {
  static int (*next)(int, int, const struct termios *); if (!next) next = dlsym(RTLD_NEXT, "tcsetattr");
  if (is_serial(fd)) note(t->c_cflag & HUPCL ? "settings, drops DTR at its closing\n" : "settings\n");
  return next(fd, how, t);
}
int ioctl(int fd, unsigned long request, ...) {
  static int (*next)(int, unsigned long, void *); if (!next) next = dlsym(RTLD_NEXT, "ioctl");
  va_list a; va_start(a, request); void *argument = va_arg(a, void *); va_end(a);
  if (is_serial(fd)) switch (request) {
    case TIOCMSET: case TIOCMBIS: case TIOCMBIC: note("modem lines\n"); break;
    case TIOCSBRK: case TCSBRK: case TCSBRKP: note("break\n"); break;
    case TIOCSTI: note("bytes\n"); break;
  }
  return next(fd, request, argument);
}

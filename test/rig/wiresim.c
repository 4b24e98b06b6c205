/* wiresim: a serial line with Modbus RTU units behind it, on pseudo-terminals, paced as a real UART paces it.
 *
 * It measures what Fieldward does on a line (silences, collisions, utilisation) and injects what lines do wrong.
 * scripts/testbed/rig.ts builds and starts it; by hand: gcc -O2 -Wall -o wiresim wiresim.c -lutil -lm
 *
 * One process, one thread, any number of lines (--link PATH, repeatable); behind each line the same units answer.
 * Time base: CLOCK_MONOTONIC, ppoll with ns timeouts (timer slack 1 ns), optional SCHED_FIFO (--rt).
 *
 *   request  : bytes occupy the wire from the arrival of the first one, char time each; the frame is complete
 *              when the wire was silent for t3.5 after its last byte (as a real slave finds out).
 *   response : starts turnaround_us after that, one char time per byte, handed to the PTY in FIFO portions
 *              (--fifo N bytes, like a 16550 trigger; the last portion at the end of the last byte + --fifo-tmo chars).
 *   --pace 0 : answers at once by frame length; only software overhead is left.
 * Values  : register a of unit u at line transaction counter c:  a even -> c & 0xffff, a odd -> (u<<8 | a&0xff);
 *           written registers keep what was written. Coils/inputs bit a = (a ^ c ^ u) & 1 unless written.
 *           The log (--log) has c, unit, address and the times of every transaction, so every published value can be
 *           checked against what the line really served.
 * Tap     : --tap PATH is a second end that hears every byte of the first line, and must not say any (tap_in).
 * SIGUSR1 prints the JSON summary, SIGUSR2 zeroes the counters, SIGHUP hangs up, SIGALRM switches the units of
 * --switched on or off, SIGTERM/SIGINT prints and leaves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <getopt.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAXLINES 32
#define NQ 16
#define NS 1000000000LL
typedef int64_t ns_t;

static struct {
  int baud, framebits, pace, fifo, rt, strict, echo, quiet, seedset;
  double fifo_tmo, lead, trail, drop, badcrc, trunc, late, split, exc, wrongunit, late_ms, split_ms, dead_p;
  int exccode, maxaddr, garbage, faultunit, lat_ms, muteabove;
  long hang_every; double hang_at, recreate_ms;
  ns_t turn, t35, t15, ct;
  uint8_t units[256], switched[256]; int nunits;
  uint64_t seed;
  int picky;
  const char *log, *out, *tap;
} C = { .baud = 9600, .framebits = 10, .pace = 1, .fifo = 8, .exccode = 4, .maxaddr = 65536, .garbage = 3,
        .late_ms = 1500, .split_ms = 20, .recreate_ms = 1000, .faultunit = -1, .muteabove = 65536, .seed = 88172645463325252ULL };

struct txe { int used, len, pos, split, echo; ns_t start, splitgap, extra; uint8_t b[700]; };
struct series { uint32_t *v; size_t n, cap; };
struct line {
  char path[256], pts[64]; int fd, open; ns_t recheck, reborn, closed; int dead;
  uint8_t rx[1024]; int rxn; ns_t rx_first, rx_end; int intragap, overflow;
  struct txe q[NQ];
  uint64_t ctr; int prev_clean;            /* previous transaction fully answered, no fault: gap is meaningful */
  ns_t resp_end, resp_sched_end;           /* actual hand-over of last response byte / when the wire had it */
  int gapvalid; ns_t cur_gap;
  uint16_t *hold[256]; uint8_t *holdset[256]; uint8_t *coil[256];
  /* stats */
  uint64_t nreq, nresp, nbad, nforeign, nbcast, ndrop, ncrc, ntrunc, nlate, nsplit, nexc, nexcf, nwrong, nlead, ntrail, nhang, nopen,
           ncoll, nt35, nt15, nunansw, bytes_in, bytes_out, nwrfail;
  ns_t busy, first, last; struct series gaps, lates;
  uint64_t per_unit[256];
  int fstart_gap; 
};
static struct line L[MAXLINES]; static int nl; static FILE *logf_; static ns_t t_zero;

static ns_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * NS + t.tv_nsec; }
static double rnd(void) { uint64_t x = C.seed; x ^= x << 13; x ^= x >> 7; x ^= x << 17; C.seed = x; return (x >> 11) / 9007199254740992.0; }
static int hit(double p) { return p > 0 && rnd() < p; }
static void die(const char *f, ...) { va_list a; va_start(a, f); vfprintf(stderr, f, a); va_end(a); fputc('\n', stderr); exit(2); }
static void add(struct series *s, ns_t us) {
  if (s->n == s->cap) { if (s->cap >= (1u << 24)) return; s->cap = s->cap ? s->cap * 2 : 4096; s->v = realloc(s->v, s->cap * 4); if (!s->v) die("memory"); }
  s->v[s->n++] = us < 0 ? 0 : us > 4000000000LL ? 4000000000u : (uint32_t)us;
}
static int tapfd = -1; static uint64_t tap_in, tap_lost;
static void open_tap(void) {
  int s; char name[64]; struct termios t; memset(&t, 0, sizeof t); cfmakeraw(&t); t.c_cflag |= CLOCAL | CREAD | CS8; cfsetspeed(&t, B9600);
  if (openpty(&tapfd, &s, name, &t, NULL)) die("openpty: %s", strerror(errno));
  tcsetattr(s, TCSANOW, &t); chmod(name, 0666); close(s); fcntl(tapfd, F_SETFL, O_NONBLOCK); fcntl(tapfd, F_SETFD, FD_CLOEXEC);
  unlink(C.tap); if (symlink(name, C.tap)) die("symlink %s: %s", C.tap, strerror(errno));
}
static void tap(const uint8_t *b, int n) {
  if (tapfd < 0) return;
  uint8_t said[256]; int r = read(tapfd, said, sizeof said); if (r > 0) tap_in += r;
  int w = write(tapfd, b, n); if (w != n) tap_lost += n - (w > 0 ? w : 0);
}
/* whether who opened the line has its speed; a pseudo-terminal keeps no parity */
static int rightspeed(int fd) {
  static const struct { speed_t code; int baud; } known[] = { {B300,300},{B600,600},{B1200,1200},{B2400,2400},{B4800,4800},{B9600,9600},{B19200,19200},{B38400,38400},{B57600,57600},{B115200,115200},{B230400,230400} };
  struct termios t; if (tcgetattr(fd, &t)) return 1;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) if (known[i].code == cfgetospeed(&t)) return known[i].baud == C.baud;
  return 0;
}
static uint16_t crctab[256];
static uint16_t crc(const uint8_t *p, int n) { uint16_t c = 0xffff; while (n--) c = (c >> 8) ^ crctab[(c ^ *p++) & 0xff]; return c; }
static void crcinit(void) { for (int i = 0; i < 256; i++) { uint16_t c = i; for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xa001 : c >> 1; crctab[i] = c; } }

static void open_line(struct line *l) {
  int m, s; struct termios t; memset(&t, 0, sizeof t); cfmakeraw(&t); t.c_cflag |= CLOCAL | CREAD | CS8; cfsetspeed(&t, B9600);
  if (openpty(&m, &s, l->pts, &t, NULL)) die("openpty: %s", strerror(errno));
  tcsetattr(s, TCSANOW, &t); chmod(l->pts, 0666); close(s);
  fcntl(m, F_SETFL, O_NONBLOCK); fcntl(m, F_SETFD, FD_CLOEXEC);
  char tmp[300]; snprintf(tmp, sizeof tmp, "%s.tmp%d", l->path, (int)getpid()); unlink(tmp);
  if (symlink(l->pts, tmp) || rename(tmp, l->path)) die("symlink %s: %s", l->path, strerror(errno));
  l->fd = m; l->open = 0; l->dead = 0; l->closed = l->recheck = now(); l->rxn = 0; l->resp_end = 0; l->prev_clean = 0; memset(l->q, 0, sizeof l->q);
}
static void hang_line(struct line *l, ns_t t) {
  close(l->fd); l->fd = -1; unlink(l->path); l->dead = 1; l->reborn = t + (ns_t)(C.recreate_ms * 1e6); l->nhang++; l->rxn = 0; memset(l->q, 0, sizeof l->q);
}
/* nobody has the slave end open: undo a left-over TIOCEXCL, so that the next open works for non-root too */
static void relax(struct line *l) { int s = open(l->pts, O_RDWR | O_NOCTTY | O_NONBLOCK); if (s >= 0) { ioctl(s, TIOCNXCL); close(s); } }

static void closed(struct line *l, ns_t t) { if (l->open) { l->open = 0; l->closed = t; l->rxn = 0; relax(l); } l->recheck = t + (t - l->closed < 2 * NS ? 1000000 : 10000000); }
/* a master whose slave end nobody has open polls as hung up at once, so it is looked at now and then instead */
static int opened(struct line *l, ns_t t) {
  if (l->open) return 1;
  if (t < l->recheck) return 0;
  struct pollfd p = { l->fd, POLLIN, 0 }; poll(&p, 1, 0);
  if (p.revents & POLLHUP && !(p.revents & POLLIN)) { l->recheck = t + (t - l->closed < 2 * NS ? 1000000 : 10000000); return 0; }
  l->open = 1; l->nopen++; return 1;
}
static struct txe *newtx(struct line *l) { for (int i = 0; i < NQ; i++) if (!l->q[i].used) { memset(&l->q[i], 0, sizeof l->q[i]); l->q[i].used = 1; return &l->q[i]; } return NULL; }

static uint16_t reg(struct line *l, int u, int a) { if (l->holdset[u] && l->holdset[u][a]) return l->hold[u][a]; return a & 1 ? (u << 8) | (a & 0xff) : (uint16_t)l->ctr; }
static void setreg(struct line *l, int u, int a, uint16_t v) {
  if (!l->hold[u]) { l->hold[u] = calloc(65536, 2); l->holdset[u] = calloc(65536, 1); if (!l->hold[u] || !l->holdset[u]) die("memory"); }
  l->hold[u][a] = v; l->holdset[u][a] = 1;
}
static int bit(struct line *l, int u, int a) { if (l->coil[u] && l->coil[u][a] & 2) return l->coil[u][a] & 1; return (a ^ (int)l->ctr ^ u) & 1; }
static void setbit(struct line *l, int u, int a, int v) { if (!l->coil[u]) { l->coil[u] = calloc(65536, 1); if (!l->coil[u]) die("memory"); } l->coil[u][a] = 2 | !!v; }

/* length of a request by its function code, 0 unknown yet, -1 not known to us */
static int reqlen(const uint8_t *p, int n) {
  if (n < 2) return 0;
  switch (p[1]) { case 1: case 2: case 3: case 4: case 5: case 6: return 8; case 15: case 16: return n < 7 ? 0 : 9 + p[6]; default: return -1; }
}
static uint8_t forbidden[65536], muted[65536];
static int touches(const uint8_t *table, int a, int q) { for (int i = 0; i < q && a + i < 65536; i++) if (table[a + i]) return 1; return 0; }
static int gone(int u, int a, int q) {
  if (a + q > C.maxaddr) return 1;
  if (C.faultunit >= 0 && C.faultunit != u) return 0;
  return touches(forbidden, a, q);
}
/* build the answer PDU into o (without CRC), returns its length */
static int serve(struct line *l, const uint8_t *p, int n, uint8_t *o) {
  int u = p[0], f = p[1], a = p[2] << 8 | p[3], q = p[4] << 8 | p[5], e = 0; o[0] = u; o[1] = f;
  if (u == 0) u = 0;
  switch (f) {
  case 1: case 2: if (n != 8 || q < 1 || q > 2000) { e = 3; break; } if (gone(u, a, q)) { e = 2; break; }
    o[2] = (q + 7) / 8; memset(o + 3, 0, o[2]); for (int i = 0; i < q; i++) if (bit(l, u, a + i)) o[3 + i / 8] |= 1 << (i & 7); return 3 + o[2];
  case 3: case 4: if (n != 8 || q < 1 || q > 125) { e = 3; break; } if (gone(u, a, q)) { e = 2; break; }
    o[2] = 2 * q; for (int i = 0; i < q; i++) { uint16_t v = reg(l, u, a + i); o[3 + 2 * i] = v >> 8; o[4 + 2 * i] = v; } return 3 + 2 * q;
  case 5: if (n != 8 || (q != 0 && q != 0xff00)) { e = 3; break; } if (gone(u, a, 1)) { e = 2; break; } setbit(l, u, a, q); memcpy(o, p, 6); return 6;
  case 6: if (n != 8) { e = 3; break; } if (gone(u, a, 1)) { e = 2; break; } setreg(l, u, a, q); memcpy(o, p, 6); return 6;
  case 15: if (q < 1 || q > 1968 || n != 9 + p[6] || p[6] != (q + 7) / 8) { e = 3; break; } if (gone(u, a, q)) { e = 2; break; }
    for (int i = 0; i < q; i++) setbit(l, u, a + i, p[7 + i / 8] >> (i & 7) & 1); memcpy(o, p, 6); return 6;
  case 16: if (q < 1 || q > 123 || n != 9 + p[6] || p[6] != 2 * q) { e = 3; break; } if (gone(u, a, q)) { e = 2; break; }
    for (int i = 0; i < q; i++) setreg(l, u, a + i, p[7 + 2 * i] << 8 | p[8 + 2 * i]); memcpy(o, p, 6); return 6;
  default: e = 1;
  }
  o[1] = f | 0x80; o[2] = e; l->nexc++; return 3;
}
static void logtx(struct line *l, int u, int f, int a, int q, ns_t resp_start, ns_t resp_end, int blen, const char *what) {
  if (logf_) fprintf(logf_, "%d,%llu,%d,%d,%d,%d,%lld,%lld,%lld,%lld,%lld,%d,%s\n", (int)(l - L), (unsigned long long)(l->ctr & 0xffff), u, f, a, q,
    (long long)l->rx_first, (long long)l->rx_end, (long long)resp_start, (long long)resp_end, (long long)l->cur_gap, blen, what);
}
static void frame(struct line *l, ns_t t) {
  uint8_t *p = l->rx; int n = l->rxn, ov = l->overflow; l->rxn = 0; l->overflow = 0; l->prev_clean = 0;
  int u = n ? p[0] : 0, f = n > 1 ? p[1] : 0, a = n > 3 ? p[2] << 8 | p[3] : 0, q = n > 5 ? p[4] << 8 | p[5] : 0;
  if (!l->first) l->first = l->rx_first;
  l->last = t;
  if (ov || n < 4 || n > 256 || crc(p, n) != 0) { l->nbad++; logtx(l, u, f, a, q, 0, 0, 0, "malformed"); return; }
  if (u != 0 && !C.units[u]) { l->nforeign++; logtx(l, u, f, a, q, 0, 0, 0, "foreign"); return; }
  l->ctr++; l->nreq++; l->per_unit[u]++;
  uint8_t o[300]; int on;
  if (u == 0) { l->nbcast++; serve(l, p, n, o); logtx(l, u, f, a, q, 0, 0, 0, "broadcast"); return; }
  if (C.strict && C.pace && l->fstart_gap) { l->nunansw++; logtx(l, u, f, a, q, 0, 0, 0, "strict"); return; }
  on = serve(l, p, n, o);
  int fu = C.faultunit < 0 || C.faultunit == u; const char *what = "ok";
  if (fu && f <= 4 && (q > C.muteabove || touches(muted, a, q))) { l->nunansw++; logtx(l, u, f, a, q, 0, 0, 0, "mute"); return; }
  if (fu && hit(C.drop)) { l->ndrop++; logtx(l, u, f, a, q, 0, 0, 0, "drop"); return; }
  if (fu && hit(C.exc)) { o[1] = f | 0x80; o[2] = C.exccode; on = 3; l->nexcf++; what = "exception"; }
  if (fu && hit(C.wrongunit)) { o[0] = u == 247 ? 1 : u + 1; l->nwrong++; what = "wrongunit"; }
  uint16_t c = crc(o, on); o[on++] = c; o[on++] = c >> 8;
  if (fu && hit(C.badcrc)) { o[on - 1 - (int)(rnd() * 2)] ^= 1 << (int)(rnd() * 8); l->ncrc++; what = "badcrc"; }
  struct txe *x = newtx(l); if (!x) { l->nwrfail++; return; }
  if (fu && hit(C.trunc)) { on = 1 + (int)(rnd() * (on - 1)); l->ntrunc++; what = "trunc"; }
  if (fu && hit(C.lead)) { for (int i = 0; i < C.garbage; i++) x->b[x->len++] = rnd() * 256; l->nlead++; what = "lead"; }
  memcpy(x->b + x->len, o, on); x->len += on;
  if (fu && hit(C.trail)) { for (int i = 0; i < C.garbage; i++) x->b[x->len++] = rnd() * 256; l->ntrail++; what = "trail"; }
  x->start = C.pace ? l->rx_end + C.t35 + C.turn : t + C.turn;
  if (fu && hit(C.late)) { x->start += (ns_t)(C.late_ms * 1e6); l->nlate++; what = "late"; }
  if (fu && x->len > 2 && hit(C.split)) { x->split = 1 + (int)(rnd() * (x->len - 1)); x->splitgap = (ns_t)(C.split_ms * 1e6); l->nsplit++; what = "split"; }
  x->extra = (ns_t)(C.fifo_tmo * C.ct);
  l->prev_clean = !strcmp(what, "ok");
  logtx(l, u, f, a, q, x->start, x->start + (C.pace ? x->len * C.ct : 0) + x->splitgap, x->len, what);
}
static ns_t due(struct txe *x, int *end) {     /* when the next portion is to be handed over, and up to which byte */
  int e = C.pace ? x->pos + C.fifo : x->len; if (e > x->len) e = x->len;
  if (x->split && x->pos < x->split && e > x->split) e = x->split;
  *end = e; ns_t d = x->start + (C.pace ? e * C.ct : 0); if (x->split && e > x->split) d += x->splitgap;
  if (e == x->len || e == x->split) d += x->extra;
  if (C.lat_ms) { ns_t g = C.lat_ms * 1000000LL; if (e - x->pos < 62 ) d = (d + g - 1) / g * g; }
  return d;
}
static void receive(struct line *l) {
  uint8_t b[1024]; int n = read(l->fd, b, sizeof b); ns_t t = now();
  if (n <= 0) { if (n < 0 && errno == EAGAIN) return; closed(l, t); return; }
  for (int i = 0; i < NQ; i++) if (l->q[i].used && !l->q[i].echo && l->q[i].start <= t) { l->ncoll++; break; }
  ns_t begin = l->rxn && l->rx_end > t ? l->rx_end : t;
  if (!l->rxn) {
    l->rx_first = t; l->rx_end = t; l->cur_gap = -1; l->fstart_gap = 0;
    if (l->resp_end && l->prev_clean) { l->cur_gap = t - l->resp_end; add(&l->gaps, l->cur_gap / 1000); }
    if (l->resp_end && t - l->resp_end < C.t35) { l->nt35++; l->fstart_gap = 1; }
    l->intragap = 0;
  } else if (C.pace && t - l->rx_end > C.t15 && !l->intragap) { l->nt15++; l->intragap = 1; }
  l->rx_end = (l->rx_end > t ? l->rx_end : t) + n * C.ct;
  l->bytes_in += n; l->busy += n * C.ct;
  if (C.picky && !rightspeed(l->fd)) memset(b, 0, n);
  if (l == L) tap(b, n);
  if (C.echo) { struct txe *x = newtx(l); if (x) { x->echo = 1; x->start = begin; x->len = n > 600 ? 600 : n; memcpy(x->b, b, x->len); } }
  if (l->rxn + n > 512) { l->overflow = 1; n = 512 - l->rxn; }
  memcpy(l->rx + l->rxn, b, n); l->rxn += n;
  if (!C.pace) {                                  /* by length: cut whole frames off at once */
    for (;;) {
      int k = reqlen(l->rx, l->rxn); if (k < 0) k = l->rxn; if (k == 0 || l->rxn < k) break;
      uint8_t rest[1024]; int r = l->rxn - k; memcpy(rest, l->rx + k, r); l->rxn = k; frame(l, now()); memcpy(l->rx, rest, r); l->rxn = r; if (!r) break;
    }
  }
}
static void transmit(struct line *l, ns_t t, ns_t *next) {
  for (int i = 0; i < NQ; i++) while (l->q[i].used) {
    struct txe *x = &l->q[i]; int e; ns_t d = due(x, &e);
    if (d > t) { if (d < *next) *next = d; break; }
    /* the answer counts as over just before it is handed over: a gap that is too short even so is one for certain */
    ns_t t1 = now(); int n = e - x->pos, w = write(l->fd, x->b + x->pos, n); if (w != n) l->nwrfail++;
    if (l == L) tap(x->b + x->pos, n);
    ns_t t2 = now(); x->pos = e;
    if (!x->echo) { l->bytes_out += n; l->busy += n * C.ct; }
    if (e == x->len) { x->used = 0; if (!x->echo) { l->nresp++; l->last = t2; l->resp_end = t1; l->resp_sched_end = d;
        if (C.pace) add(&l->lates, (t2 - d) / 1000); } }
  }
}
static int cmp(const void *a, const void *b) { uint32_t x = *(uint32_t *)a, y = *(uint32_t *)b; return x < y ? -1 : x > y; }
static void pser(FILE *o, const char *name, struct series *s) {
  double sum = 0; uint32_t *v = malloc(s->n * 4 + 4); memcpy(v, s->v ? s->v : (uint32_t *)"", s->n * 4); qsort(v, s->n, 4, cmp);
  for (size_t i = 0; i < s->n; i++) sum += v[i];
#define P(p) (s->n ? v[(size_t)((s->n - 1) * (p))] : 0)
  fprintf(o, "\"%s\":{\"n\":%zu,\"min\":%u,\"mean\":%.1f,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u}", name, s->n, P(0), s->n ? sum / s->n : 0, P(.5), P(.9), P(.99), P(1));
  free(v);
}
static void summary(void) {
  if (logf_) fflush(logf_); /* a reader of the summary finds every row in the log that it counts */
  FILE *o = stdout; char tmp[512]; if (C.out) { snprintf(tmp, sizeof tmp, "%s.tmp", C.out); o = fopen(tmp, "w"); if (!o) return; }
  struct rusage ru; getrusage(RUSAGE_SELF, &ru); ns_t t = now();
  fprintf(o, "{\"t_ns\":%lld,\"since_zero_s\":%.6f,\"baud\":%d,\"frame_bits\":%d,\"pace\":%d,\"t35_us\":%.1f,\"turnaround_us\":%.1f,\"cpu_s\":%.4f,\"lines\":[",
    (long long)t, (t - t_zero) / 1e9, C.baud, C.framebits, C.pace, C.t35 / 1e3, C.turn / 1e3, ru.ru_utime.tv_sec + ru.ru_stime.tv_sec + (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
  for (int i = 0; i < nl; i++) { struct line *l = &L[i]; double el = (l->last - l->first) / 1e9; double win = (t - t_zero) / 1e9;
    fprintf(o, "%s{\"link\":\"%s\",\"requests\":%llu,\"responses\":%llu,\"elapsed_s\":%.6f,\"per_s\":%.3f,\"wire_busy_s\":%.6f,\"utilisation\":%.5f,\"bytes_in\":%llu,\"bytes_out\":%llu,",
      i ? "," : "", l->path, (unsigned long long)l->nreq, (unsigned long long)l->nresp, el, win > 0 ? l->nresp / win : 0, l->busy / 1e9, win > 0 ? l->busy / 1e9 / win : 0, (unsigned long long)l->bytes_in, (unsigned long long)l->bytes_out);
#define K(n, v) fprintf(o, "\"%s\":%llu,", n, (unsigned long long)(v))
    K("malformed", l->nbad); K("foreign_unit", l->nforeign); K("broadcast", l->nbcast); K("t35_violations", l->nt35); K("t15_violations", l->nt15); K("collisions", l->ncoll);
    K("dropped", l->ndrop); K("badcrc", l->ncrc); K("truncated", l->ntrunc); K("lead", l->nlead); K("trail", l->ntrail); K("late", l->nlate); K("split", l->nsplit);
    K("exceptions_served", l->nexc); K("exceptions_injected", l->nexcf); K("wrong_unit", l->nwrong); K("hangups", l->nhang); K("opens", l->nopen); K("strict_ignored", l->nunansw); K("write_fail", l->nwrfail);
    fprintf(o, "\"per_unit\":{"); int c = 0; for (int u = 0; u < 256; u++) if (l->per_unit[u]) fprintf(o, "%s\"%d\":%llu", c++ ? "," : "", u, (unsigned long long)l->per_unit[u]); fprintf(o, "},");
    pser(o, "gap_us", &l->gaps); fputc(',', o); pser(o, "rig_late_us", &l->lates); fprintf(o, "}");
  }
  if (tapfd >= 0) tap(NULL, 0);
  fprintf(o, "],\"tap_in\":%llu,\"tap_lost\":%llu}\n", (unsigned long long)tap_in, (unsigned long long)tap_lost); fflush(o); if (C.out) { fclose(o); rename(tmp, C.out); }
}
static void zero(void) {
  for (int i = 0; i < nl; i++) { struct line *l = &L[i]; 
    l->nreq = l->nresp = l->nbad = l->nforeign = l->nbcast = l->ndrop = l->ncrc = l->ntrunc = l->nlate = l->nsplit = l->nexc = l->nexcf = l->nwrong = l->nlead = l->ntrail = l->nhang = l->nopen = l->ncoll = l->nt35 = l->nt15 = l->nunansw = l->bytes_in = l->bytes_out = l->nwrfail = 0;
    l->busy = l->first = l->last = 0; l->gaps.n = l->lates.n = 0; memset(l->per_unit, 0, sizeof l->per_unit); }
  tap_in = tap_lost = 0; t_zero = now();
}
static void units(uint8_t *set, const char *s) {
  memset(set, 0, 256);
  while (*s) { char *e; long a = strtol(s, &e, 10), b = a; if (e == s) die("bad --units"); if (*e == '-') { s = e + 1; b = strtol(s, &e, 10); if (e == s) die("bad --units"); }
    for (long i = a; i <= b; i++) if (i > 0 && i < 256) set[i] = 1; s = *e == ',' ? e + 1 : e; if (*e && *e != ',') die("bad --units"); }
}
static void mark(uint8_t *table, const char *s) {
  while (*s) { char *e; long a = strtol(s, &e, 10), b = a; if (e == s) die("bad list of addresses"); if (*e == '-') { s = e + 1; b = strtol(s, &e, 10); if (e == s) die("bad list of addresses"); }
    for (long i = a; i <= b; i++) if (i >= 0 && i < 65536) table[i] = 1; s = *e == ',' ? e + 1 : e; if (*e && *e != ',') die("bad list of addresses"); }
}
static const char *help =
"wiresim --link PATH [--link PATH ...] [options]\n"
"  --baud N (9600)  --frame 8N1|8E1|8O1|8N2 (8N1)  --pace 0|1 (1)  --units 1-8,12 (1)  --turnaround-us N (0)\n"
"  --t35-us N (3.5 chars; 1750 above 19200)  --fifo N (8) bytes handed over at a time  --fifo-tmo CHARS (0) before a frame's last portion\n"
"  --latency-timer MS (0) USB adapter style: portions only on this grid   --max-addr N (65536): beyond it exception 2\n"
"  --forbid 4-5,10: exception 2 for requests that touch these addresses, of --fault-unit only\n"
"  --mute 4-5,10: no answer to reads that touch these addresses; --mute-above N: nor to reads of more than N; of --fault-unit only\n"
"  --rt: SCHED_FIFO  --log FILE: CSV per transaction  --out FILE: summary there instead of stdout  --seed N  --strict: ignore requests that come < t3.5 after a response\n"
"  faults (probability 0..1): --drop --badcrc --trunc --lead --trail --late --split --exc --wrong-unit ; --fault-unit U limits them to one unit\n"
"  --garbage N (3) bytes of --lead/--trail  --late-ms N (1500)  --split-ms N (20)  --exc-code N (4)  --echo: 2-wire echo of requests\n"
"  --hangup-every N requests | --hangup-at S seconds : PTY goes away, comes back after --recreate-ms N (1000)\n"
"  SIGUSR1 summary, SIGUSR2 zero counters, SIGTERM summary and end, SIGHUP hang up all lines now\n"
"  --tap PATH: a second end that hears every byte of the first line  --picky: requests at another speed are noise\n"
"  --switched 3,8: units that SIGALRM switches on, and off again; at first they are off\n";
int main(int ac, char **av) {
  enum { OPT_LINK = 1, OPT_BAUD, OPT_FRAME, OPT_PACE, OPT_UNITS, OPT_TURN, OPT_T35, OPT_FIFO, OPT_FTMO, OPT_LAT, OPT_MAXA, OPT_FORBID, OPT_MUTE, OPT_MUTEABOVE, OPT_SWITCHED, OPT_RT, OPT_LOG, OPT_OUT, OPT_SEED, OPT_STRICT, OPT_DROP, OPT_BADCRC, OPT_TRUNC, OPT_LEAD, OPT_TRAIL, OPT_LATE, OPT_SPLIT, OPT_EXC, OPT_WRONG, OPT_FU, OPT_GARB, OPT_LATEMS, OPT_SPLITMS, OPT_EXCC, OPT_ECHO, OPT_HE, OPT_HA, OPT_REC, OPT_TAP, OPT_PICKY, OPT_HELP };
  static struct option o[] = { {"link",1,0,OPT_LINK},{"baud",1,0,OPT_BAUD},{"frame",1,0,OPT_FRAME},{"pace",1,0,OPT_PACE},{"units",1,0,OPT_UNITS},{"turnaround-us",1,0,OPT_TURN},{"t35-us",1,0,OPT_T35},{"fifo",1,0,OPT_FIFO},{"fifo-tmo",1,0,OPT_FTMO},{"latency-timer",1,0,OPT_LAT},{"max-addr",1,0,OPT_MAXA},{"forbid",1,0,OPT_FORBID},{"mute",1,0,OPT_MUTE},{"mute-above",1,0,OPT_MUTEABOVE},{"switched",1,0,OPT_SWITCHED},{"rt",0,0,OPT_RT},{"log",1,0,OPT_LOG},{"out",1,0,OPT_OUT},{"seed",1,0,OPT_SEED},{"strict",0,0,OPT_STRICT},{"drop",1,0,OPT_DROP},{"badcrc",1,0,OPT_BADCRC},{"trunc",1,0,OPT_TRUNC},{"lead",1,0,OPT_LEAD},{"trail",1,0,OPT_TRAIL},{"late",1,0,OPT_LATE},{"split",1,0,OPT_SPLIT},{"exc",1,0,OPT_EXC},{"wrong-unit",1,0,OPT_WRONG},{"fault-unit",1,0,OPT_FU},{"garbage",1,0,OPT_GARB},{"late-ms",1,0,OPT_LATEMS},{"split-ms",1,0,OPT_SPLITMS},{"exc-code",1,0,OPT_EXCC},{"echo",0,0,OPT_ECHO},{"hangup-every",1,0,OPT_HE},{"hangup-at",1,0,OPT_HA},{"recreate-ms",1,0,OPT_REC},{"tap",1,0,OPT_TAP},{"picky",0,0,OPT_PICKY},{"help",0,0,OPT_HELP},{0,0,0,0} };
  int c; double t35us = -1; C.units[1] = 1;
  while ((c = getopt_long(ac, av, "", o, NULL)) != -1) switch (c) {
    case OPT_LINK: if (nl == MAXLINES) die("too many lines"); snprintf(L[nl++].path, 256, "%s", optarg); break;
    case OPT_BAUD: C.baud = atoi(optarg); break;
    case OPT_FRAME: C.framebits = !strcmp(optarg, "8N1") ? 10 : (!strcmp(optarg, "8E1") || !strcmp(optarg, "8O1") || !strcmp(optarg, "8N2")) ? 11 : 0; if (!C.framebits) die("--frame"); break;
    case OPT_PACE: C.pace = atoi(optarg); break; case OPT_UNITS: units(C.units, optarg); break; case OPT_SWITCHED: units(C.switched, optarg); break; case OPT_TURN: C.turn = atof(optarg) * 1000; break;
    case OPT_T35: t35us = atof(optarg); break; case OPT_FIFO: C.fifo = atoi(optarg); break; case OPT_FTMO: C.fifo_tmo = atof(optarg); break; case OPT_LAT: C.lat_ms = atoi(optarg); break; case OPT_MAXA: C.maxaddr = atoi(optarg); break; case OPT_FORBID: mark(forbidden, optarg); break; case OPT_MUTE: mark(muted, optarg); break; case OPT_MUTEABOVE: C.muteabove = atoi(optarg); break;
    case OPT_RT: C.rt = 1; break; case OPT_LOG: C.log = optarg; break; case OPT_OUT: C.out = optarg; break; case OPT_SEED: C.seed = strtoull(optarg, 0, 0) * 0x9E3779B97F4A7C15ULL | 1; break; case OPT_STRICT: C.strict = 1; break;
    case OPT_DROP: C.drop = atof(optarg); break; case OPT_BADCRC: C.badcrc = atof(optarg); break; case OPT_TRUNC: C.trunc = atof(optarg); break; case OPT_LEAD: C.lead = atof(optarg); break; case OPT_TRAIL: C.trail = atof(optarg); break; case OPT_LATE: C.late = atof(optarg); break; case OPT_SPLIT: C.split = atof(optarg); break; case OPT_EXC: C.exc = atof(optarg); break; case OPT_WRONG: C.wrongunit = atof(optarg); break; case OPT_FU: C.faultunit = atoi(optarg); break;
    case OPT_GARB: C.garbage = atoi(optarg); if (C.garbage < 0 || C.garbage > 100) die("--garbage"); break; case OPT_LATEMS: C.late_ms = atof(optarg); break; case OPT_SPLITMS: C.split_ms = atof(optarg); break; case OPT_EXCC: C.exccode = atoi(optarg); break; case OPT_ECHO: C.echo = 1; break;
    case OPT_HE: C.hang_every = atol(optarg); break; case OPT_HA: C.hang_at = atof(optarg); break; case OPT_REC: C.recreate_ms = atof(optarg); break; case OPT_TAP: C.tap = optarg; break; case OPT_PICKY: C.picky = 1; break;
    case OPT_HELP: fputs(help, stdout); return 0; default: fputs(help, stderr); return 2; }
  if (!nl || C.baud <= 0 || C.fifo < 1) { fputs(help, stderr); return 2; }
  C.ct = C.pace ? (ns_t)(C.framebits * 1e9 / C.baud) : 0; C.t35 = t35us >= 0 ? (ns_t)(t35us * 1000) : C.baud > 19200 ? 1750000 : (ns_t)(3.5 * C.framebits * 1e9 / C.baud);
  C.t15 = C.baud > 19200 ? 750000 : (ns_t)(1.5 * C.framebits * 1e9 / C.baud); if (!C.pace) C.t35 = C.t15 = 0;
  crcinit(); prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); setvbuf(stdout, NULL, _IOLBF, 0);
  if (C.log) { logf_ = fopen(C.log, "w"); if (!logf_) die("%s: %s", C.log, strerror(errno)); setvbuf(logf_, NULL, _IOFBF, 1 << 20); fputs("line,ctr,unit,fc,addr,qty,req_first_ns,req_end_ns,resp_start_ns,resp_end_ns,gap_ns,resp_bytes,what\n", logf_); }
  if (C.rt) { struct sched_param sp = { .sched_priority = 50 }; if (sched_setscheduler(0, SCHED_FIFO, &sp)) fprintf(stderr, "wiresim: no SCHED_FIFO: %s\n", strerror(errno)); }
  sigset_t ss; sigemptyset(&ss); sigaddset(&ss, SIGUSR1); sigaddset(&ss, SIGUSR2); sigaddset(&ss, SIGTERM); sigaddset(&ss, SIGINT); sigaddset(&ss, SIGHUP); sigaddset(&ss, SIGALRM); sigprocmask(SIG_BLOCK, &ss, NULL); signal(SIGPIPE, SIG_IGN);
  int sfd = signalfd(-1, &ss, SFD_NONBLOCK | SFD_CLOEXEC);
  for (int i = 0; i < nl; i++) open_line(&L[i]);
  if (C.tap) open_tap();
  zero(); ns_t t0 = now(); int hung_at = 0; uint64_t hung_n[MAXLINES] = {0};
  if (!C.quiet) { fprintf(stderr, "wiresim: ready pid %d\n", (int)getpid()); }
  for (;;) {
    ns_t t = now(), next = t + 3600 * NS;
    if (C.hang_at > 0 && !hung_at) { ns_t d = t0 + (ns_t)(C.hang_at * 1e9); if (t >= d) { hung_at = 1; for (int i = 0; i < nl; i++) if (!L[i].dead) hang_line(&L[i], t); } else if (d < next) next = d; }
    for (int i = 0; i < nl; i++) { struct line *l = &L[i];
      if (l->dead) { if (t >= l->reborn) open_line(l); else { if (l->reborn < next) next = l->reborn; continue; } }
      if (C.pace && l->rxn) { ns_t d = l->rx_end + C.t35; if (t >= d) frame(l, t); else if (d < next) next = d; }
      transmit(l, t, &next);
      if (C.hang_every && l->ctr - hung_n[i] >= (uint64_t)C.hang_every) { hung_n[i] = l->ctr; hang_line(l, t); if (l->reborn < next) next = l->reborn; }
    }
    struct pollfd p[MAXLINES + 1]; int map[MAXLINES + 1], np = 1; p[0].fd = sfd; p[0].events = POLLIN;
    for (int i = 0; i < nl; i++) { struct line *l = &L[i]; if (l->dead) continue; if (!opened(l, t)) { if (l->recheck < next) next = l->recheck; continue; } p[np].fd = l->fd; p[np].events = POLLIN; map[np++] = i; }
    t = now(); ns_t d = next - t; if (d < 0) d = 0; struct timespec ts = { d / NS, d % NS };
    int r = ppoll(p, np, &ts, NULL); if (r < 0 && errno != EINTR) die("ppoll: %s", strerror(errno)); if (r <= 0) continue;
    if (p[0].revents) { struct signalfd_siginfo si; while (read(sfd, &si, sizeof si) == sizeof si) switch (si.ssi_signo) {
        case SIGUSR1: summary(); break; case SIGUSR2: zero(); break; case SIGALRM: for (int u = 1; u < 256; u++) if (C.switched[u]) C.units[u] = !C.units[u]; break; case SIGHUP: for (int i = 0; i < nl; i++) if (!L[i].dead) hang_line(&L[i], now()); break;
        default: summary(); for (int i = 0; i < nl; i++) if (!L[i].dead) unlink(L[i].path); if (C.tap) unlink(C.tap); if (logf_) fclose(logf_); return 0; } }
    for (int i = 1; i < np; i++) { struct line *l = &L[map[i]]; if (l->dead || !p[i].revents) continue;
      if (p[i].revents & POLLIN) { receive(l); if (!C.pace) { ns_t dummy = INT64_MAX; transmit(l, now(), &dummy); } }
      else if (p[i].revents & (POLLHUP | POLLERR)) closed(l, now()); }
  }
}

/* peer: a Modbus gateway as it is usually written in C, with libmodbus and libmosquitto. The bench compares with it.
 *
 * It reads the requests of the plan one after the other, for ever, and publishes each answer as JSON with QoS 1.
 *   peer PATH BAUD BROKER_PORT PLAN SILENCE_US [IN_FLIGHT]
 * PATH is a serial port, or tcp:PORT for Modbus TCP on 127.0.0.1, where so many requests are sent before the answers are
 * read (BAUD and SILENCE_US are ignored then).
 * PLAN has a line for each request: UNIT FUNCTION ADDRESS COUNT TYPE TOPIC NAME,NAME,…   TYPE: uint16 or float32
 * SILENCE_US 0: the next request goes out as soon as the answer is there. Otherwise it waits so long after the answer's
 * last byte, as the standard asks for (Modbus over Serial Line V1.02, 2.5.1.1).
 *
 * scripts/bench-program/peers.ts builds it; by hand: gcc -O2 -Wall -o peer peer.c $(pkg-config --cflags --libs libmodbus libmosquitto)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <modbus.h>
#include <mosquitto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_REQUESTS 1024
#define MOST_NAMES 125

struct request {
  int unit, function, address, count, is_float, names;
  char topic[128];
  char *name[MOST_NAMES];
};

static struct request plan[MOST_REQUESTS];
static int planned;

static void die(const char *what) {
  fprintf(stderr, "peer: %s\n", what);
  exit(1);
}

static void read_plan(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) die("the plan can not be read");
  char line[4096], type[16], names[3500];
  while (fgets(line, sizeof line, file)) {
    if (planned == MOST_REQUESTS) die("the plan is too long");
    struct request *r = &plan[planned++];
    if (sscanf(line, "%d %d %d %d %15s %127s %3499s", &r->unit, &r->function, &r->address, &r->count, type, r->topic, names) != 7)
      die("a line of the plan is wrong");
    if (r->count < 1 || r->count > MODBUS_MAX_READ_REGISTERS) die("a request of the plan is too long");
    r->is_float = !strcmp(type, "float32");
    for (char *name = strtok(names, ","); name && r->names < MOST_NAMES; name = strtok(NULL, ",")) r->name[r->names++] = strdup(name);
    if (r->names * (r->is_float ? 2 : 1) != r->count) die("a request of the plan has too few names or too many");
  }
  fclose(file);
  if (planned == 0) die("the plan is empty");
}

static int write_json(const struct request *r, const uint16_t *registers, char *out, size_t size) {
  int length = snprintf(out, size, "{\"values\":{");
  for (int i = 0; i < r->names; i++) {
    length += snprintf(out + length, size - length, "%s\"%s\":", i ? "," : "", r->name[i]);
    if (!r->is_float) length += snprintf(out + length, size - length, "%u", registers[i]);
    else {
      float value = modbus_get_float_abcd(registers + 2 * i);
      length += isfinite(value) ? snprintf(out + length, size - length, "%.9g", value) : snprintf(out + length, size - length, "null");
    }
  }
  return length + snprintf(out + length, size - length, "}}");
}

static void publish(struct mosquitto *broker, const struct request *r, const uint16_t *registers) {
  static char json[8192];
  int length = write_json(r, registers, json, sizeof json);
  mosquitto_publish(broker, NULL, r->topic, length, json, 1, false);
}

/* libmodbus keeps one request under way: so they are sent raw, and their answers come in the same order. */
static void in_flight(modbus_t *bus, struct mosquitto *broker, int most) {
  for (int i = 0;; i = (i + most) % planned) {
    for (int n = 0; n < most; n++) {
      const struct request *r = &plan[(i + n) % planned];
      uint8_t raw[] = {r->unit, r->function, r->address >> 8, r->address & 0xff, r->count >> 8, r->count & 0xff};
      if (modbus_send_raw_request(bus, raw, sizeof raw) < 0) die("a request can not be sent");
    }
    for (int n = 0; n < most; n++) {
      const struct request *r = &plan[(i + n) % planned];
      uint8_t answer[MODBUS_TCP_MAX_ADU_LENGTH];
      uint16_t registers[MODBUS_MAX_READ_REGISTERS];
      int length = modbus_receive_confirmation(bus, answer);
      if (length != 9 + 2 * r->count) {
        fprintf(stderr, "peer: no answer: %s\n", modbus_strerror(errno));
        modbus_flush(bus);
        break;
      }
      for (int k = 0; k < r->count; k++) registers[k] = answer[9 + 2 * k] << 8 | answer[10 + 2 * k];
      publish(broker, r, registers);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 7) die("usage: peer PATH BAUD BROKER_PORT PLAN SILENCE_US [IN_FLIGHT]");
  int is_tcp = strncmp(argv[1], "tcp:", 4) == 0, most = argc == 7 ? atoi(argv[6]) : 1;
  long silence_ns = is_tcp ? 0 : atol(argv[5]) * 1000;
  read_plan(argv[4]);

  mosquitto_lib_init();
  struct mosquitto *broker = mosquitto_new(NULL, true, NULL);
  if (!broker) die("no memory");
  mosquitto_int_option(broker, MOSQ_OPT_TCP_NODELAY, 1); /* or it waits for the broker's delayed acknowledgements */
  if (mosquitto_connect(broker, "127.0.0.1", atoi(argv[3]), 60) != MOSQ_ERR_SUCCESS) die("the broker is not there");
  if (mosquitto_loop_start(broker) != MOSQ_ERR_SUCCESS) die("no thread for the broker");

  modbus_t *bus = is_tcp ? modbus_new_tcp("127.0.0.1", atoi(argv[1] + 4)) : modbus_new_rtu(argv[1], atoi(argv[2]), 'N', 8, 1);
  if (!bus || modbus_connect(bus) != 0) die("the port can not be opened");
  modbus_set_response_timeout(bus, 0, 500000);

  if (is_tcp && most > 1) in_flight(bus, broker, most);
  uint16_t registers[MODBUS_MAX_READ_REGISTERS];
  for (int i = 0;; i = (i + 1) % planned) {
    const struct request *r = &plan[i];
    modbus_set_slave(bus, r->unit);
    int got = r->function == 4 ? modbus_read_input_registers(bus, r->address, r->count, registers)
                               : modbus_read_registers(bus, r->address, r->count, registers);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (got == r->count) publish(broker, r, registers);
    else fprintf(stderr, "peer: no answer: %s\n", modbus_strerror(errno));
    if (silence_ns > 0) {
      until.tv_nsec += silence_ns;
      until.tv_sec += until.tv_nsec / 1000000000L;
      until.tv_nsec %= 1000000000L;
      while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
    }
  }
}

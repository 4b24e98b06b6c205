/* A Modbus slave by libmodbus, over RTU or TCP, to check our drivers against an implementation that is not ours.
 *
 *   gcc -O2 -Wall -o modbus-slave modbus-slave.c $(pkg-config --cflags --libs libmodbus)
 *   modbus-slave TTY UNIT            Modbus RTU at 115200 8N1
 *   modbus-slave tcp:PORT UNIT       Modbus TCP on 127.0.0.1, one connection after the other; answers to every unit
 *
 * 64 coils, discrete inputs, holding and input registers, all of which can be read, and written where that is possible.
 * The input registers hold a float in four orders and integers of 32 and 64 bits; discrete input n is n % 3 == 0.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint16_t swap(uint16_t word) { return (uint16_t)(word << 8 | word >> 8); }

static void serve(modbus_t *line, modbus_mapping_t *map, int is_tcp) {
  for (;;) {
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH > MODBUS_RTU_MAX_ADU_LENGTH ? MODBUS_TCP_MAX_ADU_LENGTH : MODBUS_RTU_MAX_ADU_LENGTH];
    int length = modbus_receive(line, request);
    if (length > 0) modbus_reply(line, request, length, map);
    else if (length < 0 && (is_tcp || errno == EIO || errno == EBADF)) return;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  int is_tcp = strncmp(argv[1], "tcp:", 4) == 0;
  modbus_t *line = is_tcp ? modbus_new_tcp("127.0.0.1", atoi(argv[1] + 4)) : modbus_new_rtu(argv[1], 115200, 'N', 8, 1);
  modbus_mapping_t *map = modbus_mapping_new(64, 64, 64, 64);
  if (line == NULL || map == NULL || modbus_set_slave(line, atoi(argv[2])) != 0) return 70;
  /* Variables: libmodbus's macros cut their argument to 16 bits, of which gcc warns for a constant. */
  int32_t narrow = -123456789;
  int64_t wide = -1234567890123LL;
  /* By hand: modbus_set_float_abcd() of 3.1.6 does not put the bytes in the order of its name. */
  float number = 230.1f;
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  uint16_t high = bits >> 16, low = bits & 0xffff;
  uint16_t floats[] = {high, low, low, high, swap(high), swap(low), swap(low), swap(high)};
  memcpy(map->tab_input_registers, floats, sizeof floats);
  MODBUS_SET_INT32_TO_INT16(map->tab_input_registers, 8, narrow);
  MODBUS_SET_INT64_TO_INT16(map->tab_input_registers, 10, wide);
  for (int n = 0; n < 64; n += 1) map->tab_input_bits[n] = n % 3 == 0;
  int listener = is_tcp ? modbus_tcp_listen(line, 4) : -1;
  if (is_tcp ? listener < 0 : modbus_connect(line) != 0) return 71;
  puts("ready");
  fflush(stdout);
  if (!is_tcp) serve(line, map, 0);
  else while (modbus_tcp_accept(line, &listener) >= 0) {
    serve(line, map, 1);
    close(modbus_get_socket(line));
  }
  return 0;
}

/* A Modbus RTU slave by libmodbus, to check our driver against an implementation that is not ours.
 *
 *   gcc -O2 -Wall -o modbus-slave modbus-slave.c $(pkg-config --cflags --libs libmodbus)
 *   modbus-slave TTY UNIT
 *
 * 64 coils, discrete inputs, holding and input registers, all of which can be read, and written where that is possible.
 * The input registers hold a float in four orders and integers of 32 and 64 bits; discrete input n is n % 3 == 0.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t swap(uint16_t word) { return (uint16_t)(word << 8 | word >> 8); }

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  modbus_t *line = modbus_new_rtu(argv[1], 115200, 'N', 8, 1);
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
  if (modbus_connect(line) != 0) return 71;
  puts("ready");
  fflush(stdout);
  for (;;) {
    uint8_t request[MODBUS_RTU_MAX_ADU_LENGTH];
    int length = modbus_receive(line, request);
    if (length > 0) modbus_reply(line, request, length, map);
    else if (length < 0 && (errno == EIO || errno == EBADF)) return 0;
  }
}

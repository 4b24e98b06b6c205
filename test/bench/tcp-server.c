/* A Modbus TCP server by libmodbus for the bench: tcp-server PORT
 * Holding register n holds n; it answers to every unit, one connection after the other. Answers go out at once, not
 * gathered (TCP_NODELAY), as pymodbus and most programs for several requests in flight have it.
 *
 * scripts/bench-program/cases/tcp-case.ts builds it; by hand: gcc -O2 -Wall -o tcp-server tcp-server.c $(pkg-config --cflags --libs libmodbus)
 */
#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  modbus_t *server = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  modbus_mapping_t *map = modbus_mapping_new(0, 0, 10000, 0);
  if (server == NULL || map == NULL) return 70;
  for (int n = 0; n < 10000; n++) map->tab_registers[n] = n;
  int listener = modbus_tcp_listen(server, 4);
  if (listener < 0) return 71;
  puts("ready");
  fflush(stdout);
  while (modbus_tcp_accept(server, &listener) >= 0) {
    int on = 1;
    setsockopt(modbus_get_socket(server), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    for (int length; (length = modbus_receive(server, request)) >= 0;)
      if (length > 0) modbus_reply(server, request, length, map);
    close(modbus_get_socket(server));
  }
  return 0;
}

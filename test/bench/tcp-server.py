# A Modbus TCP server by pymodbus (Debian: python3-pymodbus) for the bench: python3 tcp-server.py PORT
# Holding register n holds n; it answers to every unit.
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer


async def main():
    block = ModbusSequentialDataBlock(0, [(n - 1) & 0xFFFF for n in range(10001)])
    context = ModbusServerContext(slaves=ModbusSlaveContext(hr=block), single=True)
    print("ready", flush=True)
    await StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[1])))


asyncio.run(main())

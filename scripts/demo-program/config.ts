const GATEWAY = 'demo';
export const PREFIX = `fieldward/${GATEWAY}`;

/** What an operator would write, with JSON's quotes: JSON is YAML. */
export function demoConfig(parts: {
  readonly brokerUrl: string;
  readonly meterPort: string;
  readonly gpsPort: string;
}): object {
  return {
    gateway: GATEWAY,
    mqtt: { url: parts.brokerUrl, protocolVersion: 4 },
    buses: [
      {
        id: 'rs485',
        port: { path: parts.meterPort, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
        devices: [
          { id: 'main-meter', driver: 'modbus-rtu', options: { unit: 1, profile: 'eastron-sdm630' }, pollMs: 2000 },
          { id: 'pump-meter', driver: 'modbus-rtu', options: { unit: 2, profile: 'eastron-sdm120' }, pollMs: 1000 },
        ],
      },
      {
        id: 'gps',
        port: { path: parts.gpsPort, baudRate: 9600, reopenMinMs: 250, reopenMaxMs: 1000 },
        devices: [{ id: 'gnss', driver: 'nmea0183', staleAfterMs: 5000 }],
      },
    ],
  };
}

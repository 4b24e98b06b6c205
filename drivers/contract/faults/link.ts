import type { FaultRows } from './row.ts';

export const LINK_FAULTS = {
  'link/not-connected': {
    message: 'the broker is not connected',
    remedy: 'retry-later',
    advice: 'Readings wait in the outbox; nothing to do.',
  },
  'link/unreachable': {
    message: 'the broker can not be reached',
    remedy: 'retry-later',
    advice: 'Check network, address, port and firewall.',
  },
  'link/name': {
    message: 'the name of the broker can not be resolved',
    remedy: 'retry-later',
    advice: 'Check DNS.',
  },
  'link/timeout': {
    message: 'the broker did not answer in time',
    remedy: 'retry-later',
    advice: 'Check network and broker.',
  },
  'link/tls': {
    message: 'the TLS connection failed',
    remedy: 'retry-later',
    advice: 'Check that the port is the TLS one, that broker and gateway share TLS 1.2 or later, and both clocks.',
  },
  'link/certificate-expired': {
    message: 'the broker’s certificate is expired',
    remedy: 'retry-later',
    advice: 'Renew the certificate; check the gateway’s clock.',
  },
  'link/certificate-early': {
    message: 'the broker’s certificate is not yet valid',
    remedy: 'retry-later',
    advice: 'Check the gateway’s clock, and the dates of the certificate.',
  },
  'link/certificate-untrusted': {
    message: 'the broker’s certificate is not signed by the configured authority',
    remedy: 'retry-later',
    advice: 'Check mqtt.caFile.',
  },
  'link/certificate-name': {
    message: 'the broker’s certificate is for another name',
    remedy: 'retry-later',
    advice: 'Check the name in mqtt.url and mqtt.fallbackUrls.',
  },
  'link/certificate-clock': {
    message: 'a certificate seems to be out of its time, but the gateway’s clock is not synchronized',
    remedy: 'retry-later',
    advice:
      'Set the clock first: reach a time server (NTP), or give the gateway a clock with a battery. Renew the certificate only if it is out of its time by the right clock too.',
  },
  'link/certificate-ends': {
    message: 'a certificate of the connection to the broker ends in less than 14 days',
    remedy: 'retry-later',
    advice:
      'Renew it: the gateway’s own certificate, mqtt.caFile, or the broker’s. `certificateDaysLeft` of the status counts the days. Files that are renewed in place are taken on by themselves.',
  },
  'link/certificate-over': {
    message: 'a certificate of the connection to the broker has expired',
    remedy: 'retry-later',
    advice:
      'Renew it now: the gateway’s own certificate, mqtt.caFile, or the broker’s. The next connection will be refused, or is already. Check the gateway’s clock too.',
  },
  'link/certificate-refused': {
    message: 'the renewed certificate files are not taken on',
    remedy: 'retry-later',
    advice:
      'The old ones stay in use. Check that the files are whole, that key and certificate belong together and are in their time, and that the broker takes them. They are tried again every five minutes, and when they change.',
  },
  'link/renewed': {
    message: 'the connection is made anew because its certificates were renewed',
    remedy: 'retry-later',
    advice: 'Nothing to do.',
  },
  'link/proxy': {
    message: 'the proxy does not let the connection through',
    remedy: 'retry-later',
    advice: 'Check mqtt.proxy; ask who runs the proxy to allow CONNECT to the broker’s host and port.',
  },
  'link/proxy-credentials': {
    message: 'the proxy wants other credentials',
    remedy: 'retry-later',
    advice: 'Check mqtt.proxyCredentialsFile.',
  },
  'link/websocket': {
    message: 'the broker takes no WebSocket there',
    remedy: 'retry-later',
    advice: 'Check the path in mqtt.url, often /mqtt, and that the broker speaks MQTT over WebSockets on that port.',
  },
  'link/credentials': {
    message: 'the broker refused the credentials',
    remedy: 'retry-later',
    advice: 'Check username, password file and client certificate.',
  },
  'link/refused': {
    message: 'the broker refused the connection',
    remedy: 'retry-later',
    advice: 'See the broker’s log: too many connections, another protocol version, or a banned name.',
  },
  'link/host-offline': {
    message: 'the primary host is not at this broker',
    remedy: 'retry-later',
    advice: 'Check the host, and sparkplug.primaryHost; readings wait in the outbox.',
  },
  'link/taken-over': {
    message: 'another client connected under the same name',
    remedy: 'retry-later',
    advice:
      'Two gateways have the same name, or somebody else uses the gateway’s own certificate or user name: find the other one.',
  },
  'link/kicked': {
    message: 'the broker closes the connection without a word soon after it has accepted it',
    remedy: 'retry-later',
    advice:
      'Most likely another client has the same name: find it. Else see the broker’s log: some close for a denied topic.',
  },
  'link/returning': {
    message: 'the fallback broker was left because the first one answers again',
    remedy: 'retry-later',
    advice: 'Nothing to do.',
  },
  'link/protocol': {
    message: 'the broker sent what is no MQTT',
    remedy: 'retry-later',
    advice: 'Check that address and port are those of an MQTT broker, and its version.',
  },
  'link/lost': {
    message: 'the connection to the broker was lost',
    remedy: 'retry-later',
    advice: 'It is opened again by itself.',
  },
  'link/denied': {
    message: 'the broker does not allow this topic',
    remedy: 'retry-later',
    advice: 'Check the broker’s access list.',
  },
  'link/too-large': {
    message: 'the message is larger than the broker takes',
    remedy: 'refuse',
    advice:
      'Raise the broker’s limit. `mqtt.maxPacketBytes` of the status has the one that it named or that was found out. A limit that was found out is tried again at the first connection after an hour.',
  },
  'link/no-retain': {
    message: 'the broker keeps no retained messages',
    remedy: 'give-up',
    advice:
      'Availability, state and status reach only clients that are subscribed when they are published. Switch retained messages on at the broker, or choose another one.',
  },
  'link/rejected': {
    message: 'the broker did not take the message',
    remedy: 'retry-later',
    advice: 'See the broker’s log: quota, rate or topic rules.',
  },
  'link/congested': {
    message: 'the connection to the broker takes no more now',
    remedy: 'retry-later',
    advice: 'The network is slower than what is published: publish less often.',
  },
} as const satisfies FaultRows<'link'>;

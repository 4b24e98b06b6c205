import { z } from 'zod';
import type { MqttConfig } from '../config.ts';
import { AMOUNTS, LIMITS } from '../limits.ts';
import { limited } from './number.ts';
import { filePath, flag, parseBrokerUrl, parseProxyUrl } from './text.ts';
import { topicLevels } from './topic.ts';

export const credentialFile = (what: string) =>
  filePath()
    .optional()
    .describe(`${what} A relative path is looked up in $CREDENTIALS_DIRECTORY, then beside the config.`);

export const userName = (description: string) =>
  z
    .string({ error: 'must be text' })
    .regex(/^[\x21-\x7e]{1,128}$/, { error: 'must be 1 to 128 printable ASCII characters without spaces' })
    .optional()
    .describe(description);

export const brokerUrl = (description: string) =>
  z
    .string({ error: 'must be text' })
    .refine((url) => parseBrokerUrl(url) !== undefined, {
      error: 'must be mqtts://HOST:PORT or wss://HOST:PORT/PATH, without credentials and query',
    })
    .meta({ description, pattern: '^(?:mqtts?://[^/@?#]+/?|wss?://[^/@?#]+(?:/[A-Za-z0-9._~/-]*)?)$' });

export const mqttSchema = z.strictObject({
  url: brokerUrl(
    'The broker: mqtts://HOST:PORT, or wss://HOST:PORT/PATH where only WebSockets get through. mqtt:// and ws:// are refused off the loopback unless allowPlaintext is true.',
  ),
  alpn: z
    .array(
      z
        .string({ error: 'must be text' })
        .regex(/^[\x21-\x7e]{1,64}$/, { error: 'must be 1 to 64 printable ASCII characters without spaces' }),
      { error: 'must be a list' },
    )
    .min(1, { error: `must have 1 to ${AMOUNTS.alpn} entries` })
    .max(AMOUNTS.alpn, { error: `must have 1 to ${AMOUNTS.alpn} entries` })
    .optional()
    .describe(
      'Protocols that are offered in the TLS handshake (ALPN): for brokers that share a port with others, as x-amzn-mqtt-ca on 443.',
    ),
  proxy: z
    .string({ error: 'must be text' })
    .refine((url) => parseProxyUrl(url) !== undefined, {
      error: 'must be http://HOST:PORT, without credentials, path and query',
    })
    .meta({ pattern: '^http://[^/@?#]+/?$' })
    .optional()
    .describe('HTTP proxy that lets the connection through (CONNECT): http://HOST:PORT. All brokers go through it.'),
  proxyCredentialsFile: credentialFile('File that holds USER:PASSWORD for the proxy.'),
  fallbackUrls: z
    .array(brokerUrl('As `url`.'), { error: 'must be a list' })
    .max(AMOUNTS.fallbackUrls, { error: `must have at most ${AMOUNTS.fallbackUrls} entries` })
    .default([])
    .describe(
      'Brokers that are tried in this order where `url` can not be had, with the same credentials and authority. The agent leaves them for `url` once that answers. Subscribers must hear all of them: brokers of one cluster, or bridged ones.',
    ),
  protocolVersion: z
    .literal([5, 4, 'auto'])
    .default('auto')
    .describe(
      '5, 4 for MQTT 3.1.1, or auto: 5, and 4 where the broker can not. 5 is tried again at the first connection after a day (after an hour where the broker did not say why). Default auto.',
    ),
  topicPrefix: topicLevels()
    .default('fieldward')
    .describe('All topics begin with it and the name of the gateway; default fieldward.'),
  values: flag()
    .default(false)
    .describe(
      'Whether each point has a retained topic of its own too, with the plain value of `state`: for programs that read no JSON. Default false.',
    ),
  meta: flag()
    .default(false)
    .describe(
      'Whether each device has a retained topic with the labels, units and write limits of its points, for `fieldward console` and other clients. A broker with access lists must allow that topic. Default false.',
    ),
  allowPlaintext: flag()
    .default(false)
    .describe(
      'Whether mqtt:// may leave this machine: everybody on the way reads and forges everything. Default false.',
    ),
  username: userName('User name at the broker.'),
  passwordFile: credentialFile('File that holds the password; a line end at its end is ignored.'),
  caFile: credentialFile(
    'PEM file of the authority that signed the certificate of the broker; absent: those that Node.js knows.',
  ),
  certFile: credentialFile('PEM file of the certificate of the gateway, for mutual TLS; together with keyFile.'),
  keyFile: credentialFile('PEM file of the private key of the gateway.'),
  keepaliveMs: limited(LIMITS.mqtt.keepaliveMs),
  connectTimeoutMs: limited(LIMITS.mqtt.connectTimeoutMs),
  reconnectMinMs: limited(LIMITS.mqtt.reconnectMinMs),
  reconnectMaxMs: limited(LIMITS.mqtt.reconnectMaxMs),
  returnAfterMs: limited(LIMITS.mqtt.returnAfterMs),
}) satisfies z.ZodType<MqttConfig>;

import { join } from 'node:path';

/** One node of the cluster, before it is started. */
export interface NodePlan {
  /** From 1. */
  readonly number: number;
  /** Of the Erlang node. */
  readonly name: string;
  readonly folder: string;
  readonly mqttPort: number;
  /** By which the nodes talk to each other. */
  readonly distributionPort: number;
}

export interface ClusterPlan {
  /** Everything lies in it, the common secret of the nodes too. */
  readonly folder: string;
  /** Of the daemon that tells the nodes of each other's ports. */
  readonly epmdPort: number;
  readonly nodes: readonly NodePlan[];
}

/** @param ports free ones: the daemon's, then two of each node */
export function planCluster(folder: string, ports: readonly number[]): ClusterPlan {
  const [epmdPort = 0, ...others] = ports;
  const nodes: NodePlan[] = [];
  for (let at = 0; at + 1 < others.length; at += 2) {
    const number = at / 2 + 1;
    nodes.push({
      number,
      name: `fieldward-${number}@localhost`,
      folder: join(folder, `node-${number}`),
      mqttPort: others[at] ?? 0,
      distributionPort: others[at + 1] ?? 0,
    });
  }
  return { folder, epmdPort, nodes };
}

/**
 * `rabbitmq.conf` of a node: MQTT on the loopback and nothing else. A session that is kept is a quorum queue: messages
 * that it has confirmed lie on most of the nodes. The bounds suit a test beside other work.
 */
export function nodeConfig(node: NodePlan, first: NodePlan): string {
  const lines = [
    'listeners.tcp = none',
    `mqtt.listeners.tcp.default = 127.0.0.1:${node.mqttPort}`,
    'mqtt.allow_anonymous = true',
    'mqtt.durable_queue_type = quorum',
    'mqtt.subscription_ttl = 600000',
    'mqtt.prefetch = 200',
    'cluster_formation.peer_discovery_backend = classic_config',
    // the first one makes the cluster, and the others join it once
    `cluster_formation.classic_config.nodes.1 = ${first.name}`,
    // a node that is cut off from the others must not go on alone
    'cluster_partition_handling = pause_minority',
    'raft.wal_max_size_bytes = 16000000',
    'vm_memory_high_watermark.absolute = 400MB',
    'disk_free_limit.absolute = 50MB',
    'log.console = false',
    'log.file.level = warning',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Erlang that sets a policy for the whole cluster: the sessions of clients without a kept one lie on two nodes. They
 * are classic queues that end with their connection, but not with their node: without a copy elsewhere the name is
 * taken until that node is back, and each client of it that subscribes at another node is thrown out.
 */
export const SESSIONS_ON_TWO_NODES = `rabbit_policy:parse_set(<<"/">>, <<"sessions">>, <<"^mqtt-subscription-">>,
  <<"{\\"ha-mode\\":\\"exactly\\",\\"ha-params\\":2,\\"ha-sync-mode\\":\\"automatic\\"}">>,
  0, <<"queues">>, <<"test">>).
`;

/** Nothing of the machine's own broker: neither its folders and settings nor its daemon. */
export function nodeEnvironment(node: NodePlan, { folder, epmdPort }: ClusterPlan): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node.name,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(node.folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(node.folder, 'advanced.config'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(node.folder, 'generated'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(node.folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(node.folder, 'data'),
    RABBITMQ_LOG_BASE: join(node.folder, 'log'),
    RABBITMQ_PID_FILE: join(node.folder, 'pid'),
    RABBITMQ_DIST_PORT: String(node.distributionPort),
    // one scheduler each: three brokers and the agents share the machine
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false +S 1:1 +SDio 1 -kernel inet_dist_use_interface {127,0,0,1}',
    // its script then becomes the broker itself, so that the process that was started is the one to end
    detached: '1',
  };
}

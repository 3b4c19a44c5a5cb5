import proxyTemplate from '../../../../templates/run_proxy.sh.eta';
import type { Deployment } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quoteWord } from '../../../shell/quote.ts';
import type { ProxyNode } from '../../../topology/topology.ts';
import type { InstanceEntry } from '../../router.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { PROXY_FOLDER } from '../hostPaths.ts';
import { IMAGE_ENV } from '../imageEnv.ts';
import { omniProxySettings } from '../settings.ts';

/** The text of run_proxy.sh, for the code that will run. */
export type ProxyScript = (
  node: ProxyNode,
  instances: readonly InstanceEntry[],
  deployment: Deployment,
  dialect: Dialect,
) => string;

/** run_proxy.sh: global_proxy.sh with all its arguments, then a watch over the nginx it leaves behind. */
export const proxyScript: ProxyScript = (node, instances, deployment, dialect) => {
  const proxy = omniProxySettings(deployment.proxy!);
  const known = dialect.flags['global_proxy.sh'] ?? [];
  const args = [
    ['--listen-port', node.listenPort],
    ['--prefill-servers-list', serversOf('prefill', instances)],
    ['--decode-servers-list', serversOf('decode', instances)],
    ['--log-file', proxyErrorLog(node, deployment)],
    ['--log-level', proxy.logLevel],
    ['--access-log-file', proxyAccessLog(node, deployment)],
    ['--core-num', proxy.coreNum],
    ['--start-core-index', proxy.startCoreIndex],
    ['--prefill-lb-sdk', proxy.prefillLbSdk],
    ['--decode-lb-sdk', proxy.decodeLbSdk],
    // the servers' own limits: with others the proxy would hold back requests they have room for, or crowd them
    ['--prefill-max-num-seqs', deployment.prefill[0]!.settings.maxNumSeqs],
    ['--decode-max-num-seqs', deployment.decode[0]!.settings.maxNumSeqs],
    ...(proxy.streamOps === 'off' ? [] : [['--stream-ops', proxy.streamOps] as const]),
  ] as const;
  return fillTemplate(proxyTemplate, {
    title: `${node.name}: the proxy of ${deployment.name}`,
    imageEnv: IMAGE_ENV,
    env: [['PROXY_NODE_PORT', String(node.listenPort)]],
    folder: PROXY_FOLDER,
    args: args
      .filter(([flag, value]) => value !== null && known.includes(flag))
      .map(([flag, value]) => [flag, quoteWord(String(value))]),
    port: node.listenPort,
    portHex: portHex(node.listenPort),
  });
};

/** Of all instances of a role, as the scripts take them. */
export function serversOf(role: InstanceEntry['role'], instances: readonly InstanceEntry[]): string {
  return instances.flatMap((instance) => (instance.role === role ? instance.servers : [])).join(',');
}

/** As /proc/net/tcp writes it. */
export function portHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** By default it grows below /tmp, which the host shares. */
export function proxyAccessLog(node: ProxyNode, deployment: Deployment): string {
  const { accessLogFile } = omniProxySettings(deployment.proxy!);
  return accessLogFile ?? `${deployment.logPath}/${node.name}/nginx_access.log`;
}

export function proxyErrorLog(node: ProxyNode, deployment: Deployment): string {
  return `${deployment.logPath}/${node.name}/nginx_error.log`;
}

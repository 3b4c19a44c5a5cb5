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

/** run_proxy.sh: global_proxy.sh with all its arguments, then a watch over the nginx it leaves behind. */
export function proxyScript(
  node: ProxyNode,
  instances: readonly InstanceEntry[],
  deployment: Deployment,
  dialect: Dialect,
): string {
  const proxy = omniProxySettings(deployment.proxy!);
  const serversOf = (role: InstanceEntry['role']) =>
    instances.flatMap((instance) => (instance.role === role ? instance.servers : [])).join(',');
  const known = dialect.flags['global_proxy.sh'] ?? [];
  const args = [
    ['--listen-port', node.listenPort],
    ['--prefill-servers-list', serversOf('prefill')],
    ['--decode-servers-list', serversOf('decode')],
    ['--log-file', proxyErrorLog(node, deployment)],
    ['--log-level', 'notice'],
    // by default it grows below /tmp, which the host shares
    ['--access-log-file', `${deployment.logPath}/${node.name}/nginx_access.log`],
    ['--core-num', proxy.coreNum],
    ['--start-core-index', proxy.startCoreIndex],
    ['--prefill-lb-sdk', proxy.prefillLbSdk],
    ['--decode-lb-sdk', proxy.decodeLbSdk],
    // the servers' own limits: with others the proxy would hold back requests they have room for, or crowd them
    ['--prefill-max-num-seqs', deployment.prefill[0]!.settings.maxNumSeqs],
    ['--decode-max-num-seqs', deployment.decode[0]!.settings.maxNumSeqs],
  ] as const;
  return fillTemplate(proxyTemplate, {
    title: `${node.name}: the proxy of ${deployment.name}`,
    imageEnv: IMAGE_ENV,
    env: [['PROXY_NODE_PORT', String(node.listenPort)]],
    folder: PROXY_FOLDER,
    args: args.filter(([flag]) => known.includes(flag)).map(([flag, value]) => [flag, quoteWord(String(value))]),
    port: node.listenPort,
    // as /proc/net/tcp writes it
    portHex: node.listenPort.toString(16).toUpperCase().padStart(4, '0'),
  });
}

export function proxyErrorLog(node: ProxyNode, deployment: Deployment): string {
  return `${deployment.logPath}/${node.name}/nginx_error.log`;
}

import proxyTemplate from '../../../../templates/run_omni_proxy.sh.eta';
import { fillTemplate } from '../../../rendering/template.ts';
import { quoteWord } from '../../../shell/quote.ts';
import { OMNI_PROXY_FOLDER } from '../hostPaths.ts';
import { IMAGE_ENV } from '../imageEnv.ts';
import { omniProxySettings } from '../settings.ts';
import { flagOfKey, omniProxyOptions } from './omniProxyOptions.ts';
import { type ProxyScript, portHex, proxyAccessLog, proxyErrorLog, serversOf } from './proxyScript.ts';

/** Argument of run_proxy.sh: the nginx that serves takes over its lists and options. */
export const RELOAD = 'reload';

/** Options that take no value. */
const SWITCHES: readonly string[] = ['--no-reuseport', '--keepalive-nginx'];

/** run_proxy.sh: omni_proxy.sh with all its arguments, or with --reload, then a watch over the nginx it leaves behind. */
export const omniProxyScript: ProxyScript = (node, instances, deployment, dialect) => {
  const proxy = omniProxySettings(deployment.proxy!);
  const known = dialect.flags['omni_proxy.sh'] ?? [];
  const { nginx_conf_file: conf, ...options } = omniProxyOptions(deployment);
  const args: readonly (readonly [flag: string, value: unknown])[] = [
    ['--nginx-conf-file', conf!.value],
    ['--listen-port', node.listenPort],
    ['--core-num', proxy.coreNum],
    ['--start-core-index', proxy.startCoreIndex],
    ['--prefill-endpoints', serversOf('prefill', instances)],
    ['--decode-endpoints', serversOf('decode', instances)],
    ['--log-file', proxyErrorLog(node, deployment)],
    ['--log-level', proxy.logLevel],
    ['--access-log-file', proxyAccessLog(node, deployment)],
    ['--stream-ops', proxy.streamOps],
    ...Object.entries(options).map(([key, { value }]) => [flagOfKey(key), value] as const),
  ];
  return fillTemplate(proxyTemplate, {
    title: `${node.name}: the proxy of ${deployment.name}`,
    imageEnv: IMAGE_ENV,
    folder: OMNI_PROXY_FOLDER,
    conf: quoteWord(String(conf!.value)),
    listen: `listen ${node.listenPort}${proxy.omniProxy.no_reuseport === true ? '' : ' reuseport'};`,
    args: args
      .filter(([flag]) => known.includes(flag))
      .map(([flag, value]) => (SWITCHES.includes(flag) ? flag : `${flag} ${quoteWord(String(value))}`)),
    canReload: known.includes('--reload'),
    port: node.listenPort,
    portHex: portHex(node.listenPort),
  });
};

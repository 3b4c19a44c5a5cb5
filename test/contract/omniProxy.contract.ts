import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { flagOfKey } from '../../src/engines/omni/proxy/omniProxyOptions.ts';
import { inventoryFile, renderedText } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { type Start, startIn } from './cell.ts';
import { differences } from './differences.ts';
import { contractObstacle, givenTrees } from './trees.ts';

/** Each option with the directive of nginx that it becomes; a switch without one is not in the configuration. */
const OPTIONS: Readonly<Record<string, readonly [value: string, directive: string | null]>> = {
  log_level: ['warn', 'warn;'],
  access_log_file: ['/data/a.log', 'access_log /data/a.log'],
  stream_ops: ['set_opt', 'stream_ops set_opt;'],
  omni_proxy_pd_policy: ['parallel', 'omni_proxy_pd_policy parallel;'],
  omni_proxy_model_path: ['/data/tokenizer', 'omni_proxy_model_path /data/tokenizer;'],
  omni_proxy_max_batch_num_token: ['32001', 'omni_proxy_max_batch_num_token 32001;'],
  omni_proxy_max_tokens_weight: ['3', 'omni_proxy_max_tokens_weight 3;'],
  omni_proxy_schedule_algo: ['earliest_batch', 'omni_proxy_schedule_algo earliest_batch;'],
  omni_proxy_prefill_max_num_seqs: ['17', 'omni_proxy_prefill_max_num_seqs 17;'],
  omni_proxy_decode_max_num_seqs: ['49', 'omni_proxy_decode_max_num_seqs 49;'],
  omni_proxy_prefill_starvation_timeout: ['401', 'omni_proxy_prefill_starvation_timeout 401;'],
  prefill_pod_size: ['2', 'prefill_pod_size 2;'],
  decode_pod_size: ['3', 'decode_pod_size 3;'],
  omni_proxy_prefill_groups: ['0:1,1:1', 'omni_proxy_prefill_groups 0:1 1:1;'],
  omni_proxy_decode_groups: ['0:16,1:16', 'omni_proxy_decode_groups 0:16 1:16;'],
  no_reuseport: ['true', 'listen 7000;'],
  keepalive_nginx: ['true', null],
  nginx_conf_file: ['/usr/local/nginx/conf/other.conf', null],
};
/** Once it serves, the script is another one, and reloads. */
const THEN_RELOAD = 'echo "# changed" >>"$0"\nPATH=/recorders:$PATH bash "$0" reload\nwhile listening; do';

const trees = contractObstacle() === null ? givenTrees() : [];
const havingIt = trees.filter(({ dialect }) => dialect.flags['omni_proxy.sh'] !== null);
const obstacle = contractObstacle() ?? (havingIt.length === 0 ? 'none of the given sources has omni_proxy.sh' : null);

it('real proxies are tested', unless(obstacle), () => {
  expect(havingIt).not.toEqual([]);
});

describe.each(havingIt)('run_proxy.sh with omni_proxy.sh of $name', (tree) => {
  it('starts nginx with the lists of servers and every option that the script has', async () => {
    const options = optionsOf(tree.dialect);
    const { rendered, start } = await started(tree.path, tree.dialect, options);
    expect(differences('c0', rendered, tree.dialect, start)).toEqual([]);
    expect(start.exitCode).toBeNull();
    const [call] = nginxCalls(start);
    expect(call!.env).toMatchObject({ PYTHONHASHSEED: '123', OF_BASHRC: '.' });
    expect(call!.env).not.toHaveProperty('OMNIPLACE_NODE');
    const conf = call!.conf ?? '';
    const directives = options.flatMap((key) => OPTIONS[key]![1] ?? []);
    expect(directives.filter((directive) => !conf.includes(directive))).toEqual([]);
    expect(call!.argv).toEqual(['-c', '/usr/local/nginx/conf/other.conf']);
  });

  it('reloads, where the script can, and is started again where it can’t', async () => {
    const { start } = await started(tree.path, tree.dialect, [], THEN_RELOAD);
    const argv = nginxCalls(start).map((call) => call.argv.join(' '));
    const canReload = tree.dialect.flags['omni_proxy.sh']!.includes('--reload');
    const conf = '/usr/local/nginx/conf/nginx.conf';
    expect(argv).toEqual(canReload ? [`-c ${conf}`, `-t -c ${conf}`, '-s reload'] : [`-c ${conf}`]);
  });
});

function optionsOf({ flags, pdPolicies }: Dialect): readonly string[] {
  expect(pdPolicies).toContain('parallel');
  return Object.keys(OPTIONS).filter((key) => flags['omni_proxy.sh']!.includes(flagOfKey(key)));
}

async function started(tree: string, dialect: Dialect, options: readonly string[], thenDo = 'while listening; do') {
  const lines = options.map((key) => `    ${key}: "${OPTIONS[key]![0]}"`.replace('"true"', 'true'));
  const text = readFileSync(inventoryFile('2p1d'), 'utf8');
  const asked = text.replace(
    /^ {2}proxy:\n/m,
    `  proxy:\n    use_omni_proxy: true\n${lines.map((line) => `${line}\n`).join('')}`,
  );
  const rendered = renderedText(asked, 'omni-proxy.yml', dialect);
  const count = thenDo.includes('reload') && dialect.flags['omni_proxy.sh']!.includes('--reload') ? 3 : 1;
  const { c0 } = await startIn(tree, rendered, ['c0'], {
    expected: () => ['nginx', count],
    edit: (script) => script.replace('while listening; do', thenDo),
  });
  return { rendered, start: c0 };
}

function nginxCalls({ calls }: Start) {
  return calls.filter(({ program }) => program === 'nginx');
}

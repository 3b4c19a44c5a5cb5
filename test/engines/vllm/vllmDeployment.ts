import { type RenderedVllm, renderedVllm } from '../../fakes/renderedVllm.ts';

interface Parts {
  /** Keys of a group, such as `hosts: "10.0.0.1"`; ports and devices are given. */
  readonly prefill?: readonly string[];
  readonly decode?: readonly string[];
  readonly proxy?: string;
  readonly services?: string;
  readonly image?: string;
}

/** A deployment of vLLM: by default one prefill instance of a host of 8 GPUs, and one of decode. */
export function vllmDeployment(parts: Parts = {}): RenderedVllm {
  return renderedVllm(vllmText(parts));
}

export function vllmText({
  prefill = ['hosts: "10.0.0.1"'],
  decode = ['hosts: "10.0.0.2"'],
  proxy = '',
  services = '',
  image = 'vllm/vllm-openai:v0.27.1',
}: Parts): string {
  const groups = (of: readonly string[], port: number) =>
    of.map(
      (keys, i) => `    group${i + 1}: {${keys}, master_port: ${port + i}, base_api_port: ${port + 100 + 10 * i}}\n`,
    );
  return `deployment:
  defaults: {agent: true, devices: "0,1,2,3,4,5,6,7"}
  prefill:
${groups(prefill, 8000).join('')}  decode:
${groups(decode, 9000).join('')}  proxy: {host: "10.0.0.1", listen_port: 30000, image: "router:1"${proxy}}
services:
  engine: vllm
  accelerator: cuda
  docker_image: ${image}
  model_path: /models/m
${services}`;
}

/** A mixed server of 8 GPUs. @param settings of the role, as one line of YAML */
export function mixedVllm(settings: string): RenderedVllm {
  return renderedVllm(`deployment:
  defaults: {agent: true, devices: "0,1,2,3,4,5,6,7"}
  mixed: {group1: {hosts: "10.0.0.1", base_api_port: 8100}}
services:
  engine: vllm
  accelerator: cuda
  docker_image: vllm/vllm-openai:v0.27.1
  model_path: /models/m
  mixed: {${settings}}
`);
}

/** `code: message | hint` of each fault. */
export function faultLines({ faults }: RenderedVllm): readonly string[] {
  return faults.map(({ severity, code, message, hint }) => `${severity} ${code}: ${message} | ${hint}`);
}

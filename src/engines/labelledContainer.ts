import type { Deployment } from '../deployment/deployment.ts';
import { digestOf } from '../files/digests.ts';
import { type DockerRun, dockerRun } from '../shell/docker.ts';
import type { Node } from '../topology/topology.ts';
import type { DesiredContainer } from './desired.ts';

interface LabelledContainer {
  readonly node: Node;
  readonly deployment: Deployment;
  /** All of its `docker run` that the engine decides. */
  readonly run: Omit<DockerRun, 'name' | 'image' | 'labels' | 'envOnInput'>;
  /** Variables that no argument may hold, `NAME=value` a line; empty: none. */
  readonly input?: string;
  /** Host folders that must exist before. */
  readonly folders: readonly string[];
}

/** A container with the labels by which omniplace finds its own, and sees whether one is as it should be. */
export function labelledContainer({ node, deployment, input = '', folders, run }: LabelledContainer): DesiredContainer {
  const { container: name } = node;
  const { image } = deployment;
  const labels = { 'omniplace.cluster': deployment.name, 'omniplace.node': node.name };
  const whole: DockerRun = { ...run, name, image, labels, envOnInput: input !== '' };
  const spec = digestOf(input === '' ? dockerRun(whole) : [dockerRun(whole), input]);
  return {
    name,
    image,
    run: dockerRun({ ...whole, labels: { ...labels, 'omniplace.spec': spec } }),
    ...(input === '' ? {} : { input }),
    spec,
    folders,
  };
}

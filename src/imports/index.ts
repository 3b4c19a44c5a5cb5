import { importAnsible } from './ansible.ts';
import type { ImportedCluster } from './cluster.ts';
import { ForeignDocument, ForeignFileError, isObject } from './foreignDocument.ts';
import { importOmniCli } from './omniCli.ts';
import { isPlaybook, readPlaybook } from './playbook.ts';
import { importServerProfiles } from './serverProfiles.ts';

export { assembleDeployment, leftoverText } from './assemble.ts';
export type { ImportedCluster } from './cluster.ts';
export { deploymentText } from './deploymentText.ts';
export { ForeignFileError, type Leftover } from './foreignDocument.ts';
export { withLocalPaths } from './localPaths.ts';

/** A line that begins a group in INI; in YAML it would be a list of one text. */
const INI_GROUP = /^\[[A-Za-z_][\w.:-]*\][ \t]*(?:[#;].*)?$/m;

export interface ForeignFile {
  readonly file: string;
  readonly text: string;
}

/**
 * The cluster that files of another tool describe. One of them names the hosts; a playbook beside an Ansible inventory sets
 * image, model and paths.
 * @throws ForeignFileError when they can't be understood
 */
export function importFiles(files: readonly ForeignFile[]): ImportedCluster {
  const ini = files.find(({ text }) => INI_GROUP.test(text));
  if (ini !== undefined) {
    const convert = `ansible-inventory -i ${ini.file} --list --yaml > inventory.yml`;
    throw new ForeignFileError(`${ini.file}: an inventory in INI; make one in YAML, and import that: ${convert}`);
  }
  const documents = files.map(({ file, text }) => new ForeignDocument(file, text));
  const playbooks = documents.filter(({ root }) => isPlaybook(root));
  const others = documents.filter(({ root }) => !isPlaybook(root));
  const [document] = others;
  if (document === undefined) {
    throw new ForeignFileError(
      `${playbooks[0]?.file ?? 'no file'}: a playbook alone names no hosts; add its inventory`,
    );
  }
  if (others.length > 1 || playbooks.length > 1) {
    const names = (others.length > 1 ? others : playbooks).map(({ file }) => file).join(', ');
    throw new ForeignFileError(`${names}: one file that names the hosts and at most one playbook make a deployment`);
  }
  const [playbook] = playbooks;
  const format = formatOf(document);
  if (format !== 'ansible' && playbook !== undefined) {
    throw new ForeignFileError(
      `${playbook.file}: a playbook goes with an Ansible inventory, and ${document.file} is none`,
    );
  }
  if (format === 'omni_cli') return importOmniCli(document);
  if (format === 'profiles') return importServerProfiles(document);
  return importAnsible(document, playbook === undefined ? null : readPlaybook(playbook));
}

function formatOf(document: ForeignDocument): 'omni_cli' | 'profiles' | 'ansible' {
  const { root } = document;
  if (isObject(root) && isObject(root.deployment)) {
    // omni_cli knows no defaults
    if (!isObject(root.deployment.defaults)) return 'omni_cli';
    throw new ForeignFileError(`${document.file} is a deployment file already: omniplace validate ${document.file}`);
  }
  if (isObject(root) && !Array.isArray(root) && hasHosts(root)) return hasKey(root, 'args') ? 'profiles' : 'ansible';
  throw new ForeignFileError(
    `${document.file}: neither omni_cli's deployment or server_profiles.yml, nor an Ansible inventory or playbook in YAML (of an INI inventory, \`ansible-inventory --list --yaml\` makes one)`,
  );
}

function hasHosts(group: Readonly<Record<string, unknown>>): boolean {
  return Object.values(group).some(
    (child) => isObject(child) && (isObject(child.hosts) || (isObject(child.children) && hasHosts(child.children))),
  );
}

function hasKey(value: unknown, key: string): boolean {
  if (!isObject(value)) return false;
  return key in value || Object.values(value).some((child) => hasKey(child, key));
}

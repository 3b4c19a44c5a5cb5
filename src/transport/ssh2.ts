import ssh2 from 'ssh2';

/** The only door to the SSH library; the rest of the transport uses it by these names. */
export { type Config, NodeSSH } from 'node-ssh';
export type { AuthenticationType, Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';

export const { generateKeyPairSync, parseKey } = ssh2.utils;

import ssh2 from 'ssh2';
import constants from 'ssh2/lib/protocol/constants.js';

/** The only door to the SSH library; the rest of the transport uses it by these names. */
export { type Config, NodeSSH } from 'node-ssh';
export type { AuthenticationType, Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';

export const { generateKeyPairSync, parseKey } = ssh2.utils;

/** What the library can do, strong first; names that only signal other abilities are not in it. */
export const SUPPORTED = {
  'key exchange': constants.SUPPORTED_KEX,
  'host key': constants.SUPPORTED_SERVER_HOST_KEY,
  cipher: constants.SUPPORTED_CIPHER,
  MAC: constants.SUPPORTED_MAC,
} as const;

/** Names that are not part of a code tree: neither sent, nor counted into its digest, nor removed on a host. */
export const NOT_CODE: readonly string[] = ['.git', '__pycache__'];

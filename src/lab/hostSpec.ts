export interface HostSpec {
  readonly number: number;
  readonly name: string;
  readonly address: string;
  readonly numDies: number;
  readonly accelerator: 'ascend' | 'cuda';
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  readonly authorizedKey: string;
  /** Addresses of all hosts by name, for /etc/hosts. */
  readonly neighbours: Readonly<Record<string, string>>;
  /** This machine's root lacks a capability that privileged containers ask for. */
  readonly wrapRunc: boolean;
}

export interface HostFile {
  /** Absolute, on the host. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** Local files that an engine needs for a deployment, by absolute path. */
export interface InputRequest {
  /** Files to send: their digests and sizes. */
  readonly files: readonly string[];
  /** Files that checks look into: their bytes. */
  readonly bytes: readonly string[];
  /** Folders to send: the digest of all that is below. */
  readonly trees: readonly string[];
}

/** What was read of them for the pure core, by the same paths; null: it does not exist. */
export interface LocalInputs {
  /** sha256 (hex) and size. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly sizeBytes: number } | null>>;
  readonly bytes: Readonly<Record<string, Uint8Array | null>>;
  /** Digest of paths, modes and contents. */
  readonly trees: Readonly<Record<string, string | null>>;
  /** Size of the image archive, which is hashed only while it is sent; absent: none is named, or it does not exist. */
  readonly archiveBytes?: number;
}

/** How an engine uses a local path that the deployment file names. */
export interface LocalPathUse {
  /** Tags that can't run without it. */
  readonly neededBy: readonly string[];
  /** It may have wildcards: it is missing when no file matches. */
  readonly isGlob?: true;
  /** Folder that it must contain to be of use. */
  readonly contains?: string;
  /** A path below it that is missing only sometimes with reason: a warning, with what to do. */
  readonly shouldContain?: { readonly path: string; readonly hint: string };
}

/** Content digests of files: MD5 as DVC's address, SHA-256 for evidence. */

export interface FileDigest {
  /** 32 lower-case hex digits. */
  readonly md5: string;
  /** Bytes. */
  readonly size: number;
}

export interface Hasher {
  md5File(path: string): Promise<FileDigest>;
  /** Many files through a worker pool; the result has the order of `paths`. `onFile` is told the bytes of each finished file. */
  md5Files(paths: readonly string[], onFile?: (bytes: number) => void): Promise<readonly FileDigest[]>;
  /** 64 lower-case hex digits. */
  sha256File(path: string): Promise<string>;
}

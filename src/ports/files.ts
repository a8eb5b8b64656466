/** Files of the work tree. Relative paths are taken from the working directory the port was made for. */

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export interface FileEntry {
  readonly name: string;
  /** Of the entry itself: a symlink is not followed. */
  readonly kind: FileKind;
}

export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  readonly mode: number;
}

export interface Files {
  /** Absolute path of the working directory. */
  readonly root: string;
  /** Absolute form of a path; does not touch the disk. */
  resolve(path: string): string;
  /** @throws KitError `file-missing` or `file-unreadable` */
  readText(path: string): Promise<string>;
  /** @throws KitError `file-missing` or `file-unreadable` */
  readBytes(path: string): Promise<Uint8Array>;
  /** Follows symlinks unless `follow` is false; undefined when nothing is there. */
  stat(path: string, options?: { follow?: boolean }): Promise<FileStat | undefined>;
  exists(path: string): Promise<boolean>;
  /** Names in a directory, sorted by code unit; empty when it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** As `list`, with the kind of each entry. */
  entries(path: string): Promise<readonly FileEntry[]>;
  /** Paths (relative to the root, `/` separators, sorted) that match a glob such as `data/*.parquet`. */
  glob(pattern: string): Promise<readonly string[]>;
  /** Writes to a temporary name and renames, making parent directories; readers never see half a file. */
  write(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /** Appends one chunk with O_APPEND, making parent directories. */
  append(path: string, data: string): Promise<void>;
  /** Copies one file through a temporary name, as a copy-on-write clone where the file system can; keeps the source's mode unless given. */
  copy(from: string, to: string, options?: { mode?: number }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  changeMode(path: string, mode: number): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or a folder with all in it; no error when absent. */
  remove(path: string): Promise<void>;
  /** A fresh folder under the system's temporary directory. */
  makeTemporaryDirectory(prefix: string): Promise<string>;
}

/** A data remote: objects under keys such as `files/md5/ab/cdef`. */

export interface ObjectStore {
  /** The remote's url for messages, without secrets. */
  readonly url: string;
  /** Which of the keys exist. */
  has(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Downloads to a path through a temporary name. @throws KitError `object-missing` */
  get(key: string, toPath: string): Promise<void>;
  /** Uploads; a half object never stands under the final key. */
  put(key: string, fromPath: string): Promise<void>;
}

/** Opens the remote of a url or folder. @throws KitError `remote-unsupported`, `remote-unreachable` */
export type OpenObjectStore = (url: string) => Promise<ObjectStore>;

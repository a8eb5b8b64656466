/** Files handed from one job of a run to another: the Actions artifact store, or a folder elsewhere. */

export interface Artifacts {
  /** Uploads files (paths under the working directory) under a name that is new in this run. */
  upload(name: string, paths: readonly string[]): Promise<void>;
  /** Downloads an artifact into a folder; run defaults to the current one. Contents are hostile data. */
  download(name: string, toDirectory: string, options?: { readonly runId?: string }): Promise<void>;
}

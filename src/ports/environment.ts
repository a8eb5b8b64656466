/** Facts about where the command runs, read once by the shell. */

export interface ActionsRun {
  readonly runId: string;
  readonly runAttempt: number;
  readonly runUrl: string;
  readonly workflow: string;
  readonly job: string;
  readonly eventName: string;
  readonly eventPath: string | undefined;
  readonly repository: string;
  readonly sha: string;
  readonly ref: string;
}

export interface Environment {
  /** Present only inside GitHub Actions. */
  readonly actions: ActionsRun | undefined;
  /** Login or user name of who runs it, for `Mlops-Actor`. */
  readonly actor: string;
  /** `mlops-kit/<version>`, for records. */
  readonly tool: string;
  /** One variable of the process environment. */
  variable(name: string): string | undefined;
}

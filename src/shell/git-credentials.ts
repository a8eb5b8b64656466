/** Hands the job's token to git by environment, so that it is in no argument list, remote url or config file. */

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * `GIT_CONFIG_*` variables that send the token to one server. The empty value first drops the header that actions/checkout may have
 * left in the repository's config: two Authorization headers are an error at GitHub.
 */
export function gitCredentials(token: string, serverUrl: string, variables: Variables): Record<string, string> {
  const key = `http.${serverUrl.replace(/\/+$/, '')}/.extraheader`;
  const count = Number(variables.GIT_CONFIG_COUNT ?? '0') || 0;
  return {
    GIT_CONFIG_COUNT: String(count + 2),
    [`GIT_CONFIG_KEY_${count}`]: key,
    [`GIT_CONFIG_VALUE_${count}`]: '',
    [`GIT_CONFIG_KEY_${count + 1}`]: key,
    [`GIT_CONFIG_VALUE_${count + 1}`]: `AUTHORIZATION: basic ${basicOf(token)}`,
  };
}

/** The form the token takes in the header; as secret as the token itself. */
export function basicOf(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

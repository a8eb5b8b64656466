/** Outgoing HTTP requests. */

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds, default 30,000. */
  readonly timeout?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Http {
  /** Resolves whatever the status. @throws KitError `http-unreachable`, `http-timeout` */
  request(request: HttpRequest): Promise<HttpResponse>;
}

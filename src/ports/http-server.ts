/** Serving HTTP: routes in, a running server out, drained before it closes. */

export interface HttpServerRequest {
  /** Decoded values of the `:name` parts of the route's path. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Lower-case names; repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpServerResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST';
  /** For example `/v2/models/:model/infer`. */
  readonly path: string;
  handle(request: HttpServerRequest): Promise<HttpServerResponse>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly routes: readonly HttpRoute[];
  /** Larger bodies are answered 413. */
  readonly bodyLimit: number;
  /** Turns what no route answered (404, 413, a thrown error as 500) into a body. */
  renderError(status: number, message: string): HttpServerResponse;
}

export interface RunningHttpServer {
  /** For example `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Takes no new connections, answers what is under way, then closes. */
  close(): Promise<void>;
}

export interface HttpServer {
  /** @throws KitError `port-taken`, `port-forbidden` */
  start(options: HttpServerOptions): Promise<RunningHttpServer>;
  /** Resolves with the name of the first SIGTERM or SIGINT; asking takes over their default effect until `signal` fires. */
  stopRequested(signal?: AbortSignal): Promise<string>;
}

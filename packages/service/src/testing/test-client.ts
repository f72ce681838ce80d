/** What a test looks at. `body` is the parsed JSON, or undefined when there is none. */
export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever came.
  body: any;
}

export interface RequestOptions {
  /** Sent as JSON; a string or bytes as they are. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

/** fetch with the service's address, JSON both ways and a session token. */
export class TestClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    const { body, token, headers } = options;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text || undefined };
  }

  get(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('GET', path, options);
  }

  post(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('POST', path, options);
  }

  put(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('PUT', path, options);
  }

  patch(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('PATCH', path, options);
  }

  delete(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('DELETE', path, options);
  }
}

import { type Reply, type RequestOptions, TestClient } from './test-client.ts';

/**
 * A client that throws when a service answers a route with what its OpenAPI document does not tell: another status,
 * another code of a problem, a header of ours. What is no route of the document is let through.
 */
export async function documented(client: TestClient): Promise<TestClient> {
  const { paths, components } = (await client.get('/openapi.json')).body as OpenApi;
  return new DocumentedClient(
    client.url,
    paths,
    new Map(Object.keys(components.headers).map((name) => [name.toLowerCase(), name])),
  );
}

class DocumentedClient extends TestClient {
  private readonly paths: OpenApi['paths'];
  private readonly headers: Map<string, string>;

  constructor(url: string, paths: OpenApi['paths'], headers: Map<string, string>) {
    super(url);
    this.paths = paths;
    this.headers = headers;
  }

  override async request(method: string, path: string, options?: RequestOptions): Promise<Reply> {
    const reply = await super.request(method, path, options);
    const operation = findOperation(this.paths, method, path.split('?')[0] ?? '');
    const undocumented = operation && findUndocumented(reply, operation, this.headers);
    if (undocumented) throw new Error(`${method} ${path}: the document does not tell ${undocumented}.`);
    return reply;
  }
}

function findOperation(paths: OpenApi['paths'], method: string, path: string): Operation | undefined {
  const templates = Object.keys(paths).filter((template) => matches(template, path));
  // A path without parameters goes before one with them.
  const [best] = templates.sort((a, b) => a.split('{').length - b.split('{').length);
  return best === undefined ? undefined : paths[best]?.[method.toLowerCase()];
}

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
}

function findUndocumented(reply: Reply, operation: Operation, headers: Map<string, string>): string | undefined {
  const response = operation.responses[reply.status];
  if (!response) return `the status ${reply.status} (${reply.body?.code ?? 'no problem'})`;
  for (const [sent, name] of headers) {
    if (reply.headers.has(sent) && !response.headers?.[name]) return `the header ${name} with ${reply.status}`;
  }
  const codes = response.content?.['application/problem+json']?.schema.allOf?.[1]?.properties?.code.enum;
  if (codes && !codes.includes(reply.body?.code)) return `the code ${reply.body?.code} with ${reply.status}`;
  return undefined;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { headers: Record<string, unknown> };
}

interface Operation {
  responses: Record<string, { headers?: Record<string, unknown>; content?: Record<string, { schema: Schema }> }>;
}

interface Schema {
  allOf?: { properties?: { code: { enum: string[] } } }[];
}

/** What answers have besides a body. */
const HEADERS = {
  ETag: {
    description: 'The version of what is answered: for If-Match of a change, and for If-None-Match',
    schema: { type: 'string', example: '"1"' },
  },
  'Idempotent-Replayed': {
    description: 'There when the answer is that of an earlier request with this Idempotency-Key',
    schema: { type: 'string', enum: ['true'] },
  },
  Link: {
    description: 'The next page, `<…>; rel="next"` (RFC 8288); not on the last one',
    schema: { type: 'string', example: '</v1/files?limit=20&cursor=AAAB>; rel="next"' },
  },
  Location: {
    description: 'The path of what was made',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Retry-After': {
    description: 'In how many seconds it makes sense to ask again',
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate',
    schema: { type: 'string', enum: ['Bearer'] },
  },
  'x-request-id': {
    description: 'That of the request, where it has one of 8 to 128 letters, digits and `-._~:/+=@`, else a new one',
    schema: { type: 'string' },
  },
} as const;

const REFERENCE = '#/components/headers/';

export type HeaderName = keyof typeof HEADERS;

/** Those of HEADERS that the document refers to. */
export function headersIn(document: object): Record<string, object> {
  const text = JSON.stringify(document);
  return Object.fromEntries(Object.entries(HEADERS).filter(([name]) => text.includes(`"${REFERENCE}${name}"`)));
}

/** The headers as members of a response. */
export function referTo(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: REFERENCE + name }]));
}

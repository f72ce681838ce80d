import { type ErrorCode, STATUS_OF_CODE } from '../../packages/service/src/errors/codes.ts';
import { OF_EVERY_ROUTE } from './describe-route.ts';
import { table } from './table.ts';

/** Every code once, in the order of their statuses. */
export function describeProblems(): string {
  const codes = Object.entries(STATUS_OF_CODE) as [ErrorCode, number][];
  const rows = codes.map(([code, status]) => [`\`${code}\``, String(status), MEANING[code]]);
  return [
    '## Problems\n',
    `Any route may answer, where it applies:\n${OF_EVERY_ROUTE.map((code) => `\`${code}\``).join(', ')}.\nIts other codes are listed with it.\n`,
    table([['code', 'status', 'when'], ...rows]),
  ].join('\n');
}

const MEANING: Record<ErrorCode, string> = {
  invalid: 'a parameter, header or member is wrong, missing or not known; `errors` says which',
  invalid_json: 'the body is no JSON in UTF-8',
  invalid_cursor: 'the cursor is not of this list, with these filters, of this user',
  idempotency_key_required: 'no `Idempotency-Key`',
  idempotency_key_invalid: 'an `Idempotency-Key` that is not 1 to 255 visible ASCII characters',
  unauthenticated: 'no session, or one that is over',
  invalid_credentials: 'email address or password is wrong',
  forbidden: 'this user may not do that',
  wrong_password: '`currentPassword` is missing or wrong',
  not_found: 'there is no such thing, or it belongs to someone else',
  folder_not_found: 'the folder that the request names is not there, or belongs to someone else',
  route_not_found: 'there is nothing at this path',
  user_not_found: 'the user whose ledger is meant is not there',
  usage_not_found: '`refundOf` is no usage of that user',
  method_not_allowed: 'the path takes other methods: `Allow`',
  request_timeout: 'the request did not arrive within 30 s',
  conflict: 'something else stands against this change',
  email_taken: 'another user has the email address',
  name_taken: 'another folder beside it has the name',
  folder_cycle: 'a folder would be inside itself',
  folder_too_deep: 'folders would go deeper than 64 levels',
  folder_deleted: 'the folder that it was in is deleted; restore that one first',
  insufficient_credits: 'the balance is less than what is taken',
  balance_limit: 'the balance would be larger than a JSON number holds exactly',
  refund_exceeds: 'more than what is left of the usage; `refundable` says how much that is',
  idempotency_key_in_use: 'a request with this key has not ended; ask again',
  precondition_failed: '`If-Match` is not the current version; read again',
  body_too_large: 'more than 1 MB',
  uri_too_long: 'a part of the path is too long',
  unsupported_media_type: 'the body is not `application/json` in UTF-8',
  expectation_failed: '`Expect` is something else than `100-continue`',
  idempotency_key_reused: 'this key was used with another body',
  precondition_required: 'no `If-Match`',
  rate_limited: 'too often; `Retry-After` says how many seconds to wait',
  headers_too_large: 'the headers are too large',
  internal_error: 'a mistake of the service; nothing about it is told but the `requestId`',
  unavailable: 'the database is away or full; ask again',
  try_again: 'another request was in the way; ask again',
  not_ready: 'of `/health/ready` alone; `reason` is `database`, `migrations` or `draining`',
  timeout: 'the request took too long',
  outcome_unknown: 'whether it has happened is not known; look before asking again',
};

export const INTRODUCTION = `# HTTP

<!-- Written by \`pnpm docs:http\` from the services' OpenAPI documents; a test checks that it is fresh. -->

Every route of every service, and before that what is the same in all of them. A running service shows its own at \`/docs\`, to try
out, and as a document for programs at \`/openapi.json\`.

In the tables, a question mark stands after what may be left out; a time is ISO 8601 in UTC.

## Sessions

\`POST /v1/sessions\` of identity answers with a token. The other routes take it as \`Authorization: Bearer <token>\`, in every service;
without one, or with one that has ended, the answer is 401. What belongs to someone else is 404, as if it were not there.

## Requests and answers

Bodies are JSON in UTF-8, both ways; members and parameters that are not known are refused. Of a member that is there twice, the last one
counts. \`x-request-id\` of the request, if it is 8 to 128 letters, digits and \`-._~:/+=@\`, or else a new one, is in the answer and in the
log.

## Lists

\`?limit=20&cursor=…\` → \`{"items": […], "nextCursor": "…"}\`. \`limit\` is 1 to 100, and 20 unless given; \`nextCursor\` is null on the last page,
else the \`cursor\` of the next one, which \`Link: <…>; rel="next"\` spells out with all filters. \`?count=true\` adds \`total\`, counted up
to 10,000, and \`totalIsExact\`.

## Versions

What has an \`ETag\` is changed and deleted only with \`If-Match\`, quotes included: 428 without, 412 when it has changed since. Reading with
\`If-None-Match\` answers 304 when it has not.

## Repeating safely

A route that takes an \`Idempotency-Key\` does what it is asked once for each key and user: the same request again gets the stored answer,
with \`Idempotent-Replayed: true\`. Use a new key for each thing to do, and the same one when trying again.

## Health

\`GET /health/live\` answers 200 while the process can. \`GET /health/ready\` answers 200 when requests may be sent, else 503 \`not_ready\`. Both
are for anybody.

## Errors

\`application/problem+json\` (RFC 9457). Programs read \`code\`, which is stable; \`detail\` is a sentence for people. Some codes bring members of
their own.

\`\`\`json
{
  "type": "about:blank",
  "title": "Bad Request",
  "status": 400,
  "code": "invalid",
  "detail": "The request is not valid.",
  "requestId": "be362e1d-38e3-4353-ad4b-8b3493f5e9e8",
  "errors": [{ "pointer": "/email", "detail": "must be an email address" }]
}
\`\`\`
`;

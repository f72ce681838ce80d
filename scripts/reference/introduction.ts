import { SHARED_CODES } from '../../packages/service/src/errors/codes.ts';
import { OF_EVERY_ROUTE } from './describe-route.ts';
import type { ProblemCodes, ServiceDocument } from './read-openapi.ts';
import { table } from './table.ts';

/** The codes of two or more services, in the order of their statuses. */
export function describeSharedProblems(): string {
  return [
    '## Problems\n',
    `Any route may answer, where it applies:\n${OF_EVERY_ROUTE.map((code) => `\`${code}\``).join(', ')}.\nIts other codes are listed with it; those that one service alone has are explained there.\n`,
    tableOf(SHARED_CODES),
  ].join('\n');
}

/** Those that only this service has. */
export function describeOwnProblems({ name, components }: ServiceDocument): string[] {
  const codes = Object.entries(components.schemas.Problem!.properties!.code!['x-codes']!);
  const own = codes.filter(([code]) => !(code in SHARED_CODES));
  return own.length > 0 ? [`### ${name}: problems\n`, tableOf(Object.fromEntries(own))] : [];
}

function tableOf(codes: ProblemCodes): string {
  const rows = Object.entries(codes).map(([code, { status, when }]) => [`\`${code}\``, String(status), when]);
  return table([['code', 'status', 'when'], ...rows]);
}

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

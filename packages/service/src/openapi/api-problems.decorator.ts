import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { type ErrorCode, STATUS_OF_CODE } from '../errors/codes.ts';
import { PROBLEM_CONTENT_TYPE } from '../errors/problem.ts';

/** Documents the codes that are this route's own. 400 and 401 are documented for every route that can answer them. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator {
  const byStatus = Map.groupBy(codes, (code) => STATUS_OF_CODE[code]);
  return applyDecorators(...[...byStatus].map(([status, group]) => ApiResponse({ status, ...problemResponse(group) })));
}

export function problemResponse(codes: ErrorCode[]) {
  const schema = { $ref: '#/components/schemas/Problem' };
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: { [PROBLEM_CONTENT_TYPE]: { schema } },
  };
}

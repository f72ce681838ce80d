import { Body, Controller, Delete, Post } from '@nestjs/common';
import { ApiProblems, CurrentUser, Public, Returns, ReturnsNothing } from '@org/service';
import { type CreateSessionBody, createSessionBody, type SessionResponse, sessionResponse } from './sessions.dto.ts';
import { SessionsService } from './sessions.service.ts';
import { UserAgent } from './user-agent.decorator.ts';

@Controller('v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Public()
  @Post()
  @Returns(sessionResponse, { status: 201 })
  @ApiProblems('invalid_credentials')
  create(
    @Body({ schema: createSessionBody }) body: CreateSessionBody,
    @UserAgent() userAgent?: string,
  ): Promise<SessionResponse> {
    return this.sessions.create(body, userAgent);
  }

  @Delete('current')
  @ReturnsNothing('Signed out')
  async end(@CurrentUser() user: CurrentUser): Promise<void> {
    await this.sessions.end(user.id, user.sessionId);
  }

  @Delete()
  @ReturnsNothing('Signed out everywhere')
  async endEverywhere(@CurrentUser() user: CurrentUser): Promise<void> {
    await this.sessions.endEverywhere(user.id);
  }
}

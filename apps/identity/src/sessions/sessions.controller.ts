import { Body, Controller, Delete, Post } from '@nestjs/common';
import { ApiProblems, ClientAddress, CurrentUser, Public, Returns, ReturnsNothing, Summary } from '@org/service';
import { AttemptsService } from '../attempts/attempts.service.ts';
import { type CreateSessionBody, createSessionBody, type SessionResponse, sessionResponse } from './sessions.dto.ts';
import { SessionsService } from './sessions.service.ts';
import { UserAgent } from './user-agent.decorator.ts';

@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly attempts: AttemptsService,
  ) {}

  @Public()
  @Post()
  @Summary('Sign in')
  @Returns(sessionResponse, { status: 201 })
  @ApiProblems('invalid_credentials', 'rate_limited')
  async create(
    @Body({ schema: createSessionBody }) body: CreateSessionBody,
    @ClientAddress() address: string,
    @UserAgent() userAgent?: string,
  ): Promise<SessionResponse> {
    const attempt = await this.attempts.begin(body.email, address);
    const session = await this.sessions.create(body, userAgent);
    await attempt.succeed();
    return session;
  }

  @Delete('current')
  @Summary('Sign out')
  @ReturnsNothing('Signed out')
  async end(@CurrentUser() user: CurrentUser): Promise<void> {
    await this.sessions.end(user.id, user.sessionId);
  }

  @Delete()
  @Summary('Sign out everywhere')
  @ReturnsNothing('Signed out everywhere')
  async endEverywhere(@CurrentUser() user: CurrentUser): Promise<void> {
    await this.sessions.endEverywhere(user.id);
  }
}

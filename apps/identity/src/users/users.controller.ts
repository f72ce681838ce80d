import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiProblems, ClientAddress, CurrentUser, Public, Returns, ReturnsNothing, Summary } from '@org/service';
import { AttemptsService } from '../attempts/attempts.service.ts';
import {
  type CreateUserBody,
  createUserBody,
  toUser,
  type UpdateUserBody,
  type UserParams,
  type UserResponse,
  updateUserBody,
  userParams,
  userResponse,
} from './users.dto.ts';
import { UsersService } from './users.service.ts';

@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly attempts: AttemptsService,
  ) {}

  @Public()
  @Post()
  @Summary('Register')
  @Returns(userResponse, { status: 201 })
  @ApiProblems('email_taken', 'rate_limited')
  async create(
    @Body({ schema: createUserBody }) body: CreateUserBody,
    @ClientAddress() address: string,
  ): Promise<UserResponse> {
    await this.attempts.register(address);
    return toUser(await this.users.create(body));
  }

  @Get('me')
  @Summary('Read the profile')
  @Returns(userResponse)
  async get(@CurrentUser() user: CurrentUser): Promise<UserResponse> {
    return toUser(await this.users.get(user.id));
  }

  @Patch('me')
  @Summary('Change the profile')
  @Returns(userResponse, { description: 'What the body leaves out stays. A new password ends every other session.' })
  @ApiProblems('email_taken', 'wrong_password', 'rate_limited')
  async update(
    @CurrentUser() user: CurrentUser,
    @Body({ schema: updateUserBody }) body: UpdateUserBody,
    @ClientAddress() address: string,
  ): Promise<UserResponse> {
    const attempt = body.currentPassword === undefined ? undefined : await this.attempts.begin(user.id, address);
    const updated = await this.users.update(user, body);
    await attempt?.succeed();
    return toUser(updated);
  }

  @Post(':id/disable')
  @Summary('Keep a user out (administrators)')
  @ReturnsNothing('Its sessions are over, and it does not sign in until it is enabled')
  @ApiProblems('forbidden', 'not_found')
  async disable(@CurrentUser() user: CurrentUser, @Param({ schema: userParams }) { id }: UserParams): Promise<void> {
    await this.users.disable(user, id);
  }

  @Post(':id/enable')
  @Summary('Let a user in again (administrators)')
  @ReturnsNothing('It may sign in')
  @ApiProblems('forbidden', 'not_found')
  async enable(@CurrentUser() user: CurrentUser, @Param({ schema: userParams }) { id }: UserParams): Promise<void> {
    await this.users.enable(user, id);
  }
}

import { Body, Controller, Get, Patch, Post } from '@nestjs/common';
import { ApiProblems, CurrentUser, Public, Returns } from '@org/service';
import {
  type CreateUserBody,
  createUserBody,
  toUser,
  type UpdateUserBody,
  type UserResponse,
  updateUserBody,
  userResponse,
} from './users.dto.ts';
import { UsersService } from './users.service.ts';

@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Public()
  @Post()
  @Returns(userResponse, { status: 201 })
  @ApiProblems('email_taken')
  async create(@Body({ schema: createUserBody }) body: CreateUserBody): Promise<UserResponse> {
    return toUser(await this.users.create(body));
  }

  @Get('me')
  @Returns(userResponse)
  async get(@CurrentUser() user: CurrentUser): Promise<UserResponse> {
    return toUser(await this.users.get(user.id));
  }

  @Patch('me')
  @Returns(userResponse)
  @ApiProblems('email_taken')
  async update(
    @CurrentUser() user: CurrentUser,
    @Body({ schema: updateUserBody }) body: UpdateUserBody,
  ): Promise<UserResponse> {
    return toUser(await this.users.update(user.id, body));
  }
}

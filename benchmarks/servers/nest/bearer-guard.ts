import { type CanActivate, type ExecutionContext, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { getRepositoryToken } from '@nestjs/typeorm';
import type { Request } from 'express';
import type { Repository } from 'typeorm';
import { type Authenticate, bearerTokens } from '../shared/tokens.ts';
import { ApiToken } from './entities.ts';

/** Lets a request pass that carries a known token. */
export class BearerGuard implements CanActivate {
  readonly #authenticate: Authenticate;

  constructor(tokens: Repository<ApiToken>) {
    this.#authenticate = bearerTokens(async (digest) => (await tokens.findOneBy({ digest })) ?? undefined);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { authorization } = context.switchToHttp().getRequest<Request>().headers;
    if ((await this.#authenticate(authorization)) === undefined) throw new UnauthorizedException();
    return true;
  }
}
Injectable()(BearerGuard);
Inject(getRepositoryToken(ApiToken))(BearerGuard, undefined, 0);

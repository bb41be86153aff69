/**
 * NestJS on its default platform (Express) with `@dataui/crud` over TypeORM. Node strips types but knows no decorator
 * syntax, so decorators are applied by calls; what they declare is what the documentation shows. A guard authenticates,
 * one interceptor translates between the wire and the library's own query and page.
 */
import 'reflect-metadata';
import { Crud, type CrudController, type CrudRequestOptions } from '@dataui/crud';
import { TypeOrmCrudService } from '@dataui/crud-typeorm';
import { Controller, Inject, Injectable, Module, UseGuards, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { BearerGuard } from './nest/bearer-guard.ts';
import { ApiToken, Country, Partner } from './nest/entities.ts';
import { WireInterceptor } from './nest/wire-interceptor.ts';
import { announce } from './shared/announce.ts';
import { databaseUrl, host, poolSize, port } from './shared/config.ts';

class PartnerService extends TypeOrmCrudService<Partner> {
  // Nest injects by the constructor of this class, so it is here although it only passes on.
  constructor(partners: Repository<Partner>) {
    super(partners);
  }

  /** The library counts whenever there is an offset; here only when the request asks for the total. */
  override decidePagination(
    parsed: Parameters<TypeOrmCrudService<Partner>['decidePagination']>[0],
    _: CrudRequestOptions,
  ): boolean {
    return (parsed.extra as { count?: string } | undefined)?.count === 'exact';
  }
}
Injectable()(PartnerService);
Inject(getRepositoryToken(Partner))(PartnerService, undefined, 0);

class PartnerController implements CrudController<Partner> {
  readonly service: PartnerService;

  constructor(service: PartnerService) {
    this.service = service;
  }
}
Crud({
  model: { type: Partner },
  routes: { only: ['getOneBase', 'getManyBase'] },
  // The interceptor below writes the wire's record: a second pass by class-transformer would only cost.
  serialize: { get: false, getMany: false },
  query: {
    limit: 20,
    maxLimit: 200,
    join: { country: {} },
    sort: [
      { field: 'name', order: 'ASC' },
      { field: 'id', order: 'ASC' },
    ],
  },
})(PartnerController);
UseGuards(BearerGuard)(PartnerController);
UseInterceptors(WireInterceptor)(PartnerController);
Controller('api/partner')(PartnerController);
Inject(PartnerService)(PartnerController, undefined, 0);

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: databaseUrl,
      entities: [ApiToken, Country, Partner],
      synchronize: false,
      extra: { max: poolSize },
    }),
    TypeOrmModule.forFeature([ApiToken, Partner]),
  ],
  controllers: [PartnerController],
  providers: [PartnerService],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(port, host);
announce(app.getHttpServer());

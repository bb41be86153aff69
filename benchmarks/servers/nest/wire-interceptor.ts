import type { GetManyDefaultResponse } from '@dataui/crud';
import { type CallHandler, type ExecutionContext, type NestInterceptor, NotFoundException } from '@nestjs/common';
import type { Request } from 'express';
import { map, type Observable } from 'rxjs';
import { countryIds, type PartnerOnWire, type PartnerPage, partnerIds, readListQuery } from '../shared/wire.ts';
import type { Partner } from './entities.ts';

type Answer = Partner | Partner[] | GetManyDefaultResponse<Partner>;

function toWire(partner: Partner, expandCountry: boolean): PartnerOnWire {
  const country = countryIds.encode(partner.countryId);
  return {
    id: partnerIds.encode(partner.id),
    name: partner.name,
    email: partner.email,
    phone: partner.phone,
    active: partner.active,
    birthDate: partner.birthDate,
    credit: partner.credit,
    createdAt: partner.createdAt.toISOString(),
    updatedAt: partner.updatedAt.toISOString(),
    country:
      expandCountry && partner.country !== undefined
        ? { id: country, code: partner.country.code, name: partner.country.name }
        : country,
  };
}

/** The wire's query in the words of `@dataui/crud`: `join`, `filter`, and an `extra` that the service reads. */
function crudQuery(request: Request): Record<string, string> {
  const { limit, offset, expandCountry, countExact, country } = readListQuery(request.query);
  return {
    limit: String(limit),
    offset: String(offset),
    ...(expandCountry || country !== undefined ? { join: 'country' } : {}),
    ...(country !== undefined ? { filter: `country.code||$eq||${country}` } : {}),
    ...(countExact ? { 'extra.count': 'exact' } : {}),
  };
}

/** Translates the request before `@dataui/crud` parses it, and the entities after it has found them. */
export class WireInterceptor implements NestInterceptor<Answer, PartnerOnWire | PartnerPage> {
  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<PartnerOnWire | PartnerPage> {
    const request = context.switchToHttp().getRequest<Request<{ id?: string }>>();
    const { id } = request.params;
    const expandCountry = request.query.expand === 'country';
    if (id !== undefined) {
      const decoded = partnerIds.decode(id);
      if (decoded === undefined) throw new NotFoundException();
      request.params.id = String(decoded);
    } else {
      // Express 5 has `query` as a getter on the prototype: an own property is the way to replace it.
      Object.defineProperty(request, 'query', { value: crudQuery(request as Request) });
    }
    return next.handle().pipe(
      map((answer) => {
        const list = (partners: Partner[]): PartnerOnWire[] => partners.map((one) => toWire(one, expandCountry));
        if (Array.isArray(answer)) return { data: list(answer) };
        if ('pageCount' in answer) return { data: list(answer.data), total: answer.total };
        return toWire(answer, expandCountry);
      }),
    );
  }
}

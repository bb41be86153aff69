import { LockMode, type MikroORM } from '@mikro-orm/core';
import type { ClientRecord, ClientStore } from '@sallyport/auth';
import {
  type CallContext,
  compare,
  entityModel,
  type ScalarProperty,
  Selection,
  type Store,
  type ToManyProperty,
  type ToOneProperty,
} from '@sallyport/core';
import { ApiClient } from '../entities/index.ts';
import type { ClientAttributes } from '../rules/caller.ts';

interface Scope {
  readonly resource: string;
  readonly action: string;
  /** JSON properties; unset is no restriction. */
  readonly fields: readonly string[] | null;
}

const nameOf = ({ resource, action }: Scope): string => `${resource}:${action}`;

/** A read of a client as it stands now, by one prepared statement. */
function clientReader(store: Store) {
  const model = entityModel(store.models, 'ApiClient', 'clients');
  // Properties of the entity, by name; a wrong one would stop the start.
  const scalar = (name: string) => model.properties.get(name) as ScalarProperty;
  const selection = new Selection(model);
  const read = {
    clientId: selection.column<string>(scalar('clientId')),
    name: selection.column<string>(scalar('name')),
    secretHash: selection.column<string>(scalar('secretHash')),
    active: selection.column<boolean>(scalar('active')),
    epoch: selection.column<number>(scalar('epoch')),
    legalBasis: selection.column<string>(scalar('legalBasis')),
    perMinute: selection.column<number>(scalar('rateLimitPerMinute')),
    perDay: selection.column<number>(scalar('rateLimitPerDay')),
    organization: selection.column<number>(model.properties.get('organization') as ToOneProperty),
    organizationType: selection.column<string>(model.properties.get('organizationType') as ToOneProperty),
    scopes: selection.toMany<Scope>(model.properties.get('scopes') as ToManyProperty, {}, (each) => {
      const of = (name: string) => each.column(each.model.properties.get(name) as ScalarProperty);
      const [resource, action, fields] = [of('resource'), of('action'), of('fields')];
      return (row) => ({
        resource: resource(row) as string,
        action: action(row) as string,
        fields: fields(row) as readonly string[] | null,
      });
    }),
  };
  return { model, selection, read };
}

/**
 * The API's clients over {@link ApiClient} (contract §4). Every look-up reads the database, so that a change of a client
 * or of its scopes takes effect with the next request (B-045, B-046).
 */
export function createClientStore(store: Store, orm: MikroORM, systemCall: () => CallContext): ClientStore {
  const { model, selection, read } = clientReader(store);
  const key = model.properties.get('clientId') as ScalarProperty;
  return {
    async find(clientId): Promise<ClientRecord | undefined> {
      const where = compare(key, 'eq', clientId);
      const { rows } = await store.read({ selection, where, order: [], limit: 1 }, systemCall());
      const [row] = rows;
      if (row === undefined) return undefined;
      const scopes = read.scopes(row);
      const attributes: ClientAttributes = {
        name: read.name(row),
        legalBasis: read.legalBasis(row),
        organization: read.organization(row),
        organizationType: read.organizationType(row),
      };
      return {
        clientId: read.clientId(row),
        name: read.name(row),
        active: read.active(row),
        secrets: [{ id: 'secret', hash: read.secretHash(row) }],
        scopes: scopes.map(nameOf),
        fieldLists: Object.fromEntries(
          scopes.flatMap((scope) => (scope.fields === null ? [] : [[nameOf(scope), scope.fields]])),
        ),
        limits: { perMinute: read.perMinute(row), perDay: read.perDay(row) },
        epoch: read.epoch(row),
        attributes: { ...attributes },
      };
    },
    /** A client has one secret, so its hash tells which. */
    async upgradeSecret(clientId, _secretId, oldHash, newHash) {
      const where = { clientId, secretHash: oldHash };
      return (await orm.em.fork().nativeUpdate(ApiClient, where, { secretHash: newHash })) === 1;
    },
    /** The side effects of a login (contract §3.1). */
    async recordUse(clientId, at) {
      await orm.em.fork().transactional(async (em) => {
        const client = await em.findOne(ApiClient, { clientId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
        if (client === null) return;
        client.lastUsedAt = at.toISOString();
        client.requestCount += 1;
      });
    },
  };
}

import { randomBytes, randomInt } from 'node:crypto';
import { type Clock, type FieldLists, SallyportError, systemClock } from '@sallyport/core';
import type { AuthAuditTrail } from '../audit/audit-trail.ts';
import { issueSecret, type SecretEnvironment } from '../clients/secret.ts';
import type { SecretHasher } from '../clients/secret-hasher.ts';
import { available } from '../lib/available.ts';
import { type AuditedWork, auditedWork } from './audited-work.ts';
import {
  checkApis,
  checkAttributes,
  checkClientId,
  checkDate,
  checkFieldLists,
  checkKeys,
  checkLimits,
  checkName,
  checkOverlap,
  checkScopes,
  checkTokenLifetime,
  refused,
} from './checks.ts';
import type {
  ClientAdministration,
  ClientDetails,
  FieldLeave,
  IssuedCredentials,
  NewClient,
  NewKeyedClient,
  RotationOptions,
  ScopeLeave,
} from './client-administration.ts';
import type { ClientDirectory, ClientFeature, DirectoryClient, DirectorySecret } from './client-directory.ts';
import { shownClient } from './shown.ts';

export interface ClientAdministrationOptions {
  readonly directory: ClientDirectory;
  /** The one that the API checks secrets with. */
  readonly hasher: SecretHasher;
  /** Where changes are recorded before they are made; nowhere when absent. It is called with no transaction open. */
  readonly audit?: AuthAuditTrail | undefined;
  /** Who makes the changes, until `as` says another. */
  readonly actor?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Makes new secrets; default `issueSecret`. What it has not made is stored by the slow hash of imports. */
  readonly newSecret?: (environment: SecretEnvironment | undefined) => string;
  /** Whether `rotate` lets tokens live when it is not said; default: where the old secret goes on, too. */
  readonly rotationKeepsTokens?: boolean;
  /**
   * The scopes that there are: names of a vocabulary, by `scopeNames()` or from `plan.scopes`. Others are refused, unless a
   * change says `unknownScopes`; all are taken when absent. Those of single APIs (`apis`) may be another's, and are not judged.
   */
  readonly scopes?: readonly string[] | undefined;
  /**
   * The fields that lists of a scope can name, by `scopeFields()`. Others are refused, unless a change says `unknownFields`; all
   * are taken when absent.
   */
  readonly fields?: ((scope: string) => readonly string[]) | undefined;
  /** Ends the API keys of a client that is deleted: an `ApiKeyAdmin` does. */
  readonly apiKeys?: { revokeAll(clientId: string): Promise<unknown> } | undefined;
}

/** Administers the clients of a directory. */
export function createClientAdministration(options: ClientAdministrationOptions): ClientAdministration {
  const { directory, hasher, clock = systemClock, newSecret = issueSecret } = options;

  const find = async (clientId: string): Promise<DirectoryClient> => {
    const client = await available(() => directory.find(clientId));
    if (client === undefined) throw missing('There is no such client.');
    return client;
  };

  const needs = (feature: ClientFeature, wanted = true): void => {
    if (wanted && directory.without?.has(feature)) throw refused(`Clients have no ${placeOf[feature]} here.`);
  };

  const known = options.scopes === undefined ? undefined : new Set(options.scopes);
  const scopesOf = (scopes: readonly string[], { unknownScopes = false }: ScopeLeave): readonly string[] => {
    const checked = checkScopes(scopes);
    needs('unknownScopes', unknownScopes);
    const unknown = unknownScopes ? [] : checked.filter((scope) => known?.has(scope) === false);
    // They are made of characters that can be repeated.
    if (unknown.length > 0) throw refused(`There is no scope ${unknown.join(', ')} here.`);
    directory.check?.({ scopes: checked });
    return checked;
  };

  /** Names in the lists that are no fields, each under its scope; none where the fields are not known. */
  const strangeIn = (lists: FieldLists): FieldLists => {
    const { fields } = options;
    if (fields === undefined) return {};
    return Object.fromEntries(
      Object.entries(lists).flatMap(([scope, names]) => {
        const there = new Set(fields(scope));
        const strange = names.filter((name) => !there.has(name));
        return strange.length === 0 ? [] : [[scope, strange] as const];
      }),
    );
  };

  const fieldListsOf = (given: FieldLists | undefined, leave: FieldLeave): FieldLists | undefined => {
    if (given === undefined) return undefined;
    const lists = checkFieldLists(given);
    scopesOf(Object.keys(lists), leave);
    const strange = leave.unknownFields === true ? [] : Object.entries(strangeIn(lists));
    if (strange.length > 0) {
      throw refused(strange.map(([scope, names]) => `${scope} has no field ${names.join(', ')} here.`).join(' '));
    }
    return lists;
  };

  const shown = (client: DirectoryClient): ClientDetails => {
    const unknownFields = strangeIn(client.fieldLists ?? {});
    return { ...shownClient(client), ...(Object.keys(unknownFields).length === 0 ? {} : { unknownFields }) };
  };

  const attributesOf = (attributes: DirectoryClient['attributes']): DirectoryClient['attributes'] => {
    const checked = checkAttributes(attributes);
    directory.check?.({ attributes: checked });
    return checked;
  };

  const made = async (clientId: string, environment: SecretEnvironment | undefined) => {
    const secret = newSecret(environment);
    const hash = await hasher.protect(clientId, secret);
    // No letters but those of hex: an id that begins with a dash would be an option of the command line.
    const stored: DirectorySecret = { id: randomBytes(4).toString('hex'), hash, createdAt: clock.now() };
    return { secret, stored };
  };

  /** What is asked for and can be kept. @throws SallyportError `rule_broken` */
  const checked = (client: NewClient | NewKeyedClient): DirectoryClient => {
    needs('ids', client.clientId !== undefined);
    needs('keys', client.jwks !== undefined);
    needs('expiry', client.expiresAt !== undefined);
    needs('tokenLifetime', client.tokenLifetimeSeconds !== undefined);
    needs('apis', client.apis !== undefined);
    needs('limits', client.limits !== undefined);
    needs('fieldLists', client.fieldLists !== undefined);
    needs('testSecrets', 'environment' in client && client.environment === 'test');
    return {
      clientId: checkClientId(client.clientId ?? `client_${randomBytes(16).toString('base64url')}`),
      name: checkName(client.name),
      active: true,
      expiresAt: client.expiresAt && checkDate(client.expiresAt),
      secrets: [],
      keys: client.jwks === undefined ? undefined : checkKeys(client.jwks),
      scopes: scopesOf(client.scopes, client),
      tokenLifetimeSeconds: lifetimeOf(client.tokenLifetimeSeconds),
      apis: client.apis && checkApis(client.apis),
      limits: client.limits && checkLimits(client.limits),
      fieldLists: fieldListsOf(client.fieldLists, client),
      // At random: the tokens of a client that was deleted do not come back to life with a new one of its id.
      epoch: randomInt(2 ** 30),
      attributes: attributesOf(client.attributes ?? {}),
      createdAt: clock.now(),
      requestCount: 0,
    };
  };

  /** A client without its secrets that are over, and with other tokens than before where `ends`. */
  const withSecrets = (
    client: DirectoryClient,
    secrets: readonly DirectorySecret[],
    ends: boolean,
  ): DirectoryClient => ({
    ...client,
    secrets,
    epoch: ends ? client.epoch + 1 : client.epoch,
  });

  const administer = (work: AuditedWork): ClientAdministration => {
    const change = async (
      clientId: string,
      type: Parameters<AuditedWork>[0],
      apply: (client: DirectoryClient) => DirectoryClient,
      scopes?: readonly string[],
    ): Promise<void> => {
      // A client that is not there is no event.
      await find(clientId);
      await work(type, clientId, () => directory.change(clientId, apply), scopes);
    };

    async function create(client: NewKeyedClient): Promise<Pick<IssuedCredentials, 'clientId'>>;
    async function create(client: NewClient): Promise<IssuedCredentials>;
    async function create(client: NewClient | NewKeyedClient): Promise<Partial<IssuedCredentials>> {
      const wanted = checked(client);
      const { clientId, scopes } = wanted;
      if ((await available(() => directory.find(clientId))) !== undefined) throw taken();
      if (client.jwks !== undefined) {
        await work('client.created', clientId, () => directory.insert(wanted), scopes);
        return { clientId };
      }
      const { secret, stored } = await made(clientId, client.environment);
      await work('client.created', clientId, () => directory.insert({ ...wanted, secrets: [stored] }), scopes);
      return { clientId, secret };
    }

    return {
      knowsFields: options.fields !== undefined,
      as: (other) => administer(auditedWork({ ...options, clock, actor: checkName(other) })),
      async list({ after, limit = 50 } = {}) {
        if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw refused('A page has 1 to 200 clients.');
        const found = await available(() => directory.list({ after, limit: limit + 1 }));
        const clients = found.slice(0, limit).map(shown);
        const next = found.length > limit ? clients.at(-1)?.clientId : undefined;
        return next === undefined ? { clients } : { clients, next };
      },
      show: async (clientId) => shown(await find(clientId)),
      create,
      async rotate(clientId, rotation: RotationOptions = {}) {
        const overlap = checkOverlap(rotation.overlapSeconds ?? 0);
        needs('overlap', overlap > 0);
        needs('testSecrets', rotation.environment === 'test');
        needs('tokenEnds', rotation.keepTokens === false);
        const keeps = rotation.keepTokens ?? (overlap > 0 || options.rotationKeepsTokens === true);
        await find(clientId);
        // Outside the transaction: a slow hash must not hold the row.
        const { secret, stored } = await made(clientId, rotation.environment);
        await change(clientId, 'client.secret-rotated', (client) => {
          const now = clock.now();
          const last = client.secrets.filter((one) => one.expiresAt === undefined || one.expiresAt > now).at(-1);
          const until = new Date(now.getTime() + overlap * 1000);
          const kept =
            last === undefined || overlap === 0 ? [] : [{ ...last, expiresAt: earlier(last.expiresAt, until) }];
          return withSecrets(client, [...kept, stored], !keeps);
        });
        return { clientId, secret };
      },
      async revokeSecret(clientId, secretId, { keepTokens = false } = {}) {
        const isIt = ({ id }: DirectorySecret): boolean => id === secretId;
        const none = () => missing('The client has no such secret.');
        if (!(await find(clientId)).secrets.some(isIt)) throw none();
        await change(clientId, 'client.secret-revoked', (client) => {
          // Another may have ended it meanwhile.
          if (!client.secrets.some(isIt)) throw none();
          const secrets = client.secrets.filter((one) => !isIt(one));
          return withSecrets(client, secrets, !keepTokens);
        });
      },
      async setKeys(clientId, jwks, { endSecrets = false, keepTokens = false } = {}) {
        needs('keys');
        const keys = jwks === undefined ? undefined : checkKeys(jwks);
        await change(clientId, 'client.keys-changed', (client) =>
          withSecrets({ ...client, keys }, endSecrets ? [] : client.secrets, !keepTokens),
        );
      },
      disable: (clientId) => change(clientId, 'client.disabled', (client) => activated(client, false)),
      enable: (clientId) => change(clientId, 'client.enabled', (client) => activated(client, true)),
      async delete(clientId) {
        await find(clientId);
        await work('client.deleted', clientId, async () => {
          await options.apiKeys?.revokeAll(clientId);
          await directory.remove(clientId);
        });
      },
      async setScopes(clientId, given, leave = {}) {
        const scopes = scopesOf(given, leave);
        await change(clientId, 'client.scopes-changed', (client) => ({ ...client, scopes }), scopes);
      },
      async setFieldLists(clientId, given, leave = {}) {
        needs('fieldLists');
        const fieldLists = fieldListsOf(given, leave);
        await change(clientId, 'client.scopes-changed', (client) => ({ ...client, fieldLists }));
      },
      async setApis(clientId, given) {
        needs('apis');
        const apis = given && checkApis(given);
        await change(clientId, 'client.changed', (client) => ({ ...client, apis, epoch: client.epoch + 1 }));
      },
      async setLimits(clientId, given) {
        needs('limits');
        const limits = given && checkLimits(given);
        await change(clientId, 'client.limits-changed', (client) => ({ ...client, limits }));
      },
      async setExpiry(clientId, given) {
        needs('expiry');
        const expiresAt = given && checkDate(given);
        await change(clientId, 'client.changed', (client) => {
          const wasOver = client.expiresAt !== undefined && client.expiresAt <= clock.now();
          return { ...client, expiresAt, epoch: wasOver ? client.epoch + 1 : client.epoch };
        });
      },
      async setTokenLifetime(clientId, seconds) {
        needs('tokenLifetime');
        const tokenLifetimeSeconds = lifetimeOf(seconds);
        await change(clientId, 'client.changed', (client) => ({ ...client, tokenLifetimeSeconds }));
      },
      async setAttributes(clientId, given) {
        attributesOf(given);
        await change(clientId, 'client.changed', (client) => {
          const merged = Object.entries({ ...client.attributes, ...given }).filter(([, value]) => value !== undefined);
          return { ...client, attributes: checkAttributes(Object.fromEntries(merged)) };
        });
      },
      async rename(clientId, given) {
        const name = checkName(given);
        await change(clientId, 'client.changed', (client) => ({ ...client, name }));
      },
    };
  };

  return administer(auditedWork({ ...options, clock }));
}

const placeOf: Readonly<Record<ClientFeature, string>> = {
  ids: 'ids that are chosen',
  apis: 'APIs of their own',
  limits: 'limits of their own',
  fieldLists: 'lists of fields',
  tokenEnds: 'tokens that a new secret ends',
  keys: 'keys',
  expiry: 'expiry',
  tokenLifetime: 'token lifetime of their own',
  overlap: 'second secret, so no overlap',
  unknownScopes: 'scopes that no API has',
  testSecrets: 'secrets of tests',
};

/** A client that is switched on or off ends its tokens; one that stays as it was keeps them. */
function activated(client: DirectoryClient, active: boolean): DirectoryClient {
  return client.active === active ? client : { ...client, active, epoch: client.epoch + 1 };
}

function lifetimeOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : checkTokenLifetime(seconds);
}

function earlier(one: Date | undefined, other: Date): Date {
  return one !== undefined && one < other ? one : other;
}

const missing = (detail: string): SallyportError => new SallyportError('not_found', { detail });

/** The id of a new client is another's. */
export const taken = (): SallyportError =>
  new SallyportError('duplicate', { detail: 'There is already a client with this id.' });

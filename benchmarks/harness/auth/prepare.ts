import { createHmac } from 'node:crypto';
import type { Client } from 'pg';
import { createTables, type NewPerson, newPerson, type Person } from '../../servers/auth/sallyport-api.ts';
import { authScope, pepper } from '../../servers/shared/auth-wire.ts';
import { withClient } from '../prepare.ts';
import { type Refusal, refusals, type Stored } from './contenders.ts';

const database = 'sallyport_bench_auth';
const clientCount = 100;
const newcomerCount = 12;
/** How many notes there are, numbered from one. */
export const noteCount = 1_000;

const storedForms: readonly Stored[] = ['hmac-sha256', 'argon2id', 'scrypt'];

/** Who asks for tokens. */
export interface Cast {
  /** Clients in good standing, whose secrets are stored as keyed digests. */
  readonly clients: readonly Person[];
  /** Credentials that are refused, by how the client's secret is stored. */
  readonly refused: Readonly<Record<Stored, Readonly<Record<Refusal, Person>>>>;
  /** Clients that floods are aimed at or go on beside them, by how their secrets are stored. */
  readonly flooded: Readonly<Record<Stored, FloodCast>>;
}

/** Who is there in a flood. */
export interface FloodCast {
  /** The client whose secret is guessed. */
  readonly owner: Person;
  /** A secret that is not the owner's. */
  readonly guess: string;
  /** Clients that have not asked for a token since the server started. */
  readonly newcomers: readonly Person[];
}

/** The URL of the database of this benchmark. */
export function authUrl(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

const otherTables = `
  create table hand_client (
    client_id text primary key, mac bytea not null, scope text not null, active boolean not null default true,
    expires_at timestamptz
  );
  create table hand_token (
    digest bytea primary key, client_id text not null, scope text not null, expires_at timestamptz not null
  );
  create table oidc_payload (
    model text not null, id text not null, payload jsonb not null, grant_id text, user_code text, uid text,
    expires_at timestamptz, consumed_at timestamptz, primary key (model, id)
  );
  create index on oidc_payload (grant_id) where grant_id is not null;
  create index on oidc_payload (user_code) where user_code is not null;
  create index on oidc_payload (uid) where uid is not null;
`;

async function fillOthers(client: Client, people: readonly Person[]): Promise<void> {
  await client.query(otherTables);
  for (const { clientId, secret } of people) {
    const mac = createHmac('sha256', pepper).update(clientId).update('\0').update(secret).digest();
    await client.query('insert into hand_client (client_id, mac, scope) values ($1, $2, $3)', [
      clientId,
      mac,
      authScope,
    ]);
    const payload = {
      client_id: clientId,
      client_secret: secret,
      token_endpoint_auth_method: 'client_secret_basic',
      scope: authScope,
    };
    await client.query(`insert into oidc_payload (model, id, payload) values ('Client', $1, $2)`, [clientId, payload]);
  }
}

/** One client for each cause; the unknown one has a name of the same length and is not stored. */
function refusedBy(scheme: Stored): { readonly given: Record<Refusal, Person>; readonly stored: readonly NewPerson[] } {
  const yesterday = new Date(Date.now() - 86_400_000);
  const person = {
    unknown: newPerson(`unknown-${scheme}`, { scheme }),
    wrong: newPerson(`wrong-${scheme}`, { scheme }),
    disabled: newPerson(`disabled-${scheme}`, { scheme, active: false }),
    expired: newPerson(`expired-${scheme}`, { scheme, expiresAt: yesterday }),
  };
  // Disabled and expired clients send their right secret: the hardest to treat as the others are.
  const given = { ...person, wrong: { ...person.wrong, secret: person.unknown.secret } };
  return { given, stored: refusals.filter((cause) => cause !== 'unknown').map((cause) => person[cause]) };
}

function floodedBy(scheme: Stored): { readonly cast: FloodCast; readonly stored: readonly NewPerson[] } {
  const owner = newPerson(`owner-${scheme}`, { scheme });
  const newcomers = Array.from({ length: newcomerCount }, (_, index) =>
    newPerson(`new-${index}-${scheme}`, { scheme }),
  );
  return {
    cast: { owner, guess: newPerson('nobody', { scheme }).secret, newcomers },
    stored: [owner, ...newcomers],
  };
}

const byForm = <T>(of: (scheme: Stored) => T): Record<Stored, T> =>
  // Every form is in the list.
  Object.fromEntries(storedForms.map((scheme) => [scheme, of(scheme)])) as Record<Stored, T>;

/** Makes the database anew: the tables of all contenders with the same clients. */
export async function prepareAuth(serverUrl: string): Promise<Cast> {
  await withClient(serverUrl, async (client) => {
    await client.query(`drop database if exists ${database} with (force)`);
    await client.query(`create database ${database} template template0 encoding 'UTF8' locale 'C'`);
  });
  const clients = Array.from({ length: clientCount }, (_, index) =>
    newPerson(`${index}`.padStart(3, '0'), { scheme: 'hmac-sha256' }),
  );
  const refused = byForm(refusedBy);
  const flooded = byForm(floodedBy);
  const people = [
    ...clients,
    ...[...Object.values(refused), ...Object.values(flooded)].flatMap(({ stored }) => stored),
  ];
  await createTables(authUrl(serverUrl), people, noteCount);
  await withClient(authUrl(serverUrl), async (client) => {
    await fillOthers(client, clients);
    await client.query('vacuum analyze');
  });
  return {
    clients,
    refused: byForm((scheme) => refused[scheme].given),
    flooded: byForm((scheme) => flooded[scheme].cast),
  };
}

/** Throws tokens away, so that every turn begins with the same tables. */
export async function withoutTokens(client: Client): Promise<void> {
  await client.query('truncate sallyport_token, sallyport_revoked_token, hand_token');
  await client.query(`delete from oidc_payload where model <> 'Client'`);
  await client.query('vacuum analyze sallyport_client, oidc_payload');
}

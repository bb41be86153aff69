import type { NativeQuery } from '../lib/native-query.ts';
import type { ClientStore } from './client.ts';

/**
 * `ClientStore.upgradeSecret` over the table of {@link AuthClient}: one statement, so that of several at once one wins.
 * The epoch stays.
 *
 * @param table its quoted name
 */
export function secretReplacement(query: NativeQuery, table: string): NonNullable<ClientStore['upgradeSecret']> {
  const replace = query(
    'client_secret_upgrade',
    `
    update ${table} set secrets = (
      select jsonb_agg(
        case when one ->> 'id' = $2 and one ->> 'hash' = $3 then jsonb_set(one, '{hash}', to_jsonb($4::text)) else one end
        order by place)
      from jsonb_array_elements(secrets) with ordinality as list (one, place))
    where client_id = $1
      and exists (select 1 from jsonb_array_elements(secrets) as one where one ->> 'id' = $2 and one ->> 'hash' = $3)
    returning client_id`,
  );
  return async (clientId, secretId, oldHash, newHash) =>
    (await replace(clientId, secretId, oldHash, newHash)).length === 1;
}

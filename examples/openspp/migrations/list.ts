import { Migration20261121221136_initial } from './Migration20261121221136_initial.ts';
import { Migration20261121230056_token_rates } from './Migration20261121230056_token_rates.ts';
import { Migration20261122045037_call_rates } from './Migration20261122045037_call_rates.ts';
import { Migration20261122084022_consent_history_and_audit } from './Migration20261122084022_consent_history_and_audit.ts';
import { Migration20261122111500_indexes_of_searches } from './Migration20261122111500_indexes_of_searches.ts';
import { Migration20261122113000_extensions } from './Migration20261122113000_extensions.ts';

/** Every migration, oldest first. Written by `npm run migration:create -w examples/openspp`. */
export const migrations = [
  Migration20261121221136_initial,
  Migration20261121230056_token_rates,
  Migration20261122045037_call_rates,
  Migration20261122084022_consent_history_and_audit,
  Migration20261122111500_indexes_of_searches,
  Migration20261122113000_extensions,
];

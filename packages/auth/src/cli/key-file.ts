import { readFile } from 'node:fs/promises';
import type { ClientKeySet } from '../clients/client.ts';
import { mistake } from './values.ts';

/**
 * Reads a JWK Set; what is in it the administration judges.
 *
 * @throws SallyportError `invalid_parameter` when there is no such file, or it is no JSON
 */
export async function readKeyFile(file: string): Promise<ClientKeySet> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw mistake('The file of keys cannot be read.');
  });
  try {
    return JSON.parse(text) as ClientKeySet;
  } catch {
    // The error of the parser repeats what stands there, which may be a private key.
    throw mistake('The file of keys is no JSON.');
  }
}

import { type RequestHead, serviceToken } from '@sallyport/core';
import { basePath } from './base-path.ts';
import type { Settings } from './settings.ts';

/** What the registry says of itself to those whose data it holds. */
export interface Registry {
  readonly controller: { readonly name: string; readonly contact: string };
  /** A whole address below the API's base path. */
  addressOf(path: string, head: RequestHead): string;
}

export const RegistryService = serviceToken<Registry>('openspp.Registry');

/** The registry of the settings. Where they do not say how it is reached, the caller knows: it has just done so. */
export function registryOf({
  publicUrl,
  dataControllerName: name,
  dataControllerContact: contact,
}: Pick<Settings, 'publicUrl' | 'dataControllerName' | 'dataControllerContact'>): Registry {
  return {
    controller: { name, contact },
    addressOf(path, { secure, headers: { host } }) {
      const origin = publicUrl ?? (host === undefined ? '' : `${secure ? 'https' : 'http'}://${host}`);
      return `${origin}${basePath}${path}`;
    },
  };
}

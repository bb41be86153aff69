import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '@sallyport/core';

/** A file as it is served. */
export interface Asset {
  readonly body: Uint8Array | string;
  readonly contentType: string;
  /** Entity tag without its quotes: half of the SHA-256 of the content. */
  readonly etag: string;
}

/** A folder of an installed package. */
export interface AssetPackage {
  readonly name: string;
  readonly version: string;
  /** Reads a file of the package; kept once it has been read. */
  file(path: string, contentType: string): Promise<Asset>;
}

/** A file from its content. */
export function assetOf(body: Uint8Array | string, contentType: string): Asset {
  return { body, contentType, etag: hash('sha256', body, 'base64url').slice(0, 22) };
}

/**
 * An installed package whose files are served.
 * @throws ConfigurationError at `place` when it is not installed
 */
export function assetPackage(name: string, place: string): AssetPackage {
  const require = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    throw new ConfigurationError(place, `the package "${name}" is not installed`);
  }
  const { version } = require(manifest) as { readonly version: string };
  const files = new Map<string, Promise<Asset>>();
  return {
    name,
    version,
    file(path, contentType) {
      let asset = files.get(path);
      if (asset === undefined) {
        asset = readFile(join(dirname(manifest), path)).then((bytes) => assetOf(bytes, contentType));
        files.set(path, asset);
      }
      return asset;
    },
  };
}

import {
  ConfigurationError,
  knownOptions,
  type OptionNames,
  type Plan,
  type ResourcePlan,
  type SallyportError,
} from '@sallyport/core';

/** What entries can ask for; each is an operation of the resource that it names. */
export const bundleMethods = {
  GET: 'read',
  POST: 'create',
  PUT: 'replace',
  PATCH: 'update',
  DELETE: 'delete',
} as const;

export type BundleMethod = keyof typeof bundleMethods;

/** What is known of an entry that is told of. */
export interface BundleEntry {
  /** Its place in the bundle, from 1. */
  readonly number: number;
  readonly fullUrl: string | undefined;
  readonly method: BundleMethod | undefined;
  readonly url: string | undefined;
  /** The kind of its resource as the bundle names it, and the key that its URL names. */
  readonly kind: string | undefined;
  readonly key: string | undefined;
}

export interface BundleOptions {
  /** Below the API's base path. Default `/$batch`. */
  readonly path?: string;
  /** Resources by the name that entries and references call them. Default: every resource, by its type. */
  readonly resources?: Readonly<Record<string, string>>;
  /** What entries can ask for, as far as their resources have it. Default: all five. */
  readonly methods?: readonly BundleMethod[];
  /**
   * Members of an entry's resource that tell its kind, the first that is there. Default: none, the URL tells. Those that
   * the resource does not have are taken out of it.
   */
  readonly kindIn?: readonly string[];
  /**
   * How URLs of entries are written: `encoded` as any URL is (the default), or `raw`: the key as it is, percent-encoded
   * only when it is none otherwise.
   */
  readonly urls?: 'encoded' | 'raw';
  /** Most entries of each type: 50 in a transaction, 500 in a batch; and most bytes of the body: the API's limit. */
  readonly limits?: { readonly transaction?: number; readonly batch?: number; readonly body?: number };
  /** Whether members of the answer that are not there are printed as null. Default `omit`. */
  readonly nulls?: 'print' | 'omit';
  /** What a placeholder becomes. Default: `Kind/key`. */
  readonly reference?: (kind: string, key: string) => string;
  /**
   * Another wording, code or status for what a bundle (`entry` is absent) or an entry of it was refused for: told of its
   * own faults and, in the words of resource and API, of those that its entries' calls have ended in.
   */
  readonly told?: (error: SallyportError, entry: BundleEntry | undefined) => SallyportError;
  readonly tags?: readonly string[];
}

/** The options after checking, defaults filled in. */
export interface ReadyOptions {
  readonly path: string;
  readonly kindIn: readonly string[];
  readonly methods: ReadonlySet<BundleMethod>;
  readonly urls: 'encoded' | 'raw';
  readonly limits: { readonly transaction: number; readonly batch: number };
  readonly body: number | undefined;
  readonly nulls: 'print' | 'omit';
  readonly reference: (kind: string, key: string) => string;
  readonly told: NonNullable<BundleOptions['told']>;
  readonly tags: readonly string[];
  readonly resources: BundleOptions['resources'];
}

const names: OptionNames<BundleOptions> = {
  path: true,
  resources: true,
  methods: true,
  kindIn: true,
  urls: true,
  limits: true,
  nulls: true,
  reference: true,
  told: true,
  tags: true,
};

/** @throws ConfigurationError for options that there are none of, and limits that are no numbers */
export function readyOptions(options: BundleOptions): ReadyOptions {
  knownOptions('plugins.bundle', options, names);
  knownOptions('plugins.bundle.limits', options.limits, { transaction: true, batch: true, body: true });
  const { transaction = 50, batch = 500, body } = options.limits ?? {};
  for (const [name, limit] of Object.entries({ transaction, batch, ...(body === undefined ? {} : { body }) })) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new ConfigurationError(`plugins.bundle.limits.${name}`, 'a whole number of 1 or more is needed');
    }
  }
  // The keys of the table are its methods.
  const methods = options.methods ?? (Object.keys(bundleMethods) as BundleMethod[]);
  return {
    path: options.path ?? '/$batch',
    resources: options.resources,
    kindIn: options.kindIn ?? [],
    methods: new Set(methods),
    urls: options.urls ?? 'encoded',
    limits: { transaction, batch },
    body,
    nulls: options.nulls ?? 'omit',
    reference: options.reference ?? ((kind, key) => `${kind}/${key}`),
    told: options.told ?? ((error) => error),
    tags: options.tags ?? ['Bundles'],
  };
}

/** The resources that entries can name. @throws ConfigurationError for one that the API does not have, or two of a name */
export function kindsOf({ resources }: Plan, named: BundleOptions['resources']): ReadonlyMap<string, ResourcePlan> {
  const kinds = new Map<string, ResourcePlan>();
  if (named === undefined) {
    for (const resource of resources.values()) {
      if (!Object.values(resource.descriptor.operations).some(Boolean)) continue;
      if (kinds.has(resource.type)) {
        throw new ConfigurationError('plugins.bundle.resources', `two resources are of the type ${resource.type}`);
      }
      kinds.set(resource.type, resource);
    }
    return kinds;
  }
  for (const [kind, name] of Object.entries(named)) {
    const resource = resources.get(name);
    if (resource === undefined) {
      throw new ConfigurationError(`plugins.bundle.resources.${kind}`, `there is no resource "${name}"`);
    }
    kinds.set(kind, resource);
  }
  return kinds;
}

import {
  ConfigurationError,
  knownOptions,
  type OptionNames,
  type Plan,
  type PlannedRoute,
  type ResourcePlan,
} from '@sallyport/core';

export interface BulkExportOptions {
  /** Below the API's base path. Default `/$bulk/export`. */
  readonly path?: string;
  /** Resources by the name that requests call them. Default: every resource that is read by its key, by its type. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Members of the request that hold the kind and the keys. Default `type` and `identifiers`. */
  readonly names?: { readonly kind?: string; readonly keys?: string };
  /** Parameters of the reads that the request may hold as members. Default: those that the query dialect has for reads. */
  readonly parameters?: readonly string[];
  /** Most keys of one request. Default 100. */
  readonly limit?: number;
  readonly tags?: readonly string[];
}

/** The options after checking, defaults filled in. */
export interface ReadyOptions {
  readonly path: string;
  readonly resources: BulkExportOptions['resources'];
  readonly names: { readonly kind: string; readonly keys: string };
  readonly parameters: readonly string[] | undefined;
  readonly limit: number;
  readonly tags: readonly string[];
}

/** What can be exported by one name. */
export interface ExportedKind {
  readonly resource: ResourcePlan;
  readonly read: PlannedRoute;
}

const optionNames: OptionNames<BulkExportOptions> = {
  path: true,
  resources: true,
  names: true,
  parameters: true,
  limit: true,
  tags: true,
};

/** @throws ConfigurationError for an option that there is none of, a limit that is no number, and two members of one name */
export function readyOptions(options: BulkExportOptions): ReadyOptions {
  knownOptions('plugins.bulkExport', options, optionNames);
  knownOptions('plugins.bulkExport.names', options.names, { kind: true, keys: true });
  const { limit = 100, parameters } = options;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new ConfigurationError('plugins.bulkExport.limit', 'a whole number of 1 or more is needed');
  }
  const names = { kind: 'type', keys: 'identifiers', ...options.names };
  const members = [names.kind, names.keys, ...(parameters ?? [])];
  const twice = members.find((name, index) => members.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ConfigurationError('plugins.bulkExport', `two members of the request are called "${twice}"`);
  }
  const { path = '/$bulk/export', resources, tags = ['Bulk'] } = options;
  return { path, resources, names, parameters, limit, tags };
}

/**
 * What requests can name.
 * @throws ConfigurationError for a resource that there is none of, or that is not read by its key alone
 */
export function kindsOf(plan: Plan, named: BulkExportOptions['resources']): ReadonlyMap<string, ExportedKind> {
  const kinds = new Map<string, ExportedKind>();
  const readOf = ({ name, descriptor }: ResourcePlan) =>
    descriptor.addressing === undefined ? plan.routes.find((route) => route.name === `${name}.read`) : undefined;
  if (named === undefined) {
    for (const resource of plan.resources.values()) {
      const read = readOf(resource);
      if (read === undefined) continue;
      if (kinds.has(resource.type)) {
        throw new ConfigurationError('plugins.bulkExport.resources', `two resources are of the type ${resource.type}`);
      }
      kinds.set(resource.type, { resource, read });
    }
  }
  for (const [kind, name] of Object.entries(named ?? {})) {
    const resource = plan.resources.get(name);
    const read = resource && readOf(resource);
    if (resource === undefined || read === undefined) {
      throw new ConfigurationError(`plugins.bulkExport.resources.${kind}`, `"${name}" is not read by a key alone`);
    }
    kinds.set(kind, { resource, read });
  }
  if (kinds.size === 0) throw new ConfigurationError('plugins.bulkExport.resources', 'there is nothing to export');
  return kinds;
}

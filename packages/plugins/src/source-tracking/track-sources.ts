import {
  type CallContext,
  ConfigurationError,
  type ResourceDescriptor,
  type ResourceHooks,
  SallyportError,
  type WriteHookContext,
} from '@sallyport/core';

/** A change of a record: an operation, or whatever a method calls what it does. */
export type Change = 'update' | 'replace' | 'delete' | (string & {});

type TextProperty<E> = { [K in keyof E & string]: E[K] extends string | null | undefined ? K : never }[keyof E &
  string];

/** In which properties of an entity its records keep where they come from. */
export interface SourceTrackingOptions<E> {
  /** The name of whoever calls, as records carry it: `urn:acme:client:42`. Null for the program itself. */
  readonly sourceOf: (call: CallContext) => string | null;
  /** Who made the record. Set once; nobody changes it, and nobody says it in another's name. */
  readonly source: TextProperty<E>;
  /** How the record came in, where all that come over this API come in one way. */
  readonly method?: { readonly property: TextProperty<E>; readonly value: string };
  /** Who has changed the record last. */
  readonly changedBy?: TextProperty<E>;
  /** What the last change is called. */
  readonly reference?: {
    readonly property: TextProperty<E>;
    readonly of: (change: Change, call: CallContext) => string;
  };
}

/** Keeps the sources of the records of one entity. */
export interface SourceTracking<E> {
  /**
   * The same resource, whose records keep where they come from. Its own hooks run first.
   *
   * @throws ConfigurationError when the resource has a default for a property that is kept here
   */
  of(descriptor: ResourceDescriptor): ResourceDescriptor;
  /** Marks what a method does to a record that is no operation of its resource. */
  mark(entity: E, change: Change, call: CallContext): void;
}

/**
 * Source tracking: records tell who made them, for ever, and who has changed them last. It holds whatever fields say:
 * a field over the source's property can be read, and a body that names another source is refused.
 *
 * @example
 * const sources = trackSources<Partner>({ sourceOf: ({ principal }) => …, source: 'madeBy', changedBy: 'changedBy' });
 * const partners = sources.of(defineResource(Partner, { … }));
 *
 * @see docs/guides/source-tracking.md
 */
export function trackSources<E extends object>(options: SourceTrackingOptions<E>): SourceTracking<E> {
  const { sourceOf, source, method, changedBy, reference } = options;
  const kept = [source, method?.property, changedBy, reference?.property].filter((name) => name !== undefined);
  const set = (entity: E, property: keyof E & string, value: string | null) => {
    (entity as Record<string, unknown>)[property] = value;
  };

  function mark(entity: E, change: Change, call: CallContext): void {
    if (changedBy !== undefined) set(entity, changedBy, sourceOf(call));
    if (reference !== undefined) set(entity, reference.property, reference.of(change, call));
  }

  /** Callers make records in their own name; the program itself may load records that others have made. */
  function checkSource(entity: E, { operation, call, unit, plan }: WriteHookContext): void {
    const isOwn = call.principal.kind === 'system';
    const value: unknown = entity[source] ?? null;
    const before =
      operation === 'create'
        ? isOwn
          ? value
          : sourceOf(call)
        : (unit.em.getUnitOfWork().getOriginalEntityData(entity)?.[source as never] ?? null);
    if (value === before) return;
    const detail = 'The source of a record is whoever has made it, and does not change.';
    throw new SallyportError('rule_broken', { resource: plan.name, detail });
  }

  return {
    mark,
    of(descriptor) {
      const { defaults = {} } = descriptor;
      for (const name of kept) {
        if (!Object.hasOwn(defaults, name)) continue;
        throw new ConfigurationError(`resources.${descriptor.name}.defaults.${name}`, 'is kept by source tracking');
      }
      const own = (descriptor.hooks ?? {}) as ResourceHooks<E>;
      const hooks: ResourceHooks<E> = {
        ...own,
        async beforeWrite(entity, context) {
          await own.beforeWrite?.(entity, context);
          checkSource(entity, context);
          const { operation, body, call } = context;
          // A body that says nothing changes nothing.
          if (operation !== 'create' && Object.keys(body).length > 0) mark(entity, operation, call);
        },
        async beforeDelete(entity, context) {
          await own.beforeDelete?.(entity, context);
          mark(entity, 'delete', context.call);
        },
      };
      const filled = { [source]: sourceOf, ...(method === undefined ? {} : { [method.property]: method.value }) };
      return { ...descriptor, defaults: { ...defaults, ...filled }, hooks: hooks as ResourceHooks };
    },
  };
}

import type { Collection, InferEntity, PrimaryKeyProp, Ref, Reference, ScalarReference } from '@mikro-orm/core';

/** What a descriptor is defined over: what `defineEntity` returns, or an entity class. */
export type EntitySource = { readonly meta: object } | (abstract new (...args: never[]) => object);

/** The entity type of an {@link EntitySource}. */
export type EntityOf<S> = S extends abstract new (...args: never[]) => infer E ? E : InferEntity<S>;

type Unwrapped<V> =
  V extends Reference<infer T> ? T : V extends ScalarReference<infer T> ? T : V extends Ref<infer T> ? T : V;

type IsEntity<V> = V extends Date | Uint8Array | readonly unknown[] | ((...args: never[]) => unknown)
  ? false
  : V extends object
    ? typeof PrimaryKeyProp extends keyof V
      ? true
      : 'id' extends keyof V
        ? true
        : false
    : false;

/** The keys of an entity that hold data (functions and symbols left out). */
export type PropertyKeys<E> = {
  [K in keyof E & string]: NonNullable<E[K]> extends (...args: never[]) => unknown ? never : K;
}[keyof E & string];

/** Properties that are to-many relations. */
export type ToManyKeys<E> = {
  [K in PropertyKeys<E>]: NonNullable<E[K]> extends Collection<infer _T, infer _O> ? K : never;
}[PropertyKeys<E>];

/** Properties that are to-one relations. */
export type ToOneKeys<E> = {
  [K in PropertyKeys<E>]: NonNullable<E[K]> extends Collection<infer _T, infer _O>
    ? never
    : IsEntity<Unwrapped<NonNullable<E[K]>>> extends true
      ? K
      : never;
}[PropertyKeys<E>];

/** Properties with a column value of their own. */
export type ScalarKeys<E> = Exclude<PropertyKeys<E>, ToManyKeys<E> | ToOneKeys<E>>;

/** The entity on the other side of a relation. */
export type TargetOf<V> = NonNullable<V> extends Collection<infer T, infer _O> ? T : Unwrapped<NonNullable<V>>;

/** The value of a scalar property as code sees it. */
export type ScalarValue<V> = V extends ScalarReference<infer T> ? T : V;

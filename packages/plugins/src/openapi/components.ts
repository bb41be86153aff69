import type { JsonSchema } from '@sallyport/core';
import { isSchema, mapSchemas, mapSubschemas } from './walk.ts';

/** A title that names a component: one capitalised word. Other titles are only shown. */
const componentName = /^[A-Z][A-Za-z0-9_.-]*$/;

/** Fewest properties of a schema without a title that is worth a name of its own. */
const FEWEST_PROPERTIES = 2;

/** Equal for schemas that say the same, whatever they are described as. */
function formOf(schema: JsonSchema): string {
  const { description: _, ...rest } = schema;
  return JSON.stringify(rest);
}

function isTitled(schema: JsonSchema): schema is JsonSchema & { readonly title: string } {
  return typeof schema.title === 'string' && componentName.test(schema.title);
}

function isComposite({ properties }: JsonSchema): boolean {
  return isSchema(properties) && Object.keys(properties).length >= FEWEST_PROPERTIES;
}

/** Bounds beyond 2^53 are no whole numbers as JSON is read: a document that names one tells another number. */
function withoutVastBounds(schema: JsonSchema): JsonSchema {
  const isVast = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) > Number.MAX_SAFE_INTEGER;
  if (schema.type !== 'integer' || !(isVast(schema.maximum) || isVast(schema.minimum))) return schema;
  const { maximum, minimum, ...rest } = schema;
  return {
    ...rest,
    ...(minimum === undefined || isVast(minimum) ? {} : { minimum }),
    ...(maximum === undefined || isVast(maximum) ? {} : { maximum }),
  };
}

function capitalised(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/**
 * Gives schemas names. A schema with a one-word `title` becomes the component of that name; so does an object schema
 * that occurs more than once, under the name of the property that it describes. Everything else stays where it is.
 */
export class SchemaComponents {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #schemas = new Map<string, JsonSchema>();
  /** How the places describe what they hold, by form: only what all of them say is said of the component. */
  readonly #descriptions = new Map<string, Set<unknown>>();
  /** What schemas with definitions of their own have become: where one occurs again, so do they. */
  readonly #liftings = new Map<string, JsonSchema>();

  /** @param named schemas that have a name already */
  constructor(named: Readonly<Record<string, JsonSchema>>) {
    for (const [name, schema] of Object.entries(named)) this.#name(formOf(this.#tidied(schema, name)), name);
  }

  /** The parts with references in place of schemas that have names. */
  extract<T>(parts: T): T {
    const tidied = mapSchemas(parts, (schema, hint) => this.#tidied(schema, hint));
    this.#nameRepeated(tidied);
    // Only schemas are replaced, by schemas and references to such.
    return mapSchemas(tidied, (schema, hint) => this.#referenced(schema, hint)) as T;
  }

  /** The components, by name. */
  get all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** What a document has no use for is left out, local definitions are lifted out, and null stands beside a title. */
  #tidied(schema: JsonSchema, hint: string | undefined): JsonSchema {
    const { $schema: _schema, $id: _id, $anchor: _anchor, $comment: _comment, $defs, definitions, ...rest } = schema;
    const local = { ...(definitions as object | undefined), ...($defs as object | undefined) } as Record<
      string,
      JsonSchema
    >;
    if (Object.keys(local).length > 0 || rest.$ref === '#') return this.#lifted(rest, local, hint);
    const made: Record<string, unknown> = {
      ...mapSubschemas(withoutVastBounds(rest), (child, name) => this.#tidied(child, name), hint),
    };
    if (Array.isArray(made.anyOf)) {
      // Alternatives of alternatives are alternatives.
      made.anyOf = made.anyOf.flatMap((one) =>
        isSchema(one) && Object.keys(one).join() === 'anyOf' ? one.anyOf : [one],
      );
    }
    const apart = isTitled(made) || isComposite(made);
    if (!apart || !Array.isArray(made.type) || !made.type.includes('null') || made.enum !== undefined) return made;
    const others = made.type.filter((type) => type !== 'null');
    const { description, ...whole } = made;
    return {
      anyOf: [{ ...whole, type: others.length === 1 ? others[0] : others }, { type: 'null' }],
      ...(description === undefined ? {} : { description }),
    };
  }

  #lifted(root: JsonSchema, local: Readonly<Record<string, JsonSchema>>, hint: string | undefined): JsonSchema {
    const form = JSON.stringify([root, local]);
    const known = this.#liftings.get(form);
    if (known !== undefined) return known;
    const made = this.#lift(root, local, hint);
    this.#liftings.set(form, made);
    return made;
  }

  #lift(root: JsonSchema, local: Readonly<Record<string, JsonSchema>>, hint: string | undefined): JsonSchema {
    const names = new Map(Object.keys(local).map((name) => [name, this.#free(capitalised(name))]));
    const recursive = JSON.stringify([root, local]).includes('"$ref":"#"');
    const own = recursive ? this.#free(capitalised(String(root.title ?? hint ?? 'Schema'))) : undefined;
    const redirected = (schema: JsonSchema): JsonSchema => {
      const made = mapSubschemas(schema, redirected);
      if (made.$ref === '#') return { ...made, $ref: referenceTo(own ?? '') };
      const [, name] = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(String(made.$ref ?? '')) ?? [];
      const target = name === undefined ? undefined : names.get(name);
      return target === undefined ? made : { ...made, $ref: referenceTo(target) };
    };
    for (const [name, target] of names) {
      this.#schemas.set(target, this.#referenced(this.#tidied(redirected(local[name] ?? {}), name), name, true));
    }
    const schema = this.#tidied(redirected(root), hint);
    if (own === undefined) return schema;
    this.#schemas.set(own, this.#referenced(schema, hint, true));
    return { $ref: referenceTo(own) };
  }

  #nameRepeated(parts: unknown): void {
    const seen = new Map<string, { times: number; readonly hint: string; readonly owner: string }>();
    const countIn =
      (owner: string) =>
      (schema: JsonSchema, hint = ''): JsonSchema => {
        let within = owner;
        if (isTitled(schema) || isComposite(schema)) {
          const form = formOf(schema);
          const known = seen.get(form);
          this.#descriptions.set(form, (this.#descriptions.get(form) ?? new Set()).add(schema.description));
          // What is inside has been counted with the first one.
          if (known !== undefined) {
            known.times++;
            return schema;
          }
          seen.set(form, { times: 1, hint: capitalised(hint), owner });
          if (isTitled(schema)) {
            this.#name(form, schema.title);
            within = schema.title;
          }
        }
        return mapSubschemas(schema, countIn(within), hint);
      };
    mapSchemas(parts, countIn(''));
    for (const [form, { times, hint, owner }] of seen) {
      if (times > 1 && hint !== '') this.#name(form, this.#taken.has(hint) ? owner + hint : hint);
    }
  }

  #name(form: string, wanted: string): void {
    if (!this.#names.has(form)) this.#names.set(form, this.#free(wanted));
  }

  #free(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }

  #referenced(schema: JsonSchema, hint: string | undefined, inPlace = false): JsonSchema {
    const form = formOf(schema);
    const name = inPlace ? undefined : this.#names.get(form);
    const below = () => mapSubschemas(schema, (child, step) => this.#referenced(child, step), hint);
    if (name === undefined) return below();
    let component = this.#schemas.get(name);
    if (component === undefined) {
      const { title, description: own, ...rest } = below();
      const isShared = (this.#descriptions.get(form)?.size ?? 1) === 1;
      const whole: JsonSchema = own === undefined || !isShared ? rest : { description: own, ...rest };
      component = title === undefined || title === name ? whole : { title, ...whole };
      this.#schemas.set(name, component);
    }
    const { description } = schema;
    const told = description === undefined || description === component.description ? {} : { description };
    return { $ref: referenceTo(name), ...told };
  }
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}

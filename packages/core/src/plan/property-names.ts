import type { JsonSchema } from '../road/route.ts';

/** Brings the names of a body's properties into the schema's own spelling. */
export type Respell = (value: unknown) => unknown;

const asIs: Respell = (value) => value;

/** `birth_date` → `birthDate`. */
const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

/**
 * Accepts `birth_date` for `birthDate`, wherever the schema declares the one and not the other, at every depth. A body
 * that has both keeps the schema's own.
 */
export function acceptSnakeCase(schema: JsonSchema): Respell {
  const properties = schema.properties as Readonly<Record<string, unknown>> | undefined;
  const items = isSchema(schema.items) ? acceptSnakeCase(schema.items) : asIs;
  const choices = [schema.anyOf, schema.oneOf, schema.allOf].flat().filter(isSchema).map(acceptSnakeCase);
  const members = new Map(
    Object.entries(properties ?? {}).map(([name, member]) => [name, isSchema(member) ? acceptSnakeCase(member) : asIs]),
  );
  const useful = [items, ...choices, ...members.values()].some((respell) => respell !== asIs);
  if (!useful && members.size === 0) return asIs;
  return (value) => {
    if (Array.isArray(value)) return items === asIs ? value : value.map(items);
    if (typeof value !== 'object' || value === null) return value;
    let result: unknown = value;
    for (const choice of choices) result = choice(result);
    if (members.size === 0) return result;
    const sent = result as Readonly<Record<string, unknown>>;
    const made: Record<string, unknown> = Object.create(null);
    for (const [name, member] of Object.entries(sent)) {
      const own = members.has(name) ? name : camelCase(name);
      const known = members.get(own);
      if (known === undefined) made[name] = member;
      else if (own === name || !Object.hasOwn(sent, own)) made[own] = known(member);
    }
    return made;
  };
}

import { ConfigurationError } from '../errors/index.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema } from '../road/route.ts';
import type { ScalarType } from '../store/model.ts';
import { all, any, type ComparisonOperator, type Condition, compare, nothing, type Operand } from './condition.ts';
import type { FilterLeaf, KeyLeaf, QueryGate, RelationLeaf, ValueLeaf } from './gate.ts';
import { negate } from './negate.ts';
import { expected, operandOfText } from './operand.ts';
import type { ParameterCall, ParameterDeclaration, ParameterReader, TextParameter, TokenField } from './parameters.ts';
import {
  type DateOperand,
  type Identifier,
  parseDateWithPrefix,
  parseReference,
  parseTimestampWithPrefix,
  parseToken,
} from './pieces.ts';

/** A kind of parameter, compiled against its field. */
export interface ParameterKind {
  readonly read: ParameterReader;
  readonly schema: JsonSchema;
  /** What is expected of the text, for the caller. */
  readonly form: string;
}

/** Something found through a gate: as it was at the start, and as it is for a call. */
export interface Resolved<T> {
  readonly first: T;
  for(call: CallContext): T;
}

/** Finds something through the gate, at the start (so that mistakes show there) and for each call. */
export type Resolve = <T>(find: (gate: QueryGate) => T) => Resolved<T>;

/** Makes the condition of an operand. */
type Make<T> = (operand: T, call: ParameterCall) => Condition | Promise<Condition>;

/**
 * Compiles a declaration by its kind.
 *
 * @throws ConfigurationError
 */
export function kindOf(declaration: ParameterDeclaration, resolve: Resolve, path: string): ParameterKind {
  switch (declaration.kind) {
    case 'text':
      return { read: readText(declaration, resolve, path), schema: { type: 'string' }, form: 'a text' };
    case 'token': {
      const { field } = declaration;
      const make = field === undefined ? own(declaration, path) : tokenOn(field, resolve, path);
      return kind(parseToken, make, 'system|code', { type: 'string', pattern: '^[^|]+\\|.+$' });
    }
    case 'date':
    case 'timestamp':
      return dated(declaration, resolve, path);
    case 'reference':
      return reference(declaration, resolve, path);
    case 'number':
      return numeric(declaration, resolve, path);
    case 'boolean': {
      const { field } = declaration;
      const make = field === undefined ? own(declaration, path) : booleanOn(field, resolve, path);
      const parse = (text: string) => operandOfText({ type: 'boolean' }, text) as boolean | undefined; // by its type
      return kind(parse, make, 'true or false', { type: 'boolean' });
    }
    case 'choice':
      return choice(declaration, resolve, path);
    case 'custom': {
      const { schema = { type: 'string' } } = declaration;
      return kind((text) => declaration.parse(text), own(declaration, path), 'another form', schema);
    }
  }
}

function kind<T>(
  parse: (text: string) => T | undefined,
  make: Make<T>,
  form: string,
  schema: JsonSchema,
): ParameterKind {
  return {
    schema,
    form,
    read(text) {
      const operand = parse(text);
      return operand === undefined ? undefined : (call) => make(operand, call);
    },
  };
}

/** The declaration's own function. */
function own<T>(declaration: { matches?: Make<T> | undefined }, path: string): Make<T> {
  // A JavaScript user may have left out both.
  if (declaration.matches === undefined) throw new ConfigurationError(path, 'needs a field or `matches`');
  return declaration.matches.bind(declaration);
}

/** A field found by its path, or the start stops. */
function fieldAt(gate: QueryGate, field: string, path: string): FilterLeaf {
  const leaf = gate.filter(field.split('.'));
  if (leaf === undefined) throw new ConfigurationError(`${path}.field`, `no field "${field}" that can be compared`);
  return leaf;
}

function valueAt(gate: QueryGate, field: string, path: string, types: readonly ScalarType[]): ValueLeaf {
  const leaf = fieldAt(gate, field, path);
  if (leaf.kind === 'key' || !types.includes(leaf.type)) {
    throw new ConfigurationError(`${path}.field`, `"${field}" is not of the type ${types.join(' or ')}`);
  }
  return leaf;
}

function keyAt(gate: QueryGate, field: string, path: string): KeyLeaf {
  const leaf = fieldAt(gate, field, path);
  if (leaf.kind === 'value')
    throw new ConfigurationError(`${path}.field`, `"${field}" is neither a key nor a relation`);
  return leaf;
}

/** Text may be searched in a field with text, or through a relation in the text that its records are known by. */
function textAt(gate: QueryGate, field: string, path: string): ValueLeaf {
  const leaf = fieldAt(gate, field, path);
  const text = leaf.kind === 'key' ? leaf.label : leaf;
  if (text?.type !== 'string') throw new ConfigurationError(`${path}.field`, `"${field}" has no text to search`);
  if (leaf.kind === 'value') return leaf;
  // The label knows the way from the row that has the relation; the path leads to that row.
  const { build, stored } = text;
  return {
    kind: 'value',
    type: 'string',
    nullable: true,
    along: (condition) => leaf.along(condition),
    build: build.bind(text),
    ...(stored === undefined ? {} : { stored: stored.bind(text) }),
  };
}

/** `field operator value`; an operand that no row can have matches nothing. */
function test(
  leaf: ValueLeaf,
  operator: ComparisonOperator,
  value: Operand | undefined,
  options?: { readonly ignoreCase: boolean },
): Condition {
  const searches = operator === 'contains' || operator === 'startsWith' || operator === 'like';
  const stored = value === undefined || searches || leaf.stored === undefined ? value : leaf.stored(value);
  if (stored === undefined) return nothing;
  return leaf.along(leaf.build((property) => compare(property, operator, stored, options)));
}

function readText(declaration: TextParameter, resolve: Resolve, path: string): ParameterReader {
  if (declaration.field === undefined) {
    const make = own(declaration, path);
    return (text) => (call) => make(text, call);
  }
  const { match = 'contains', ignoreCase = match !== 'exact' } = declaration;
  const fields = typeof declaration.field === 'string' ? [declaration.field] : declaration.field;
  const found = resolve((gate) => fields.map((field) => textAt(gate, field, path)));
  // Equal but for case is a pattern without wildcards.
  const operator = match !== 'exact' ? match : ignoreCase ? 'like' : 'eq';
  return (text) => {
    const operand = operator === 'like' ? text.replace(/[\\%_]/g, '\\$&') : text;
    const options = operator === 'eq' ? undefined : { ignoreCase };
    return (call) => any(...found.for(call).map((leaf) => test(leaf, operator, operand, options)));
  };
}

function tokenOn(field: TokenField, resolve: Resolve, path: string): Make<Identifier> {
  const { within } = field;
  const found = resolve((gate) => {
    let relation: RelationLeaf | undefined;
    if (within !== undefined) {
      relation = gate.relation(within.split('.'));
      if (relation === undefined) throw new ConfigurationError(`${path}.field.within`, `no relation "${within}"`);
    }
    const inner = relation?.gate ?? gate;
    const system = valueAt(inner, field.system, path, ['string']);
    const code = valueAt(inner, field.code, path, ['string', 'uuid', 'integer', 'bigint']);
    return { relation, system, code };
  });
  return (token, call) => {
    const { relation, system, code } = found.for(call);
    const both = all(
      test(system, 'eq', operandOfText(system, token.system)),
      test(code, 'eq', operandOfText(code, token.value)),
    );
    return relation === undefined ? both : relation.along(relation.some(both));
  };
}

function dated(
  declaration: Extract<ParameterDeclaration, { kind: 'date' | 'timestamp' }>,
  resolve: Resolve,
  path: string,
): ParameterKind {
  const { field } = declaration;
  const instants = declaration.kind === 'timestamp';
  const short = !instants || declaration.dateOnly === true;
  const form = `[eq|ne|gt|ge|lt|le]YYYY-MM-DD${short ? '' : ' or [eq|ne|gt|ge|lt|le]YYYY-MM-DDTHH:MM:SSZ'}`;
  const schema = { type: 'string', ...(short ? { pattern: '^(eq|ne|gt|ge|lt|le)?[0-9]{4}-[0-9]{2}-[0-9]{2}$' } : {}) };
  function parse(text: string): DateOperand | undefined {
    const date = short ? parseDateWithPrefix(text) : undefined;
    return instants && (!short || date !== undefined) ? parseTimestampWithPrefix(text) : date;
  }
  if (field === undefined) return kind(parse, own(declaration, path), form, schema);
  const found = resolve((gate) => valueAt(gate, field, path, [declaration.kind]));
  return kind(parse, ({ prefix, value }, call) => test(found.for(call), prefix, value), form, schema);
}

function reference(
  declaration: Extract<ParameterDeclaration, { kind: 'reference' }>,
  resolve: Resolve,
  path: string,
): ParameterKind {
  const { field, types = [], bare = types.length === 0, identifier = false } = declaration;
  const key = identifier ? 'system|value' : 'key';
  const form = [...types.map((type) => `${type}/${key}`), ...(bare ? [key] : [])].join(' or ');
  const parse = (text: string) => parseReference(text, declaration);
  const schema = { type: 'string' };
  if (field === undefined) return kind(parse, own(declaration, path), form, schema);
  if (types.length > 1) throw new ConfigurationError(path, 'a field takes references of one type: use `matches`');
  const found = resolve((gate) => keyAt(gate, field, path));
  const make: Make<{ readonly key: string }> = (operand, call) => {
    const leaf = found.for(call);
    return leaf.along(leaf.named([operand.key]));
  };
  return kind(parse, make, form, schema);
}

function numeric(
  declaration: Extract<ParameterDeclaration, { kind: 'number' }>,
  resolve: Resolve,
  path: string,
): ParameterKind {
  const { field } = declaration;
  if (field === undefined) {
    const parse = (text: string) => operandOfText({ type: 'number' }, text) as number | undefined; // by its type
    return kind(parse, own(declaration, path), 'a number', { type: 'number' });
  }
  const found = resolve((gate) => valueAt(gate, field, path, ['integer', 'bigint', 'number', 'decimal']));
  const { first } = found;
  const schema = { type: first.type === 'integer' || first.type === 'bigint' ? 'integer' : 'number' };
  const make: Make<Operand> = (value, call) => test(found.for(call), 'eq', value);
  return kind((text) => operandOfText(first, text), make, expected(first), schema);
}

/** An unset boolean counts as false. */
function booleanOn(field: string, resolve: Resolve, path: string): Make<boolean> {
  const found = resolve((gate) => valueAt(gate, field, path, ['boolean']));
  return (value, call) => {
    const leaf = found.for(call);
    if (value || !leaf.nullable) return test(leaf, 'eq', value);
    return leaf.along(negate(leaf.build((property) => compare(property, 'eq', true))));
  };
}

function choice(
  declaration: Extract<ParameterDeclaration, { kind: 'choice' }>,
  resolve: Resolve,
  path: string,
): ParameterKind {
  const { field, values, unknown = 'refuse' } = declaration;
  let make: Make<string>;
  if (field === undefined) {
    make = own(declaration, path);
  } else {
    const found = resolve((gate) => valueAt(gate, field, path, ['string', 'uuid', 'integer']));
    const stray = values.find((value) => operandOfText(found.first, value) === undefined);
    if (stray !== undefined) throw new ConfigurationError(`${path}.values`, `the field cannot be "${stray}"`);
    make = (value, call) => {
      const leaf = found.for(call);
      return test(leaf, 'eq', operandOfText(leaf, value));
    };
  }
  const known: ReadonlySet<string> = new Set(values);
  const open = unknown === 'nothing';
  return {
    read: (text) => (known.has(text) ? (call) => make(text, call) : open ? () => nothing : undefined),
    schema: open ? { type: 'string' } : { type: 'string', enum: values },
    form: `one of ${values.join(', ')}`,
  };
}

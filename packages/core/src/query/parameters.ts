import { ConfigurationError } from '../errors/index.ts';
import type { Records } from '../operations/records.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema, ParameterDefinition } from '../road/route.ts';
import { all, type Condition, everything } from './condition.ts';
import { invalidParameter, type ParameterFault, unusableField } from './fault.ts';
import type { QueryGate } from './gate.ts';
import { isStorableText } from './operand.ts';
import { kindOf, type Resolve } from './parameter-kinds.ts';
import type { DateOperand, Identifier, Reference, ReferenceForm } from './pieces.ts';

/** The call that a search parameter is read in: with the other parameters as sent, and the records that it may reach. */
export interface ParameterCall extends CallContext {
  readonly parameters: Readonly<Record<string, unknown>>;
  records(resource: string): Records;
}

/** What every declared search parameter may say. */
interface ParameterBase {
  readonly description?: string;
  /** Answered in place of `invalid_parameter` when the text cannot be read. */
  readonly error?: ParameterFault;
  /**
   * What a second one of the same name means: `refuse` it (400), hold `and` the first, or the `last` counts. Dates and
   * timestamps default to `and`, all others to `refuse`.
   */
  readonly repeat?: 'refuse' | 'and' | 'last';
  /**
   * Fields of the resource that answers tell something of: a caller who may not see one of them may not use the
   * parameter. The `field` when absent; to be said where `matches` decides.
   */
  readonly reveals?: readonly string[];
  /** Whether an empty text is as good as none (`absent`, the default) or is read like any other. */
  readonly empty?: 'absent' | 'read';
}

/** Either the field that is compared, by its path on the wire, or a function that answers the condition. */
type Target<T, Field = string> =
  | { readonly field: Field; readonly matches?: undefined }
  | {
      readonly field?: undefined;
      matches(operand: T, call: ParameterCall): Condition | Promise<Condition>;
    };

/** A text that one of the fields contains, starts with or is. */
export type TextParameter = ParameterBase & {
  readonly kind: 'text';
  /** `contains` unless told. */
  readonly match?: 'contains' | 'startsWith' | 'exact';
  /** Folds case; on unless `match` is `exact`. */
  readonly ignoreCase?: boolean;
} & Target<string, string | readonly string[]>;

/** Where a token's two parts are compared: on the same row, that of the relation `within` when there is one. */
export interface TokenField {
  readonly within?: string;
  readonly system: string;
  readonly code: string;
}

/** `system|code`. */
export type TokenParameter = ParameterBase & { readonly kind: 'token' } & Target<Identifier, TokenField>;

/** `[prefix]YYYY-MM-DD`. */
export type DateParameter = ParameterBase & { readonly kind: 'date' } & Target<DateOperand>;

/** `[prefix]` and an instant; a date compares against 00:00 UTC. */
export type TimestampParameter = ParameterBase & {
  readonly kind: 'timestamp';
  /** Take dates only. */
  readonly dateOnly?: boolean;
} & Target<DateOperand>;

/** `Type/system|value`, `Type/key` or a bare key, of the record that a relation names. */
export type ReferenceParameter = ParameterBase & ReferenceForm & { readonly kind: 'reference' } & Target<Reference>;

/** A number of the field's type. */
export type NumberParameter = ParameterBase & { readonly kind: 'number' } & Target<number>;

/** `true` or `false`. */
export type BooleanParameter = ParameterBase & { readonly kind: 'boolean' } & Target<boolean>;

/** One of a closed list of texts. */
export type ChoiceParameter = ParameterBase & {
  readonly kind: 'choice';
  readonly values: readonly string[];
  /** A text outside of the list is refused, or matches `nothing`. */
  readonly unknown?: 'refuse' | 'nothing';
} & Target<string>;

/** A parameter with its own syntax. Make it by {@link customParameter}, which knows the type of its operand. */
export interface CustomParameter<T = unknown> extends ParameterBase {
  readonly kind: 'custom';
  /** For documents; a string unless told. */
  readonly schema?: JsonSchema;
  /** Undefined: malformed. Must not throw. */
  parse(text: string): T | undefined;
  matches(operand: T, call: ParameterCall): Condition | Promise<Condition>;
}

/** A declared search parameter. */
export type ParameterDeclaration =
  | TextParameter
  | TokenParameter
  | DateParameter
  | TimestampParameter
  | ReferenceParameter
  | NumberParameter
  | BooleanParameter
  | ChoiceParameter
  | CustomParameter;

/** Declares a parameter with its own syntax. */
export function customParameter<T>(declaration: Omit<CustomParameter<T>, 'kind'>): CustomParameter<T> {
  return { ...declaration, kind: 'custom' };
}

/** Declares search parameters; answers them as they are, with their names known to the type. */
export function defineParameters<const T extends Readonly<Record<string, ParameterDeclaration>>>(parameters: T): T {
  return parameters;
}

/** A parameter of one call, read and typed; what is left is to make its condition. */
export type ParameterTest = (call: ParameterCall) => Condition | Promise<Condition>;

/** How one kind of parameter reads a text. Undefined: malformed. */
export type ParameterReader = (text: string) => ParameterTest | undefined;

/** Declared parameters after compiling. */
export interface SearchParameters {
  /** For documents, in the order of declaration. */
  readonly definitions: readonly ParameterDefinition[];
  has(name: string): boolean;
  /**
   * Reads the declared ones among a query's parameters and leaves the others alone.
   *
   * @param sees Whether the caller may see a field; a parameter that tells of another is refused as a filter on it is.
   * @throws SallyportError `invalid_parameter`, or the declaration's own error
   */
  read(
    query: readonly (readonly [name: string, value: string])[],
    sees?: (field: string) => boolean,
  ): readonly ParameterTest[];
  /** The fields that the declared ones among a query's parameters tell of. */
  revealedBy(query: readonly (readonly [name: string, value: string])[]): readonly string[];
  /** Reads and answers the condition: all of them hold. */
  condition(
    query: readonly (readonly [name: string, value: string])[],
    call: ParameterCall,
    sees?: (field: string) => boolean,
  ): Condition | Promise<Condition>;
}

/**
 * Compiles declared parameters against the fields that the gate knows. The declaration is the permission: the gate is
 * the plan's own, not a caller's.
 *
 * @param path The declarations' place in the descriptor, for errors.
 * @param gateOf The gate as it is for a call, where its relations are under domains that depend on the call.
 * @throws ConfigurationError for a field that is not there or cannot be compared so.
 * @see docs/reference/search-parameters.md
 */
export function compileParameters(
  declarations: Readonly<Record<string, ParameterDeclaration>>,
  gate: QueryGate,
  path: string,
  gateOf?: (call: CallContext) => QueryGate,
): SearchParameters {
  const resolving =
    (name: string): Resolve =>
    (find) => {
      const first = find(gate);
      if (gateOf === undefined) return { first, for: () => first };
      return {
        first,
        for(call) {
          try {
            return find(gateOf(call));
          } catch (error) {
            // It was found at the start, so it is this caller who may not look at it.
            throw error instanceof ConfigurationError ? unusableField(name) : error;
          }
        },
      };
    };
  const compiled = new Map<string, CompiledParameter>();
  for (const [name, declaration] of Object.entries(declarations)) {
    const here = `${path}.${name}`;
    if (name === '') throw new ConfigurationError(path, 'a parameter needs a name');
    const { read, schema, form } = kindOf(declaration, resolving(name), here);
    const { description, repeat = isDated(declaration) ? 'and' : 'refuse', empty = 'absent', error } = declaration;
    compiled.set(name, {
      read,
      form,
      repeat,
      empty,
      error,
      reveals: declaration.reveals ?? fieldsOf(declaration),
      definition: { name, ...(description === undefined ? {} : { description }), schema, deferred: true },
    });
  }

  function read(
    query: readonly (readonly [name: string, value: string])[],
    sees: (field: string) => boolean = () => true,
  ): readonly ParameterTest[] {
    const tests = new Map<string, ParameterTest[]>();
    for (const [name, text] of query) {
      const parameter = compiled.get(name);
      if (parameter === undefined || (text === '' && parameter.empty === 'absent')) continue;
      if (!parameter.reveals.every(sees)) throw unusableField(name);
      const test = isStorableText(text) ? parameter.read(text) : undefined;
      if (test === undefined)
        throw invalidParameter(name, `${parameter.form} is expected`, parameter.error, { input: text });
      const former = tests.get(name);
      if (former === undefined || parameter.repeat === 'last') tests.set(name, [test]);
      else if (parameter.repeat === 'and') former.push(test);
      else throw invalidParameter(name, 'it may be given once', parameter.error, { code: 'duplicate' });
    }
    return [...tests.values()].flat();
  }

  return {
    definitions: [...compiled.values()].map(({ definition }) => definition),
    has: (name) => compiled.has(name),
    revealedBy: (query) => query.flatMap(([name, text]) => (text === '' ? [] : (compiled.get(name)?.reveals ?? []))),
    read,
    condition(query, call, sees) {
      const tests = read(query, sees);
      return tests.length === 0 ? everything : conditionOf(tests, call);
    },
  };
}

async function conditionOf(tests: readonly ParameterTest[], call: ParameterCall): Promise<Condition> {
  const conditions: Condition[] = [];
  for (const test of tests) conditions.push(await test(call));
  return all(...conditions);
}

interface CompiledParameter {
  readonly read: ParameterReader;
  readonly form: string;
  readonly repeat: 'refuse' | 'and' | 'last';
  readonly empty: 'absent' | 'read';
  readonly error: ParameterFault | undefined;
  readonly reveals: readonly string[];
  readonly definition: ParameterDefinition;
}

/** The fields of the resource that a declaration compares, by their first steps. */
function fieldsOf({ kind, ...declaration }: ParameterDeclaration): readonly string[] {
  if (kind === 'custom' || !('field' in declaration) || declaration.field === undefined) return [];
  const { field } = declaration;
  const paths =
    typeof field === 'string' ? [field] : 'system' in field ? [field.within ?? field.system, field.code] : field;
  const first = kind === 'token' && typeof field === 'object' && 'within' in field ? paths.slice(0, 1) : paths;
  return first.map((path) => path.split('.', 1)[0] ?? path);
}

function isDated({ kind }: ParameterDeclaration): boolean {
  return kind === 'date' || kind === 'timestamp';
}

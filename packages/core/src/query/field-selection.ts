import type { SallyportError } from '../errors/index.ts';
import { invalidParameter, type ParameterFault, quoted } from './fault.ts';

/**
 * Which fields of a value are shown: an immutable tree of names. Masks narrow; nothing that another mask took away
 * comes back by {@link FieldMask.intersect}.
 */
export interface FieldMask {
  /** Whether every field is shown, at every depth. */
  readonly everything: boolean;
  includes(name: string): boolean;
  /** The mask of what stands under a name; of no fields when the name is not shown. */
  child(name: string): FieldMask;
  /** What both show. */
  intersect(other: FieldMask): FieldMask;
  /** The same mask with these names shown whole. */
  with(names: Iterable<string>): FieldMask;
  /** The dotted names, in order; empty for a mask of no fields. `['*']` for one of all. */
  names(): readonly string[];
}

/** Shows every field. */
export const everyField: FieldMask = Object.freeze({
  everything: true,
  includes: () => true,
  child: () => everyField,
  intersect: (other: FieldMask) => other,
  with: () => everyField,
  names: () => ['*'],
});

type Tree = ReadonlyMap<string, FieldMask>;

class NamedFields implements FieldMask {
  readonly everything = false;
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  includes(name: string): boolean {
    return this.#tree.has(name);
  }

  child(name: string): FieldMask {
    return this.#tree.get(name) ?? noField;
  }

  intersect(other: FieldMask): FieldMask {
    if (other.everything) return this;
    const tree = new Map<string, FieldMask>();
    for (const [name, mask] of this.#tree) {
      if (other.includes(name)) tree.set(name, mask.intersect(other.child(name)));
    }
    return new NamedFields(tree);
  }

  with(names: Iterable<string>): FieldMask {
    const tree = new Map(this.#tree);
    for (const name of names) tree.set(name, everyField);
    return new NamedFields(tree);
  }

  names(): readonly string[] {
    const names: string[] = [];
    for (const [name, mask] of this.#tree) {
      if (mask.everything) names.push(name);
      else for (const inner of mask.names()) names.push(`${name}.${inner}`);
    }
    return names;
  }
}

/** Shows no field. */
export const noField: FieldMask = new NamedFields(new Map());

/** A mask of dotted names. A name and a name below it together show the whole of it. */
export function fieldMask(names: Iterable<string>): FieldMask {
  const tree: MutableTree = new Map();
  for (const name of names) {
    let level = tree;
    const steps = name.split('.');
    for (const [index, step] of steps.entries()) {
      const known = level.get(step);
      if (known === 'whole') break;
      if (index === steps.length - 1) {
        level.set(step, 'whole');
      } else {
        const below: MutableTree = known ?? new Map();
        level.set(step, below);
        level = below;
      }
    }
  }
  return frozen(tree);
}

type MutableTree = Map<string, MutableTree | 'whole'>;

function frozen(tree: MutableTree): FieldMask {
  return new NamedFields(
    new Map([...tree].map(([name, below]) => [name, below === 'whole' ? everyField : frozen(below)])),
  );
}

/** How a list of fields is read. */
export interface FieldSelectionOptions {
  /** The parameter's name, for errors. */
  readonly parameter?: string;
  /** Shown whether they are asked for or not. */
  readonly always?: readonly string[];
  /** Whether the caller may see such a field; every name passes when absent. */
  readonly known?: (path: readonly string[]) => boolean;
  /** What a name that is not `known` means: `refuse` (the default) or `ignore` it. */
  readonly unknown?: 'refuse' | 'ignore';
  /** Most names; 100 unless told. */
  readonly maximum?: number;
  /** Most steps of one name; 4 unless told. */
  readonly depth?: number;
  readonly error?: ParameterFault;
}

/**
 * Reads `name,country.code`. Absent or empty means all fields.
 *
 * @throws SallyportError `invalid_parameter`; the same for an unknown name and for one the caller may not see.
 * @see docs/reference/field-selection.md
 */
export function parseFieldSelection(text: string | undefined, options: FieldSelectionOptions = {}): FieldMask {
  const { parameter = 'fields', always = [], known, unknown = 'refuse', maximum = 100, depth = 4, error } = options;
  if (text === undefined || text.trim() === '') return everyField;
  const refuse = (message: string): SallyportError => invalidParameter(parameter, message, error);
  const names = text.split(',', maximum + 1).map((name) => name.trim());
  if (names.length > maximum) throw refuse(`more than ${maximum} names`);
  const kept: string[] = [];
  for (const name of names) {
    if (name === '') continue;
    const path = name.split('.', depth + 1);
    const usable = path.length <= depth && !path.includes('') && (known === undefined || known(path));
    if (usable) kept.push(name);
    else if (unknown === 'refuse') throw refuse(`${quoted(name)} is not a field`);
  }
  return fieldMask(kept).with(always);
}

/**
 * Prunes a JSON value to what a mask shows; of a list, each element. Values that are no objects stay as they are.
 * Answers the same value when nothing is to be pruned.
 */
export function applyMask(value: unknown, mask: FieldMask): unknown {
  if (mask.everything || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => applyMask(element, mask));
  const kept: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    if (mask.includes(name)) kept.push([name, applyMask(inner, mask.child(name))]);
  }
  return Object.fromEntries(kept);
}

import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

import type { OperationLimits } from './limits.ts';

interface Measure {
  readonly variables: number;
  readonly depth: number;
  readonly fields: number;
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
  readonly repeats: number;
}

/** A measure, and how often fields with a selection stand in this one place. */
interface Place extends Measure {
  readonly seen: ReadonlyMap<string, number>;
}

const NONE: ReadonlyMap<string, number> = new Map();
const NOTHING: Place = {
  variables: 0,
  depth: 0,
  fields: 0,
  selections: 0,
  aliases: 0,
  directives: 0,
  repeats: 0,
  seen: NONE,
};

const WORDS: Readonly<Record<keyof Measure, (most: number) => string>> = {
  variables: (most) => `using more than ${most} variables`,
  depth: (most) => `deeper than ${most} levels`,
  fields: (most) => `larger than ${most} fields`,
  selections: (most) => `selecting more than ${most} times, fragments counted as often as they are spread`,
  aliases: (most) => `using more than ${most} aliases`,
  directives: (most) => `using more than ${most} directives`,
  repeats: (most) => `selecting one field more than ${most} times in one place`,
};

const KEYS = Object.keys(WORDS) as (keyof Measure)[];

export function tooLarge(message: string, node?: OperationDefinitionNode): GraphQLError {
  return new GraphQLError(message, { ...(node && { nodes: [node] }), extensions: { code: 'OPERATION_TOO_LARGE' } });
}

/** Why a document is larger than allowed. Linear in its size, so that it can be asked before anything else is. */
export function excesses(document: DocumentNode, limits: OperationLimits): GraphQLError[] {
  if (document.definitions.length > limits.definitions)
    return [tooLarge(`The document has more than ${limits.definitions} operations and fragments.`)];
  const ruler = new Ruler(document);
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const measured = ruler.operation(definition);
    const exceeded = KEYS.filter((key) => measured[key] > limits[key]);
    return exceeded.map((key) => tooLarge(`The operation is ${WORDS[key](limits[key])}.`, definition));
  });
}

/** Measures operations, fragments counted as often as they are spread. */
class Ruler {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly known = new Map<string, Place>();
  private readonly within = new Set<string>();

  constructor(document: DocumentNode) {
    const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  operation({ directives, selectionSet, variableDefinitions = [] }: OperationDefinitionNode): Measure {
    const measured = this.set(selectionSet);
    const ofVariables = variableDefinitions.reduce((sum, { directives: own }) => sum + (own?.length ?? 0), 0);
    const { length: variables } = variableDefinitions;
    return { ...measured, variables, directives: measured.directives + ofVariables + (directives?.length ?? 0) };
  }

  private set({ selections }: SelectionSetNode): Place {
    const seen = new Map<string, number>();
    let sum: Measure = NOTHING;
    for (const selection of selections) {
      let one: Place;
      if (selection.kind === Kind.FIELD) one = this.field(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) one = this.set(selection.selectionSet);
      else one = this.fragment(selection.name.value);
      for (const [name, times] of one.seen) seen.set(name, (seen.get(name) ?? 0) + times);
      const directives = one.directives + (selection.directives?.length ?? 0);
      sum = added(sum, { ...one, directives, selections: one.selections + 1 });
    }
    return { ...sum, repeats: Math.max(sum.repeats, ...seen.values()), seen };
  }

  private field({ name, alias, selectionSet }: FieldNode): Place {
    const below = selectionSet ? this.set(selectionSet) : NOTHING;
    const seen = selectionSet ? new Map([[name.value, 1]]) : NONE;
    // What tools ask of a schema is deeper than any question about data; graphql-js has a limit of its own for it.
    const depth = name.value.startsWith('__') ? 1 : below.depth + 1;
    return { ...below, depth, fields: below.fields + 1, aliases: below.aliases + (alias ? 1 : 0), seen };
  }

  /** Measured once however often it is spread; a fragment within itself is refused by the specification's own rule. */
  private fragment(name: string): Place {
    const fragment = this.fragments.get(name);
    if (!fragment || this.within.has(name)) return NOTHING;
    const before = this.known.get(name);
    if (before) return before;
    this.within.add(name);
    const set = this.set(fragment.selectionSet);
    const measured = { ...set, directives: set.directives + (fragment.directives?.length ?? 0) };
    this.within.delete(name);
    this.known.set(name, measured);
    return measured;
  }
}

const added = (one: Measure, other: Measure): Measure => ({
  variables: one.variables,
  depth: Math.max(one.depth, other.depth),
  repeats: Math.max(one.repeats, other.repeats),
  fields: one.fields + other.fields,
  selections: one.selections + other.selections,
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
});

/** The same as a rule, for where a document comes in that nobody has measured. */
export const limitRule =
  (limits: OperationLimits): ValidationRule =>
  (context: ValidationContext): ASTVisitor => ({
    Document(document) {
      for (const error of excesses(document, limits)) context.reportError(error);
    },
  });

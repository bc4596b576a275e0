import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** How large a document may be; the same over HTTP and WebSocket. */
export const MAX_TOKENS = 2_000;
const MAX_DEPTH = 12;
const MAX_FIELDS = 500;
const MAX_ALIASES = 30;
/** One field with a selection, again and again in one place: graphql-js compares each with each, at their depth. */
const MAX_REPEATS = 20;

interface Measure {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly repeats: number;
}

const NOTHING: Measure = { depth: 0, fields: 0, aliases: 0, repeats: 0 };

/** Why a document is larger than allowed. Linear in its size, so that it can be asked before anything else is. */
export function excesses(document: DocumentNode): GraphQLError[] {
  const ruler = new Ruler(document);
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const { depth, fields, aliases, repeats } = ruler.measure(definition.selectionSet);
    const exceeded = [
      depth > MAX_DEPTH && `deeper than ${MAX_DEPTH} levels`,
      fields > MAX_FIELDS && `larger than ${MAX_FIELDS} fields`,
      aliases > MAX_ALIASES && `using more than ${MAX_ALIASES} aliases`,
      repeats > MAX_REPEATS && `selecting one field more than ${MAX_REPEATS} times in one place`,
    ].filter((what) => what !== false);
    return exceeded.map(
      (what) =>
        new GraphQLError(`The operation is ${what}.`, {
          nodes: [definition],
          extensions: { code: 'OPERATION_TOO_LARGE' },
        }),
    );
  });
}

/** Depth, fields and aliases of operations, fragments counted as often as they are spread. */
class Ruler {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly known = new Map<string, Measure>();
  private readonly within = new Set<string>();

  constructor(document: DocumentNode) {
    const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  measure({ selections }: SelectionSetNode): Measure {
    const seen = new Map<string, number>();
    let { depth, fields, aliases, repeats } = NOTHING;
    for (const selection of selections) {
      let one: Measure;
      if (selection.kind === Kind.FIELD) one = this.field(selection, seen);
      else if (selection.kind === Kind.INLINE_FRAGMENT) one = this.measure(selection.selectionSet);
      else one = this.fragment(selection.name.value);
      depth = Math.max(depth, one.depth);
      fields += one.fields;
      aliases += one.aliases;
      repeats = Math.max(repeats, one.repeats);
    }
    return { depth, fields, aliases, repeats: Math.max(repeats, ...seen.values()) };
  }

  private field({ name, alias, selectionSet }: FieldNode, seen: Map<string, number>): Measure {
    const below = selectionSet ? this.measure(selectionSet) : NOTHING;
    if (selectionSet) seen.set(name.value, (seen.get(name.value) ?? 0) + 1);
    // What tools ask of a schema is deeper than any question about data; graphql-js has a limit of its own for it.
    const depth = name.value.startsWith('__') ? 1 : below.depth + 1;
    return { ...below, depth, fields: below.fields + 1, aliases: below.aliases + (alias ? 1 : 0) };
  }

  /** Measured once however often it is spread; a fragment within itself is refused by the specification's own rule. */
  private fragment(name: string): Measure {
    const fragment = this.fragments.get(name);
    if (!fragment || this.within.has(name)) return NOTHING;
    const before = this.known.get(name);
    if (before) return before;
    this.within.add(name);
    const measured = this.measure(fragment.selectionSet);
    this.within.delete(name);
    this.known.set(name, measured);
    return measured;
  }
}

/** The same as a rule, for where a document comes in that nobody has measured. */
export const limitRule: ValidationRule = (context: ValidationContext): ASTVisitor => ({
  Document(document) {
    for (const error of excesses(document)) context.reportError(error);
  },
});

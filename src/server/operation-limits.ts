import {
  GraphQLError,
  type ASTVisitor,
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

interface Measure {
  depth: number;
  fields: number;
  aliases: number;
}

const NOTHING: Measure = { depth: 0, fields: 0, aliases: 0 };

/** Depth, fields and aliases of each operation, fragments counted as often as they are spread. */
const measuredOperations: ValidationRule = (context: ValidationContext): ASTVisitor => {
  const known = new Map<string, Measure>();
  return {
    OperationDefinition(operation) {
      const { depth, fields, aliases } = measure(context, operation.selectionSet, known, new Set());
      if (depth > MAX_DEPTH) refuse(context, operation.selectionSet, `deeper than ${MAX_DEPTH} levels`);
      if (fields > MAX_FIELDS) refuse(context, operation.selectionSet, `larger than ${MAX_FIELDS} fields`);
      if (aliases > MAX_ALIASES) refuse(context, operation.selectionSet, `using more than ${MAX_ALIASES} aliases`);
    },
  };
};

function refuse(context: ValidationContext, node: SelectionSetNode, what: string): void {
  context.reportError(new GraphQLError(`The operation is ${what}.`, { nodes: [node] }));
}

function measure(
  context: ValidationContext,
  set: SelectionSetNode,
  known: Map<string, Measure>,
  within: Set<string>,
): Measure {
  let { depth, fields, aliases } = NOTHING;
  for (const selection of set.selections) {
    let one: Measure;
    if (selection.kind === 'Field') one = measureField(context, selection, known, within);
    else if (selection.kind === 'InlineFragment') one = measure(context, selection.selectionSet, known, within);
    else one = measureFragment(context, context.getFragment(selection.name.value), known, within);
    depth = Math.max(depth, one.depth);
    fields += one.fields;
    aliases += one.aliases;
  }
  return { depth, fields, aliases };
}

function measureField(
  context: ValidationContext,
  field: FieldNode,
  known: Map<string, Measure>,
  within: Set<string>,
): Measure {
  const below = field.selectionSet ? measure(context, field.selectionSet, known, within) : NOTHING;
  return { depth: below.depth + 1, fields: below.fields + 1, aliases: below.aliases + (field.alias ? 1 : 0) };
}

/** Measured once however often it is spread; a fragment within itself is refused by the specification's own rule. */
function measureFragment(
  context: ValidationContext,
  fragment: FragmentDefinitionNode | null | undefined,
  known: Map<string, Measure>,
  within: Set<string>,
): Measure {
  if (!fragment || within.has(fragment.name.value)) return NOTHING;
  const name = fragment.name.value;
  const before = known.get(name);
  if (before) return before;
  within.add(name);
  const measured = measure(context, fragment.selectionSet, known, within);
  within.delete(name);
  known.set(name, measured);
  return measured;
}

export const limitRules: readonly ValidationRule[] = [measuredOperations];

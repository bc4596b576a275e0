import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

const KNOWN_WITHOUT_A_LOOK: ReadonlySet<string> = new Set(['id', '__typename']);

/** Whether nothing is asked of a node but its id: then its row need not be read. */
export function asksForIdAlone({ fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const alone = (set: SelectionSetNode | undefined): boolean =>
    set === undefined ||
    set.selections.every((each) => {
      if (each.kind === Kind.FIELD) return KNOWN_WITHOUT_A_LOOK.has(each.name.value);
      return alone(each.kind === Kind.INLINE_FRAGMENT ? each.selectionSet : fragments[each.name.value]?.selectionSet);
    });
  return fieldNodes.every(({ selectionSet }) => alone(selectionSet));
}

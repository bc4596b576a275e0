import fc from 'fast-check';

/** A way to ask for events; `$after`, `$cut` and `$yes` are given by whoever subscribes. */
export interface AskedEvents {
  readonly query: string;
  readonly first: number;
  readonly variables: Readonly<Record<string, unknown>>;
}

const alias = fc.constantFrom('', '', 'a: ', 'b: ', 'zzz: ');
const condition = fc.constantFrom('', '', ' @include(if: $yes)', ' @skip(if: $yes)');

/** Leaves are fields, under a name of their own so that no two can clash; the rest wraps them in fragments. */
const leaves = (names: readonly string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: names.length });

const field = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(alias, condition)
    .map(([as, when]) => `${as === '' ? '' : `${as.trim().slice(0, -1)}_${name}: `}${name}${when}`);

const wrapped = (inside: string, type: string): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('', 'inline', 'inline', 'bare'), condition).map(([how, when]) => {
    if (how === 'inline') return `... on ${type}${when} { ${inside} }`;
    return how === 'bare' ? `...${when === '' ? ` on ${type}` : when} { ${inside} }` : inside;
  });

const selection = (type: string, names: readonly string[]): fc.Arbitrary<string> =>
  leaves(names)
    .chain((chosen) => fc.tuple(...chosen.map(field)))
    .chain((fields) => fc.tuple(...fields.map((each) => wrapped(each, type))))
    .map((parts) => parts.join(' '));

const actor = selection('EventActor', ['id', 'name', '__typename']).map((inside) => `actor { ${inside} }`);
const event = fc
  .tuple(
    selection('Event', ['cursor', 'sequence', 'kind', 'at', 'summary', 'subjects', 'details', 'entryId', '__typename']),
    fc.option(actor),
  )
  .map(([inside, who]) => `${inside} ${who ?? ''}`);
const page = fc.tuple(
  selection('EventPage', ['cursor', 'head', '__typename']),
  event,
  fc.constantFrom('events', 'es: events'),
  fc.boolean(),
  fc.boolean(),
);

/** Documents over everything that a page of events has, with arguments as variables and as literals. */
export const askedEvents: fc.Arbitrary<AskedEvents> = fc
  .record({
    page,
    root: fc.constantFrom('events', 'feed: events'),
    first: fc.integer({ min: 1, max: 4 }),
    firstIn: fc.constantFrom('variable', 'literal'),
    kinds: fc.constantFrom('', ', kinds: null', ', kinds: [CLIENT_CREATED, ITEMS_ARRIVED]'),
    yes: fc.boolean(),
    operation: fc.constantFrom('', 'Told'),
  })
  .map(({ page: [outer, inner, events, named, gap], root, first, firstIn, kinds, yes, operation }) => {
    const each = named ? `${events} { ...Each }` : `${events} { ${inner} }`;
    const size = firstIn === 'variable' ? '$cut' : first;
    const variables = `($after: String, $yes: Boolean = true${firstIn === 'variable' ? ', $cut: Int' : ''})`;
    return {
      first,
      variables: { yes, cut: first },
      query:
        `subscription ${operation}${variables} { ${root}(after: $after, first: ${size}${kinds}) { ${outer} ${each}${gap ? ' gap { reason }' : ''} __kept: __typename @include(if: $yes) @skip(if: $yes) size: head @skip(if: $yes) } }` +
        (named ? ` fragment Each on Event { ${inner} }` : ''),
    };
  });

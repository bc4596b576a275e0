import { makeSchema } from '../../src/app/schema.ts';
import { policyOf, rootFields } from '../../src/platform/api/policy.ts';
import type { Permission } from '../../src/platform/viewer.ts';
import type { Operation } from './operation.ts';

/** The root fields as they are built. */
export const fields = new Map(rootFields(makeSchema()).map(({ name, field }) => [name, field]));
export const fieldOf = ({ name }: Operation): string => name.split(':')[0] ?? '';

/** As the policies were when this was loaded. */
const asked = new Map(
  [...fields].map(([name, field]) => {
    const policy = policyOf(field);
    return [name, policy && 'may' in policy ? [...policy.may] : []];
  }),
);

/** What the field's policy asks for; of one kind of row where the field itself is for everybody. */
export const neededFor = (operation: Operation): readonly Permission[] =>
  operation.may ?? asked.get(fieldOf(operation)) ?? [];

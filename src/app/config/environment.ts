import { z } from 'zod';

/** The environment is not right; `problems` names each thing that is wrong and what to do about it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not right. ${problems.join(' ')}`);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number, both ends included. */
export const whole = (name: string, least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `${name} must be a whole number from ${least} to ${most}.`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `${name} must be from ${least} to ${most}.`);

/** Several of something, parted by spaces or commas. */
export const words = z.string().transform((text) => text.trim().split(/[\s,]+/));

export const onOrOff = (name: string) => z.enum(['on', 'off'], `${name} must be on or off.`);

/** Where a hub keeps what is its own, and where clients beside it look for it. */
export const folder = z.string().default('.tocsin');

/**
 * Reads variables by a schema; `check` finds what is right for each alone and not for all together. An empty variable
 * counts as none: files for containers cannot leave one out. Throws `ConfigError` with all that is wrong.
 */
export function readVariables<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment = process.env,
  check: (given: Environment) => readonly string[] = () => [],
): z.infer<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = schema.safeParse(given);
  const problems = [...(read.success ? [] : read.error.issues.map(({ message }) => message)), ...check(given)];
  if (!read.success || problems.length > 0) throw new ConfigError(problems);
  return read.data;
}

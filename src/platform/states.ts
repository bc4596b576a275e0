import { Refusal } from './errors.ts';

/** What one state of a noun takes, and where each verb leads. */
export interface StateRule<State extends string, Verb extends string> {
  readonly takes: Readonly<Partial<Record<Verb, State>>>;
  /** What moves it on when nobody says a word. Null: it may stay so for ever, and that is a truthful end. */
  readonly otherwise: string | null;
}

/** The life of one noun, as its column `state` (or `outcome`) may be: written once, obeyed by the code and by docs/states.md. */
export interface StateTable<State extends string = string, Verb extends string = string> {
  /** With its article: "a case". */
  readonly noun: string;
  /** The table and column that keep it, whose CHECK lists the same states. */
  readonly column: `${string}.${string}`;
  readonly starts: readonly State[];
  /** Who may say each verb on such a row. */
  readonly verbs: Readonly<Record<Verb, string>>;
  readonly states: Readonly<Record<State, StateRule<State, Verb>>>;
}

/** A table with the question that every use case asks of it. */
export interface States<State extends string, Verb extends string> extends StateTable<State, Verb> {
  /** Every state, in the order of the table. */
  readonly all: readonly State[];
  /** The state after a verb; WRONG_STATE where this state does not take it. */
  after(state: State, verb: Verb, path?: readonly string[]): State;
}

export function defineStates<State extends string, Verb extends string>(
  table: StateTable<State, Verb>,
): States<State, Verb> {
  return {
    ...table,
    all: Object.keys(table.states) as State[],
    after: (state, verb, path = []) => {
      const next = table.states[state].takes[verb];
      if (!next)
        throw new Refusal('WRONG_STATE', `${capital(table.noun)} that is ${state} does not take ${verb}.`, path);
      return next;
    },
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

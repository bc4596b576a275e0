import { ObservableRefusal, type Refusal, isRefusal, refuse } from './refusal.ts';

/**
 * Longest text read, and longest normal form given, in UTF-8 bytes. Observables are unique by (type, value), and a
 * PostgreSQL B-tree refuses an index entry above 2,704 bytes: a longer value would pass here and fail at the row.
 */
const MAX_LENGTH = 2048;

const CONTROL = /\p{Cc}/u;
const CONTROL_IN_A_LINE = /[^\P{Cc}\t\n\r]/u;
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/**
 * The text without surrounding white space, or why it cannot be one value.
 *
 * Invisible characters are refused and not stripped: UTS 46 would drop some of them from a name and WHATWG URL keeps
 * them in a path, so stripping could turn what was reported into a different, innocent value.
 */
export function legibleText(text: string): string | Refusal {
  const trimmed = withinLimits(text.trim());
  if (isRefusal(trimmed)) return trimmed;
  if (CONTROL.test(trimmed)) return controlCharacter();
  const invisible = INVISIBLE.exec(trimmed);
  if (invisible) {
    return refuse(
      ObservableRefusal.INVISIBLE_CHARACTER,
      `Contains the invisible character ${codePoint(invisible[0])} at position ${invisible.index + 1}. ` +
        'Send a name as A-labels (xn--...), and write the character as a percent-encoding if it is part of a path.',
    );
  }
  return trimmed;
}

/** As `legibleText`, for the text of a rule: it has lines, and may look for invisible characters. */
export function legibleLines(text: string): string | Refusal {
  const trimmed = withinLimits(text.trim());
  return !isRefusal(trimmed) && CONTROL_IN_A_LINE.test(trimmed) ? controlCharacter() : trimmed;
}

/** Why a normal form is too long to be kept, if it is: percent-encoding can make a short text long. */
export function tooLong(value: string): Refusal | null {
  if (value.length * 3 <= MAX_LENGTH || Buffer.byteLength(value) <= MAX_LENGTH) return null;
  return refuse(
    ObservableRefusal.TOO_LONG,
    `Longer than ${MAX_LENGTH} bytes. Send one value, not a list or a document.`,
  );
}

function withinLimits(text: string): string | Refusal {
  if (text === '') return refuse(ObservableRefusal.EMPTY, 'Empty. Send a value.');
  // A lone surrogate has no UTF-8 form: URL parsing would replace it, and the database would refuse it.
  if (!text.isWellFormed()) return controlCharacter();
  return tooLong(text) ?? text;
}

function controlCharacter(): Refusal {
  return refuse(ObservableRefusal.CONTROL_CHARACTER, 'Contains a control character. Send one value per item, as text.');
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

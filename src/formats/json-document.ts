/** An object as JSON has it. Read it by the functions below alone: a sender chooses its keys. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Why a text, or what it holds, cannot be read as a whole. */
export interface Unreadable {
  readonly problem: 'NOT_JSON' | 'TOO_DEEP' | 'TOO_MANY' | 'UNKNOWN_FORMAT';
  /** For the sender: what is wrong, and what to send instead. */
  readonly hint: string;
}

/** No document of the field needs half of it. */
const MAX_DEPTH = 64;

/** The value in a JSON text (a byte order mark is dropped), or why it is none. Depth is measured before it is built. */
export function parseJson(text: string): { readonly value: unknown } | Unreadable {
  if (depthOf(text) > MAX_DEPTH) {
    return { problem: 'TOO_DEEP', hint: `The JSON is nested deeper than ${MAX_DEPTH} levels.` };
  }
  try {
    return { value: JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: 'NOT_JSON', hint: 'The text is not JSON. Send the whole file, in UTF-8.' };
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** How deep brackets are nested outside of strings; linear, and never deeper itself. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        quoted = !quoted;
        break;
      case BACKSLASH:
        at += 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (!quoted) deepest = Math.max(deepest, (depth += 1));
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (!quoted) depth -= 1;
    }
  }
  return deepest;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of the object's own: `constructor` and `__proto__` are there only where they were sent. */
export function fieldOf(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A text that is not empty; null for everything else. */
export function textOf(object: JsonObject, key: string): string | null {
  const value = fieldOf(object, key);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

export function listOf(object: JsonObject, key: string): readonly unknown[] {
  const value = fieldOf(object, key);
  return Array.isArray(value) ? value : [];
}

export function textsOf(object: JsonObject, key: string): readonly string[] {
  return listOf(object, key).filter((each) => typeof each === 'string');
}

export function objectsOf(object: JsonObject, key: string): readonly JsonObject[] {
  return listOf(object, key).filter(isObject);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID in lower case. Whatever else stands as an id may stand in other documents too, and names nothing. */
export function uuidOf(text: string | null): string | null {
  const uuid = text?.toLowerCase() ?? '';
  return UUID.test(uuid) ? uuid : null;
}

/** One line of a file, without its line ending; `text` is null for a line too long to be kept. */
export interface TextLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string | null;
}

/** Longest line kept, in UTF-16 units: memory is bounded by it, whatever the sender sends. */
export const MAX_LINE = 65_536;

const BYTE_ORDER_MARK = '\uFEFF';

/** The lines of UTF-8 text, ended by LF or CRLF, with a byte order mark dropped. Malformed bytes become U+FFFD. */
export async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  // What drops the mark is `line`: Node's decoder drops two where a chunk ends within the first.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let number = 1;
  let pending = '';
  let tooLong = false;
  for await (const chunk of bytes) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      yield line(number, pending + part, tooLong);
      number += 1;
      pending = '';
      tooLong = false;
    }
    pending += last;
    if (pending.length > MAX_LINE) {
      tooLong = true;
      pending = '';
    }
  }
  pending += decoder.decode();
  if (pending !== '' || tooLong) yield line(number, pending, tooLong);
}

function line(number: number, text: string, tooLong: boolean): TextLine {
  const marked = number === 1 && text.startsWith(BYTE_ORDER_MARK);
  const kept = text.slice(marked ? 1 : 0, text.endsWith('\r') ? -1 : undefined);
  return { number, text: tooLong || kept.length > MAX_LINE ? null : kept };
}

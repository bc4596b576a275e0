/** What a spreadsheet would take for a formula (OWASP, "CSV Injection"): with an apostrophe before it, it stays a text. */
const FORMULA = /^[=+\-@\t\r]/;
const TO_QUOTE = /[",\r\n]/;

/**
 * One record of CSV (RFC 4180), with its line ending; null is an empty field. For people who open it in a spreadsheet:
 * a program that must have each text as it was reads another format.
 */
export function csvRecord(fields: readonly (string | number | Date | null)[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(field: string | number | Date | null): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  if (field instanceof Date) return field.toISOString();
  const text = FORMULA.test(field) ? `'${field}` : field;
  return TO_QUOTE.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

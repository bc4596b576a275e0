const OPENS = 9;
const CLOSES = 17;
const HOUR_MS = 3600 * 1000;

/**
 * The instant after so many business hours: 09:00 to 17:00 UTC from Monday to Friday, without holidays, since the hub
 * knows neither country nor calendar of an organisation. Hours that began outside count from the next opening.
 */
export function afterBusinessHours(from: Date, hours: number): Date {
  let left = hours * HOUR_MS;
  let at = from;
  for (;;) {
    const [opens, closes] = [atHour(at, OPENS), atHour(at, CLOSES)];
    if (isWorkday(at) && at < closes) {
      const start = Math.max(at.getTime(), opens.getTime());
      if (start + left <= closes.getTime()) return new Date(start + left);
      left -= closes.getTime() - start;
    }
    at = atHour(at, 24);
  }
}

const isWorkday = (at: Date): boolean => at.getUTCDay() >= 1 && at.getUTCDay() <= 5;

function atHour(day: Date, hour: number): Date {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour));
}

import type { Held } from './attack.ts';

/** insufficient_privilege, foreign_key_violation, and the hub's own. */
export const HELD: Readonly<Record<string, Held>> = {
  '42501': 'denied',
  '23503': 'key',
  HB002: 'unheard',
  HB003: 'moved',
  HB004: 'forged',
};

/** Why the hub closes a socket. Part of the protocol (docs/protocols/events.md): numbers are never reused. */
export const CLOSE = {
  /** The key is missing, unknown, expired or revoked at the start. Do not come back with the same key. */
  UNAUTHORISED: 4401,
  /** The key was revoked, has expired, or its organisation was suspended while the socket was open. */
  FORBIDDEN: 4403,
  /** Too many sockets for one key. */
  TOO_MANY: 4429,
  /** The client does not read: come back with your cursor. */
  TOO_SLOW: 4508,
  /** The hub restarts: come back with your cursor. */
  RESTARTING: 1012,
  /** Something failed here, and may work in a moment: come back with your cursor. */
  TRY_LATER: 1013,
} as const;

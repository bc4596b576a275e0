import type { IncomingMessage } from 'node:http';

import type { WebSocket } from 'ws';

import { addressOf } from './limits/address.ts';
import { peerOf, type TrustedProxies } from './peer.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { SocketCount, type SocketLimits } from './sockets.ts';

const TOO_MANY = '429 Too Many Requests';
const EVERYBODY = '';

/** What may become a socket: looked at before anything is made ready for it. */
export class SocketGate {
  private readonly open: SocketCount;
  private readonly unknown: SocketCount;
  private readonly unknownOfAll: SocketCount;

  constructor(
    limits: SocketLimits,
    private readonly signIn: SignInDoor | null,
    private readonly proxies: TrustedProxies,
  ) {
    this.open = new SocketCount(limits.mostForAnAddress);
    this.unknown = new SocketCount(limits.mostUnknownForAnAddress);
    this.unknownOfAll = new SocketCount(limits.mostUnknown);
  }

  /** The HTTP status by which the upgrade is refused, or null. */
  obstacle(request: IncomingMessage): string | null {
    if (!this.isOwn(request)) return '403 Forbidden';
    const address = addressOf(peerOf(request, this.proxies));
    const full = this.open.isFull(address) || this.unknown.isFull(address) || this.unknownOfAll.isFull(EVERYBODY);
    return full ? TOO_MANY : null;
  }

  /** Counts a socket: among the unknown until it has shown who it is, and among those of its address until it closes. */
  enter(request: IncomingMessage, socket: WebSocket): { address: string; peer: string | null; shown: () => void } {
    const peer = peerOf(request, this.proxies);
    const address = addressOf(peer);
    const taken = [this.open, this.unknown].map((count) => count.take(address));
    this.unknownOfAll.take(EVERYBODY);
    let unknown = true;
    const shown = () => {
      if (unknown) {
        this.unknown.give(address);
        this.unknownOfAll.give(EVERYBODY);
      }
      unknown = false;
    };
    socket.once('close', () => {
      shown();
      if (taken[0]) this.open.give(address);
    });
    return { address, peer, shown };
  }

  /**
   * Browsers let any page open a socket anywhere, and send the cookie along: only the Origin tells whose page it is. A
   * program sends none, and is let in by its key; with a session there must be one.
   */
  private isOwn({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (this.signIn?.isOwn(headers) && origin !== undefined) return true;
    if (this.signIn && this.signIn.sessionIn(headers) !== null) return false;
    return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  }
}

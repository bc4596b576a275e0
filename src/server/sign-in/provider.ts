import { createPrivateKey, type KeyObject } from 'node:crypto';

import * as client from 'openid-client';

import { Denial } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Person } from '../../tenancy/session.ts';
import type { Attempt } from './attempt.ts';
import { SignInError, type LoginSettings } from './login.ts';

const WITHIN_SECONDS = 10;
const FRESH_MS = 60 * 60_000;

/** Authorization code with PKCE (RFC 6749 4.1, RFC 7636), as OpenID Connect Core 1.0 has it. */
export class LoginProvider {
  private known: { readonly found: Promise<client.Configuration>; readonly at: number } | null = null;

  constructor(
    private readonly settings: LoginSettings,
    private readonly log: Log,
  ) {}

  /** Where to send the browser. */
  async addressFor(attempt: Attempt, callback: string, strong: boolean): Promise<URL> {
    const acr = this.settings.secondFactorAcr;
    return client.buildAuthorizationUrl(await this.discovered(), {
      redirect_uri: callback,
      scope: 'openid',
      response_type: 'code',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      // Anew, since who is signed in there already would come back as she is.
      ...(strong && { prompt: 'login', ...(acr.length > 0 && { acr_values: acr.join(' ') }) }),
    });
  }

  /** Who came back. State, `iss` (RFC 9207), nonce, signature, audience and times are looked at; throws a SignInError. */
  async personOf(attempt: Attempt, returned: URL): Promise<Person> {
    const known = await this.discovered();
    try {
      const tokens = await client.authorizationCodeGrant(known, returned, {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new SignInError('no ID token');
      const { iss, sub, amr } = claims;
      const acr = typeof claims['acr'] === 'string' ? claims['acr'] : null;
      const secondFactor =
        (acr !== null && this.settings.secondFactorAcr.includes(acr)) || (Array.isArray(amr) && amr.includes('mfa'));
      return { issuer: iss, subject: sub, acr, secondFactor };
    } catch (error) {
      throw error instanceof SignInError ? error : new SignInError('the answer is not good', { cause: error });
    }
  }

  private async discovered(): Promise<client.Configuration> {
    const now = Date.now();
    if (!this.known || now - this.known.at > FRESH_MS) this.known = { found: this.discover(), at: now };
    const { found } = this.known;
    try {
      return await found;
    } catch (error) {
      this.known = null;
      this.log.warn({ issuer: this.settings.issuer, error: String(error) }, 'where people sign in does not answer');
      throw new Denial('SERVICE_OVERLOADED', 'The place where people sign in does not answer: try again soon.');
    }
  }

  private async discover(): Promise<client.Configuration> {
    const { issuer, clientId, proof } = this.settings;
    const server = new URL(issuer);
    const authentication =
      'secret' in proof ? client.ClientSecretBasic(proof.secret) : client.PrivateKeyJwt(await signingKey(proof.key));
    // Configuration lets http in for this machine alone.
    const insecure = server.protocol === 'http:' ? [client.allowInsecureRequests] : [];
    return client.discovery(server, clientId, undefined, authentication, {
      timeout: WITHIN_SECONDS,
      // The signature of an ID token is checked although it comes over TLS: a key that is not the issuer's is no word of it.
      execute: [...insecure, client.enableNonRepudiationChecks],
    });
  }
}

/** ES256, PS256 or Ed25519, by the kind of key. */
function signingKey(pem: string) {
  const key: KeyObject = createPrivateKey(pem);
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : key.asymmetricKeyType === 'rsa'
        ? { name: 'RSA-PSS', hash: 'SHA-256' }
        : { name: 'Ed25519' };
  const bytes = key.export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', new Uint8Array(bytes), algorithm, false, ['sign']);
}

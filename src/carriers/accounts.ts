/**
 * The accounts of one provider, and which of them a leg belongs to. A call that is asked for under the
 * wrong account is answered "not found", which would read as "already ended": so a leg whose account is
 * not configured, or not clear, is refused before any request.
 */
import type { LegAddress } from './carrier.ts';
import { CarrierConfigError } from './config-error.ts';

export interface AccountBook<A> {
  /** In the order of the configuration. */
  readonly all: readonly A[];
  /** The account of a leg, or a sentence why there is none. */
  readonly of: (leg: LegAddress) => A | string;
  /** What a leg of this account holds, so that it is found again. */
  readonly addressOf: (account: A) => LegAddress;
}

export interface AccountBookOptions<A> {
  /** As in a sentence: `Telnyx`. */
  readonly name: string;
  /** Field of a leg that names its account: `connectionId`. */
  readonly key: string;
  /** Undefined only where it is the only account: that one takes every leg. */
  readonly idOf: (account: A) => string | undefined;
}

/** Errors: `CarrierConfigError` for no account, one that is listed twice, and several without ids. */
export function openAccounts<A>(accounts: readonly A[], options: AccountBookOptions<A>): AccountBook<A> {
  const { name, key, idOf } = options;
  const byId = new Map<string, A>();
  const refuse = (problem: string): never => {
    throw new CarrierConfigError(name.toLowerCase(), problem);
  };
  for (const account of accounts) {
    const id = idOf(account);
    if (id === undefined && accounts.length > 1) refuse(`of several accounts each needs its ${key}`);
    if (id !== undefined && byId.has(id)) refuse(`account ${id} is listed twice`);
    if (id !== undefined) byId.set(id, account);
  }
  const [first = refuse('no account is configured')] = accounts;
  const only = accounts.length === 1 ? first : undefined;
  const nameless = byId.size === 0 ? only : undefined;
  return {
    all: accounts,
    of: ({ [key]: named }) => {
      if (named === undefined || named === null) {
        return only ?? `${key} is needed: several ${name} accounts are configured`;
      }
      const found = typeof named === 'string' ? byId.get(named) : undefined;
      return found ?? nameless ?? `${key} names no configured ${name} account`;
    },
    addressOf: (account) => {
      const id = idOf(account);
      return id === undefined ? {} : { [key]: id };
    },
  };
}

/** A provider whose configuration cannot work is refused at start, by name (field rule 23). */

/** Not worth trying again: the configuration must change. The message names the key, never a value. */
export class CarrierConfigError extends Error {
  override readonly name = 'CarrierConfigError';
  readonly code = 'carrier_config';
  readonly provider: string;

  constructor(provider: string, problem: string) {
    super(`${provider}: ${problem}`);
    this.provider = provider;
  }
}

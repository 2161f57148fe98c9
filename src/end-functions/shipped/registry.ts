/** The shipped functions that are configured, in the order in which they are listed. */
import { ShippedConfigError } from '../errors.ts';
import { defineArchive, type ArchiveOptions } from './archive.ts';
import { defineMessage, type MessageOptions } from './message.ts';
import { definePublish, type Publisher, type PublishOptions } from './publish.ts';
import { createShipped, type ShippedDefinition, type ShippedFunction, type ShippedParts } from './shipped.ts';
import { defineSql, type SqlOptions } from './sql.ts';
import { defineSummary, type SummaryOptions } from './summary.ts';
import { defineWebhook, type WebhookOptions } from './webhook.ts';

/** What is configured is there; its secrets are revealed. Never logged. */
export interface ShippedOptions {
  readonly summary?: SummaryOptions | undefined;
  readonly sms?: MessageOptions | undefined;
  readonly callback?: MessageOptions | undefined;
  readonly sql?: SqlOptions | undefined;
  readonly publish?: PublishOptions | undefined;
  readonly archive?: ArchiveOptions | undefined;
  readonly webhook?: WebhookOptions | undefined;
}

export interface ShippedNeeds extends ShippedParts {
  /** Needed by `publish`. */
  readonly publisher?: Publisher | undefined;
}

/** Throws {@link ShippedConfigError} and `WebhookConfigError`; opens no connection. */
export async function createShippedFunctions(
  options: ShippedOptions,
  needs: ShippedNeeds,
): Promise<readonly ShippedFunction[]> {
  const { clock } = needs;
  const { summary, sms, callback, sql, publish, archive, webhook } = options;
  const definitions: readonly (ShippedDefinition | undefined)[] = [
    summary && defineSummary(summary, clock),
    sms && defineMessage('sms', sms, clock),
    callback && defineMessage('callback', callback, clock),
    sql && (await defineSql(sql)),
    publish && definePublish(publish, publisherOf(needs)),
    archive && defineArchive(archive, clock),
    webhook && defineWebhook(webhook, clock),
  ];
  return definitions.flatMap((definition) => (definition ? [createShipped(definition, needs)] : []));
}

function publisherOf({ publisher }: ShippedNeeds): Publisher {
  if (publisher !== undefined) return publisher;
  throw new ShippedConfigError('publish', 'there is no NATS connection to publish over');
}

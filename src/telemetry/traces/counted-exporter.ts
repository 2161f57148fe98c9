/** The exporter with its successes and failures told: an SDK by itself is silent about both. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** What becomes of spans. None may throw. */
export interface ExportEvents {
  /** They left the queue. */
  readonly onTaken: (count: number) => void;
  /** `error` undefined: the receiver has them. */
  readonly onExported: (count: number, error: Error | undefined) => void;
}

/** Of the SDK's `ExportResultCode`. */
const SUCCESS = 0;

/** Exports as `exporter` does. */
export function countedExporter(exporter: SpanExporter, events: ExportEvents): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      events.onTaken(spans.length);
      exporter.export(spans, (result) => {
        const code: number = result.code;
        events.onExported(spans.length, code === SUCCESS ? undefined : (result.error ?? new ExportFailed()));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** The SDK does not say why. */
class ExportFailed extends Error {
  readonly code = 'export_failed';
  constructor() {
    super('the receiver of traces did not take them; see its log');
    this.name = 'ExportFailed';
  }
}

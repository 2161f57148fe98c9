/** What of OTLP 1.x a receiver of traces reads, field numbers as in opentelemetry/proto/trace/v1/trace.proto. */
import { proto3, ScalarType } from '@bufbuild/protobuf';
import type { MessageType } from '@bufbuild/protobuf';

interface Field {
  readonly no: number;
  readonly name: string;
  readonly kind: 'scalar' | 'message';
  readonly T: ScalarType | MessageType;
  readonly oneof?: string;
  readonly repeated?: boolean;
}

function type(name: string, ...fields: readonly Field[]): MessageType {
  return proto3.makeMessageType(name, fields as Parameters<typeof proto3.makeMessageType>[1]);
}

function scalar(no: number, name: string, T: ScalarType): Field {
  return { no, name, kind: 'scalar', T };
}

function choice(no: number, name: string, T: ScalarType): Field {
  return { no, name, kind: 'scalar', T, oneof: 'value' };
}

function one(no: number, name: string, T: MessageType): Field {
  return { no, name, kind: 'message', T };
}

function many(no: number, name: string, T: MessageType): Field {
  return { no, name, kind: 'message', T, repeated: true };
}

const AnyValue = type(
  'AnyValue',
  choice(1, 'string_value', ScalarType.STRING),
  choice(3, 'int_value', ScalarType.INT64),
  choice(4, 'double_value', ScalarType.DOUBLE),
);
const KeyValue = type('KeyValue', scalar(1, 'key', ScalarType.STRING), one(2, 'value', AnyValue));
const Status = type('Status', scalar(2, 'message', ScalarType.STRING), scalar(3, 'code', ScalarType.INT32));
const Span = type(
  'Span',
  scalar(1, 'trace_id', ScalarType.BYTES),
  scalar(2, 'span_id', ScalarType.BYTES),
  scalar(4, 'parent_span_id', ScalarType.BYTES),
  scalar(5, 'name', ScalarType.STRING),
  scalar(6, 'kind', ScalarType.INT32),
  scalar(7, 'start_time_unix_nano', ScalarType.FIXED64),
  scalar(8, 'end_time_unix_nano', ScalarType.FIXED64),
  many(9, 'attributes', KeyValue),
  one(15, 'status', Status),
);
const ScopeSpans = type('ScopeSpans', many(2, 'spans', Span));
const Resource = type('Resource', many(1, 'attributes', KeyValue));
const ResourceSpans = type('ResourceSpans', one(1, 'resource', Resource), many(2, 'scope_spans', ScopeSpans));

/** What a sender posts. */
export const ExportRequest = type('ExportTraceServiceRequest', many(1, 'resource_spans', ResourceSpans));

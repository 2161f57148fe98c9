// The shape of a conversation platform's end tool: a bare function with a well-known name.
export function end_function(conv) {
  return { output: `${conv.state.intent} by ${conv.transcript.length} lines` };
}

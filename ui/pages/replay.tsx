/** Replay. */
export function ReplayPage({ callId }: { readonly callId: string }) {
  return <h1>Replay {callId}</h1>;
}

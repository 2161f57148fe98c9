/** fleet. */
export function FleetPage() {
  return <h1>fleet</h1>;
}

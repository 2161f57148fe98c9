/** machine. */
export function MachinePage() {
  return <h1>machine</h1>;
}

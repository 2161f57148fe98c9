/** `docs/race-pairs.md`: what comes of every two endings that meet, in both orders, played by the production fold. */
import { FAMILIES, pairResults } from '../../src/testing/explorer/index.ts';
import type { PairResult } from '../../src/testing/explorer/index.ts';

function isSame(one: PairResult, other: PairResult | undefined): boolean {
  return (
    one.endReason === other?.endReason && one.farewell === other.farewell && one.endedBy === other.endedBy
  );
}

function rowOf(result: PairResult, reverse: PairResult | undefined): string {
  const { first, second, endedBy, endReason, farewell, hangUps, closed } = result;
  const order = isSame(result, reverse) ? 'the same' : 'another';
  return `| ${first} | ${second} | ${endedBy} / ${endReason} | ${farewell} | ${hangUps} | ${closed ? 'yes' : 'NO'} | ${order} |`;
}

function section(name: string, results: readonly PairResult[]): string {
  const rows = results.map((result) =>
    rowOf(
      result,
      results.find(({ first, second }) => first === result.second && second === result.first),
    ),
  );
  return [
    `## ${name}`,
    '',
    '| First | Then | Ended by / reason | Farewell | Hangups | Closed | Other order |',
    '| --- | --- | --- | --- | :-: | :-: | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Markdown. Pure. */
export function pairsMarkdown(): string {
  const [line] = FAMILIES.pairs;
  const sections = line === undefined ? [] : [section(line.name, pairResults(line))];
  return `# Every pair of endings, in both orders

Each row is a call on which two endings meet: the second comes right after the first, before anything was
answered; then every request is answered and every mark is echoed. "Hangups" counts the different hangup
effects of the carrier's leg, which is never more than one (invariant 14); "other order" says whether the
record tells the same when the two come the other way round. The race explorer also plays each pair with
every answer and timer between, before and after the two, on a line, a room, both, with a farewell of the
model, as a backstop and as an observer: [race-explorer.md](race-explorer.md). This page is written by
\`npm run docs\`.

${sections.join('\n')}`;
}

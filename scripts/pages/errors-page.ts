/** The page `docs/errors.md`: every stable code with its cause and its cure. */
import type { Catalogue } from './error-catalogue.ts';
import {
  apiProblems,
  commandAnswers,
  configRules,
  gatewayProblems,
  ingressProblems,
  processErrors,
} from './error-catalogue.ts';
import {
  alarms,
  callRefusals,
  codeFamilies,
  functionOutcomes,
  requestOutcomes,
} from './outcome-catalogue.ts';

interface Section {
  readonly title: string;
  readonly about: string;
  readonly catalogue: Catalogue;
}

export const SECTIONS: readonly Section[] = [
  {
    title: 'Errors of the process',
    about:
      'The field `code` of an error; a command prints its message on stderr, with `--json` the code too.',
    catalogue: processErrors,
  },
  {
    title: 'Rules of the configuration',
    about: 'Named by `bad_configuration` and by `onhook config validate`, all at once.',
    catalogue: configRules,
  },
  {
    title: 'Problems of the API',
    about: 'The field `code` of the problem JSON (RFC 9457).',
    catalogue: apiProblems,
  },
  {
    title: 'Problems of the ingress',
    about: 'The same, for webhooks and the façade. A carrier tries again after 5xx.',
    catalogue: ingressProblems,
  },
  {
    title: 'Alarms',
    about:
      'In the live feed as `alarm.raised`, in the log, in `GET /api/stats`. What to do first is the cure.',
    catalogue: alarms,
  },
  {
    title: 'Refusals that a gateway hears',
    about: 'With the commands `call-refused` and `end-refused`.',
    catalogue: callRefusals,
  },
  {
    title: 'Outcomes of requests and commands',
    about:
      'The field `code` of an outcome, in `effect.settled` and in the detail of a leg. "Tried again" means within ' +
      'the budget of the effect, without anybody doing anything.',
    catalogue: requestOutcomes,
  },
  {
    title: 'Outcomes of end functions',
    about: 'The same, for post-call work.',
    catalogue: functionOutcomes,
  },
  { title: 'Families', about: 'Codes with a part that a provider chooses.', catalogue: codeFamilies },
  {
    title: 'Problems of the gateway library',
    about: 'Told to `onProblem`.',
    catalogue: gatewayProblems,
  },
  {
    title: 'Answers of the gateway library',
    about: 'In the header `Nats-Service-Error` of a reply to a command; onhook sees them as `refused`.',
    catalogue: commandAnswers,
  },
];

/** Markdown. */
export function errorsMarkdown(): string {
  const sections = SECTIONS.map(({ title, about, catalogue }) => {
    const rows = Object.entries(catalogue).map(
      ([code, { cause, cure }]) => `| \`${code}\` | ${cause} | ${cure} |`,
    );
    return `## ${title}\n\n${about}\n\n| Code | Cause | Cure |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Errors, outcomes and alarms

Codes are stable and decide; texts are for people and may change. A test holds this page equal to the codes in
the source. It is written by \`npm run docs\`.

${sections.join('\n')}`;
}

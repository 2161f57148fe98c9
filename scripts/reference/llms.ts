/** `llms.txt`: what there is to read about onhook, for programs that read it (llmstxt.org). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../../docs');

/** Reports and tables about the tests: for who changes onhook, not for who uses it. */
const ABOUT_TESTS: ReadonlySet<string> = new Set([
  'coverage',
  'race-explorer',
  'race-pairs',
  'seeded-bugs',
  'simulation',
]);

/** For machines; each is made from the code. */
const MACHINE_READABLE = [
  '- [asyncapi.json](docs/asyncapi.json): AsyncAPI 3.0 of every NATS subject and message',
  '- [openapi.json](docs/openapi.json): OpenAPI 3.1 of the admin port and the ingress port',
  '- [config.schema.json](docs/config.schema.json): JSON Schema of `onhook.yaml`',
];

interface Page {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

/** The heading, and the first sentence below it without its links. */
function readPage(name: string): Page {
  const [heading = '', ...rest] = readFileSync(join(DOCS, `${name}.md`), 'utf8').split('\n\n');
  const paragraph = (rest[0] ?? '').replaceAll('\n', ' ').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const sentence = /^.*?[.:](?= |$)/.exec(paragraph)?.[0] ?? paragraph;
  return { name, title: heading.replace(/^# /, ''), about: sentence.replace(/[.:]$/, '') };
}

function line({ name, title, about }: Page): string {
  return `- [${title}](docs/${name}.md): ${about}`;
}

/** Text. */
export function llmsText(): string {
  const names = readdirSync(DOCS)
    .filter((file) => file.endsWith('.md'))
    .sort();
  const pages = names.map((file) => readPage(file.slice(0, -'.md'.length)));
  const forUsers = pages.filter(({ name }) => !ABOUT_TESTS.has(name));
  const others = pages.filter(({ name }) => ABOUT_TESTS.has(name));
  return `# onhook

> A sidecar that ends phone calls properly: the farewell is heard, the line is down, the room is gone, the post-call
> work ran, and a record says who ended the call and why. It hears gateways (Twilio Media Streams, LiveKit agents, SIP)
> over NATS and drives a statechart for each call from outside the agent's process.

A gateway publishes JSON on \`onhook.v1.evt.<gateway>.<callId>.<type>\`. It needs \`call.started\`, \`end.requested\` and one
of \`caller.left\`, \`stream.stopped\`, \`call.ended\`; the other events make the ending more exact. It answers requests on
\`onhook.v1.cmd.<gateway>.<callId>.<verb>\` with \`{"ok":true}\`. The record comes on \`onhook.v1.record.<callId>\`.

## Reference for machines

${MACHINE_READABLE.join('\n')}

## Documentation

- [README](README.md): what it does, how to start it, what it promises
${forUsers.map(line).join('\n')}

## Optional

${others.map(line).join('\n')}
`;
}

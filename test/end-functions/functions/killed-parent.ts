/** A process that runs an endless function, tells its pid once it loops, and is then killed by the test. */
import { startRunner } from '../fixture.ts';

const runner = startRunner({}, ({ fields }) => process.send?.(fields?.['pid']));
void runner.run('loops', { timeoutMs: 60_000 });

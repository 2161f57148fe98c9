/** Bugs in what is learned or remembered instead of asked for: learned steps, marks of the log, checkpoints, probes. */
import type { SeededBug } from './seeded-bug.ts';

export const SHORTCUT_BUGS: readonly SeededBug[] = [
  {
    id: 'learned-guard-not-asked',
    bug: 'A learned way is taken without asking its guards again',
    file: 'src/actors/learned-steps.ts',
    search: 'at = ask.guard({ context, event: ask.on ?? sent }) ? at.yes : at.no;',
    replace: 'at = at.yes ?? (ask.guard({ context, event: ask.on ?? sent }) ? at.yes : at.no);',
    suspects: ['test/actors/learned-steps.test.ts'],
  },
  {
    id: 'learned-change-on-old-context',
    bug: 'A learned change does not see the change before it',
    file: 'src/actors/learned-steps.ts',
    search: 'deed.change({ context, event })',
    replace: 'deed.change({ context: before, event })',
    suspects: ['test/actors/learned-steps.test.ts'],
  },
  {
    id: 'learned-action-sees-later-changes',
    bug: 'An action of a learned way holds a context that later changes write into',
    file: 'src/actors/learned-steps.ts',
    search: 'own = false;\n        } else armed',
    replace: 'own = true;\n        } else armed',
    suspects: ['test/actors/learned-steps.test.ts'],
  },
  {
    id: 'learned-cancel-forgotten',
    bug: 'A learned way arms a timer that it cancelled',
    file: 'src/actors/learned-steps.ts',
    search: 'if (index >= 0) armed.splice(index, 1);',
    replace: 'if (index < 0) armed.splice(index, 1);',
    suspects: ['test/actors/learned-steps.test.ts'],
  },
  {
    id: 'word-of-a-rewind-unread',
    bug: 'The word that a rewind was seen is not read by the next owner',
    file: 'src/supervisor/recovery.ts',
    search: 'missedAt > (manifest.foldState.eraAt ?? 0)',
    replace: 'missedAt > Infinity',
    suspects: ['test/supervisor/rewind.test.ts'],
  },
  {
    id: 'follower-misses-nothing',
    bug: 'A follower that misses what it had read says nothing',
    file: 'src/supervisor/follower.ts',
    search: 'if (forgotten) this.options.onForgotten(mark[1]);',
    replace: 'if (forgotten && this.stopped) this.options.onForgotten(mark[1]);',
    suspects: ['test/supervisor/rewind.test.ts'],
  },
  {
    id: 'replaced-checkpoint-adopted',
    bug: 'An owner goes on with a checkpoint that is not its own last one',
    file: 'src/supervisor/checkpoint.ts',
    search: 'else if (found.revision !== this.revision) throw this.replaced();',
    replace: 'else this.revision = found.revision;',
    suspects: ['test/supervisor/checkpoint.test.ts'],
  },
  {
    id: 'put-off-behind-a-probe',
    bug: 'A hangup that comes while a provider is probed is put off',
    file: 'src/dispatcher/lane.ts',
    search: 'if (breaker?.isProbing === true || this.inFlight >= inFlightMax) return;',
    replace:
      'if (breaker?.isProbing === true) return this.refuseAll(2_000);\n' +
      '      if (this.inFlight >= inFlightMax) return;',
    suspects: ['test/dispatcher/lanes.test.ts'],
  },
];
